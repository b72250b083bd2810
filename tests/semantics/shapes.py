# compiled: norm Point.step total
# Attributes by shape: hot with one class, then other classes, slots, properties, missing attributes, instance dicts,
# methods hidden by attributes of instances, replaced in the class, and found in a base that changes.


class Point:
    def __init__(self, x, y):
        self.x = x
        self.y = y

    def step(self, d):
        self.x += d
        self.y -= d
        return self.x * self.y

    def sign(self):
        return 1


class Slotted:
    __slots__ = ("x", "y")

    def __init__(self, x, y):
        self.x = x
        self.y = y

    def sign(self):
        return 2


class Derived(Point):
    pass


class Computed:
    @property
    def x(self):
        return 7

    y = 2

    def sign(self):
        return 3


def norm(p):
    return p.x * p.x + p.y * p.y


def total(ps, n):
    s = 0
    for i in range(n):
        for p in ps:
            s += p.sign() * norm(p)
    return s


a = Point(3, 4)
for i in range(2000):
    norm(a)
    a.step(1)
print(norm(a), a.step(0.5), a.x, a.y)
print(norm(Slotted(1, 2)), norm(Derived(5, 6)), norm(Computed()), norm(Point(1.5, 2)), norm(Point(2**40, 2**40)))
print(total([Point(1, 2)], 2000), total([Point(1, 2), Slotted(3, 4), Derived(1, 1), Computed()], 300))
b = Point(1, 1)
b.__dict__["z"] = 9
print(norm(b), b.__dict__, list(vars(b)))
b.sign = lambda: 100
print(total([b], 10), total([Point(1, 1)], 10))
Point.sign = lambda self: 50
print(total([Point(1, 1), Derived(1, 1)], 10))
Derived.sign = lambda self: 60
print(total([Point(1, 1), Derived(1, 1)], 10))
del b.x
for obj in (b, Slotted.__new__(Slotted), 5, None):
    try:
        print(norm(obj))
    except AttributeError as e:
        print(type(e).__name__, e)
Point.x = property(lambda self: 1000, lambda self, v: print("set", v))
c = Point(1, 2)
print(norm(c), c.step(1), c.__dict__)
del Point.x
print(norm(a), a.step(1))
a.__class__ = Derived
print(norm(a), a.sign(), a.step(2))
a.__dict__ = {"y": 1, "x": 2}
print(norm(a), a.step(3), a.__dict__)
Point.__getattr__ = lambda self, name: 0
print(norm(Point.__new__(Point)))
Point.__setattr__ = lambda self, name, value: print("setattr", name, value)
print(Derived(1, 2).step(1))
