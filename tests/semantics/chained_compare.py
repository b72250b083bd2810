# compiled: between scan
# Chained comparisons evaluate the middle once and stop early.


def between(a, x, b):
    return a <= x < b


def scan(xs):
    n = 0
    for x in xs:
        if 10 < x <= 500 != x:
            n += 1
        if 0 <= x < 5 < 7 > x:
            n += 10
    return n


t = 0
for i in range(3500):
    t += between(5, i, 2000)
print(t, scan(list(range(20000))))
print(between(1, 2.5, 3), between(float("nan"), 1, 2), between(1, float("nan"), 2), between(2**70, 2**71, 2**72))


class Odd:
    def __init__(self, name):
        self.name = name

    def __le__(self, other):
        print("le", self.name)
        return self.name != "stop" and [0]

    def __lt__(self, other):
        print("lt", self.name)
        return {}

    def __gt__(self, other):
        print("gt", self.name)
        return "gt"

    def __ge__(self, other):
        print("ge", self.name)
        return []


print(between(Odd("a"), Odd("b"), Odd("c")))
print(between(Odd("stop"), Odd("b"), Odd("c")))
print(between(1, Odd("m"), 5), between(Odd("x"), 5, 7), between(0, 5, Odd("z")))


def mid():
    print("mid")
    return 5


print(1 < mid() < 10, 10 < mid() < 1 / 0 if mid() > 9 else "skip")
try:
    between(1, "a", 2)
except TypeError as e:
    print(e)
try:
    between(1, 2, "b")
except TypeError as e:
    print(e)
print(1 in [1] in [[1]], 1 is 1 is not None)
