# compiled: move spread Body.step Slotted.step churn
# exits: >= 1
# keep: gainless
# Several attributes of one object, whose class is looked at once: until something changes it, or it has no such attribute.
import sys


class Body:
    def __init__(self, x, v, m):
        self.x = x
        self.v = v
        self.m = m

    def step(self, dt):
        self.x = self.x + self.v * dt
        self.v = self.v - self.m * dt
        return self.x


class Slotted:
    __slots__ = ("x", "v", "m")

    def __init__(self, x, v, m):
        self.x, self.v, self.m = x, v, m

    def step(self, dt):
        self.x = self.x + self.v * dt
        self.v = self.v - self.m * dt
        return self.x


def move(b, n):
    for i in range(n):
        b.x = b.x + b.v
        b.v = b.v * b.m
    return b.x, b.v, b.m


def spread(a, b):
    a.x, b.x = b.x, a.x
    a.v, b.v = b.v, a.v
    return a.x + b.x + a.v * b.v + a.m - b.m


def attempt(f, *args):
    try:
        print(f.__name__, f(*args))
    except Exception as error:
        print(f.__name__, type(error).__name__, error)


a, b = Body(1.0, 0.5, 0.25), Body(2.0, -0.5, 0.75)
s = Slotted(1.0, 2.0, 0.5)
for i in range(3000):
    move(a, 3)
    spread(a, b)
    a.step(0.01)
    s.step(0.01)
    spread(s, s)
print(move(a, 5), spread(a, b), b.step(0.5), s.step(0.5))


# Other classes, in another order, with attributes elsewhere.
class Reversed(Body):
    def __init__(self, x, v, m):
        self.extra = 1
        self.m = m
        self.v = v
        self.x = x


class Fixed(Body):
    m = 10.0

    def __init__(self, x, v):
        self.x = x
        self.v = v


class Computed(Body):
    m = property(lambda self: self.x * 2)

    def __init__(self, x, v):
        self.x = x
        self.v = v


class Guarded(Body):
    def __setattr__(self, name, value):
        object.__setattr__(self, name, value if name == "m" else value + 1)


class Missing(Body):
    def __getattr__(self, name):
        return 4.0


kinds = [Body(1.0, 2.0, 0.5), Reversed(1.0, 2.0, 0.5), Fixed(1.0, 2.0), Computed(1.0, 2.0), Guarded(1.0, 2.0, 0.5), Missing(1.0, 2.0, 0.5)]
for i in range(300):
    for kind in kinds:
        kind.x, kind.v = 1.0, 2.0
        move(kind, 2)
        kind.step(0.5)
        spread(kind, a)
    a.x, a.v = 1.0, 1.0
for kind in kinds:
    kind.x, kind.v = 1.0, 2.0
    print(move(kind, 2), kind.step(0.5))
del kinds[5].m, kinds[0].v
attempt(move, kinds[5], 2)
attempt(move, kinds[0], 2)
attempt(Body.step, kinds[0], 1)
del s.m
attempt(move, s, 2)

# The instance has a dict of its own, or its values are no longer in line.
c = Body(1.0, 2.0, 0.5)
c.__dict__
print(move(c, 2), list(c.__dict__))
c.__dict__ = {"v": 3.0, "x": 2.0, "m": 1.0}
print(move(c, 2), list(c.__dict__))
d = Body(1.0, 2.0, 0.5)
vars(d)["x"] = 7.0
print(move(d, 2))
d.__class__ = Reversed
print(move(d, 2))


# The class changes while its object is in use.
class Changes:
    def __init__(self, x):
        self.x = x
        self.y = 1.0

    def __del__(self):
        Body.x = property(lambda self: 99.0, lambda self, value: None)


def churn(b, made):
    t = b.x + b.v
    made = None
    t += b.x + b.v
    b.x = t
    return b.x + b.m


for i in range(2000):
    churn(a, 1)
a.x = 1.0
print(churn(a, None), churn(a, 5))
a.x = 1.0
print(churn(a, Changes(1.0)))
del Body.x
print(churn(a, None))


# The same code again, with an object of another class, in between.
class Chain:
    def __init__(self, x, y, left):
        self.x = x
        self.y = y
        self.left = left

    def sum(self):
        t = self.x
        if self.left is not None:
            t += self.left.sum()
        return t + self.y


class Link(Chain):
    def __init__(self, x, y, left):
        self.left = left
        self.pad = 0
        self.y = y
        self.x = x


chain = None
for i in range(40):
    chain = (Chain if i % 2 else Link)(i, i * 1000, chain)
for i in range(500):
    chain.sum()
print(chain.sum())


# New attributes, in their order.
class Grows:
    def fill(self, k):
        self.a = k
        self.b = k + 1
        self.c = self.a + self.b
        return self


for i in range(2000):
    Grows().fill(i)
g = Grows().fill(1)
print(vars(g), list(vars(g)))
h = Grows()
h.c = 0
print(vars(h.fill(2)))
for i in range(40):
    setattr(h, "n%d" % i, i)
print(len(vars(h.fill(3))), h.c)
print(sys.getrefcount(g) < 5)
