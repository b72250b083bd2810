# compiled: total
# Iterators that raise in the middle of a hot loop: other errors, StopIteration subclasses, generators that fail.


class It:
    def __init__(self, n, exc):
        self.n = n
        self.exc = exc

    def __iter__(self):
        return self

    def __next__(self):
        self.n -= 1
        if self.n < 0:
            raise self.exc
        return self.n


class Stop(StopIteration):
    pass


class NoNext:
    def __iter__(self):
        return 5


class BadIter:
    def __iter__(self):
        raise KeyError("iter")


def total(it):
    s = 0
    for x in it:
        s += x
    else:
        s += 1
    return s


def gen(n):
    for i in range(n):
        yield i
    raise StopIteration("inner")


print(total(list(range(20000))))
for i in range(3000):
    total((1, 2))
print(total(It(100, StopIteration)), total(It(100, StopIteration(5))), total(It(100, Stop())))
for it in (It(100, ValueError("v")), It(0, IndexError("i")), NoNext(), BadIter(), gen(10), (1 // x for x in (1, 0)), 7):
    try:
        print(total(it))
    except Exception as e:
        print(type(e).__name__, e, type(e.__cause__).__name__, e.__traceback__.tb_next.tb_lineno)
print(total(range(20000)))
total(It(3, OSError(2, "uncaught")))
