# compiled: add count
# exits: >= 1
# An int subclass that overrides operators shows up where exact ints have been.


class Loud(int):
    def __add__(self, other):
        print("add", int(self), int(other))
        return Loud(int(self) * 1000 + int(other))

    def __radd__(self, other):
        print("radd", int(other), int(self))
        return -1

    def __lt__(self, other):
        print("lt")
        return True

    def __bool__(self):
        print("bool")
        return False

    def __index__(self):
        print("index")
        return 2


class Quiet(int):
    pass


def add(a, b):
    return a + b


def count(xs, top):
    n = 0
    for x in xs:
        if x < top:
            n += x
    return n


t = 0
for i in range(3500):
    t += add(i, 1)
xs = list(range(20000))
print(t, count(xs, 10000))
print(add(Loud(5), 7), add(7, Loud(5)), add(Loud(1), Loud(2)), type(add(Loud(1), 2)).__name__)
print(add(Quiet(5), 7), type(add(Quiet(5), 0)).__name__, add(7, Quiet(5)))
xs[15000] = Loud(15000)
print(count(xs, 10000))
xs[15000] = Quiet(3)
print(count(xs, 10000), count(xs, Quiet(10)), count(xs[:5], Loud(3)))
print(1 if Loud(3) else 2, not Loud(1), [10, 20, 30][Loud(0)], repr(Loud(9)), -Quiet(4), type(-Quiet(4)).__name__)
for i in range(Quiet(3)):
    print(i, type(i).__name__)
