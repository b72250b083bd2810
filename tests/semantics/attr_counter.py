# compiled: C.inc C.run
# Counters on self: instance dict, class fallback, slots, __dict__ replaced, type changed, overflow.


class C:
    total = 0

    def __init__(self):
        self.n = 0
        self.x = 0.0

    def inc(self):
        self.n += 1
        return self.n

    def run(self, k):
        for i in range(k):
            self.n += i
            self.x += 0.25
            self.total += 1
        return self.n


c = C()
for i in range(4000):
    c.inc()
print(c.run(20000), c.x, c.total, C.total, list(c.__dict__))
c.n = 2**63 - 2
print([c.inc() for _ in range(4)])
c.n = 1.5
print(c.inc(), c.run(10))
c.__dict__ = {"n": 5, "x": 1}
print(c.inc(), c.run(3), c.x, c.__dict__)
c.__dict__["n"] = "s"
try:
    c.inc()
except TypeError as e:
    print(e)
del c.n
try:
    c.inc()
except AttributeError as e:
    print(e)
C.n = 100
print(c.inc(), c.__dict__)
for extra in range(40):
    setattr(c, "a%d" % extra, extra)
print(c.run(5), len(c.__dict__))
C.total = property(lambda self: 1)
try:
    C().run(2)
except AttributeError as e:
    print(e)
C.total = 0


class W(C):
    def __setattr__(self, k, v):
        object.__setattr__(self, k, v)
        if k == "n" and v % 3 == 0:
            print("set", v)


w = W()
print(w.run(5))


class G(C):
    def __getattribute__(self, k):
        v = object.__getattribute__(self, k)
        return v + 10 if k == "n" else v


print(G().run(3), G().inc())


class Sl:
    __slots__ = ("n", "x", "total", "__weakref__")
    inc = C.inc
    run = C.run


s = Sl()
try:
    s.inc()
except AttributeError as e:
    print(e)
s.n = s.x = s.total = 0
print(s.run(20000))
order = C.__new__(C)
order.x = 1.0
order.n = 2
print(order.run(3), list(order.__dict__))
