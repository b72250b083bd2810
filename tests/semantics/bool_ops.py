# compiled: both either mixed
# and/or/not return operands, not bools; short circuit is exact.


def both(a, b):
    return a and b


def either(a, b):
    return a or b


def mixed(n):
    s = 0
    for i in range(n):
        if i % 3 and not i % 5 or i % 7 == 0:
            s += 1
        s += (i & 1 and 5) + (i & 2 or 9)
    return s


for i in range(3500):
    both(i, 1)
    either(i, 1)
print(mixed(20000))
for a in (0, 1, -1, 0.0, -0.0, 1.5, True, False, None, "", "x", [], [0], (), 2**70, float("nan")):
    print(repr(both(a, 7)), repr(either(a, 7)), repr(both(7, a)), repr(either(0, a)), not a)


class B:
    def __init__(self, v):
        self.v = v

    def __bool__(self):
        print("bool", self.v)
        if self.v is None:
            raise RuntimeError("no truth")
        return self.v


class L:
    def __len__(self):
        print("len")
        return 0


class Bad:
    def __bool__(self):
        return 1


class BadLen:
    def __len__(self):
        return -1


print(type(both(B(True), 3)).__name__, type(both(B(False), 3)).__name__, either(L(), 4), type(both(L(), 4)).__name__)
for x in (B(None), Bad(), BadLen()):
    for f in (both, either):
        try:
            f(x, 1)
        except Exception as e:
            print(type(e).__name__, e)
print(mixed(100), True + True, True is (1 == 1), (0 or None) is None)
