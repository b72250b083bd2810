# compiled: add_all pairs
# The same hot loops over every kind of iterable.


def add_all(it):
    s = 0
    for x in it:
        s += x
    return s


def pairs(it):
    s = 0
    for a, b in it:
        s += a * b
    return s


def gen(n):
    for i in range(n):
        yield i
    return 5


class Seq:
    def __getitem__(self, i):
        if i > 5:
            raise IndexError("end")
        return i * 2


class Iter:
    def __init__(self, n):
        self.n = n

    def __iter__(self):
        return self

    def __next__(self):
        if self.n == 0:
            raise StopIteration
        self.n -= 1
        return self.n


xs = [i % 100 for i in range(20000)]
print(add_all(xs), pairs(enumerate(xs)), pairs(zip(xs, xs)))
print(add_all(tuple(xs)), add_all({1: 2, 3: 4}), add_all({5, 6, 7}), add_all(gen(2000)), add_all(range(100)))
print(add_all(b"abc"), add_all(bytearray(b"\xff\x01")), add_all(Seq()), add_all(Iter(10)), add_all(map(abs, [-1, -2])))
print(add_all({1: 2}.values()), pairs({1: 2, 3: 4}.items()), pairs([(1, 2), [3, 4], {5: 0, 6: 0}]), pairs(["a" and (2, 3)]))
print(pairs(enumerate(xs, 10)), pairs(enumerate(gen(5), start=-(2**63))), pairs(zip(xs, gen(5))), pairs(zip([], xs)))
print(pairs(zip([1, 2.5], (2**62, 2))), add_all(reversed(xs)), add_all(iter([1, 2].pop, 1)))
for bad in (5, None, [(1,)], [(1, 2, 3)], [5], ["abc"], zip([1])):
    try:
        pairs(bad)
    except (TypeError, ValueError) as e:
        print(type(e).__name__, e)
d = {i: i for i in range(10)}
try:
    for k in d:
        d[k + 100] = 1
except RuntimeError as e:
    print(e)
try:
    for k in d:
        del d[k]
except RuntimeError as e:
    print(e)
z = iter([1, 2, 3])
print(list(zip(z, z)), list(z))
a, b = iter([1, 2, 3]), iter([10])
print(list(zip(a, b)), next(a))
try:
    list(zip([1, 2], [1], strict=True))
except ValueError as e:
    print(e)
