# compiled: scan
# Properties, descriptors and __getattr__ in hot loops; the property replaced while hot.


class P:
    def __init__(self, w, h):
        self.w = w
        self._h = h

    @property
    def h(self):
        return self._h

    @h.setter
    def h(self, v):
        self._h = v * 2

    def area(self):
        return self.w * self.h


def scan(ps, n):
    s = 0
    for i in range(n):
        p = ps[i % len(ps)]
        s += p.area() + p.h
        p.h = i % 5
    return s


ps = [P(1, 2), P(3, 4)]
print(scan(ps, 5000))
ps[1].w = 1.5
print(scan(ps, 100))
P.h = property(lambda self: 1000, lambda self, v: None)
print(scan(ps, 100))
P.h = 7
print(scan(ps, 100), ps[0].__dict__)
del P.h
print(scan(ps, 100))
del ps[0].h
try:
    scan(ps, 1)
except AttributeError as e:
    print(e)


class D:
    def __get__(self, o, t):
        return len(o.__dict__) if o else "class"

    def __set__(self, o, v):
        o.__dict__["x%d" % v] = v


P.h = D()
print(scan(ps, 20), P.h, sorted(ps[1].__dict__))


class R:
    @property
    def v(self):
        raise AttributeError("inside")

    def __getattr__(self, k):
        return "fallback " + k


print(R().v, getattr(R(), "zz"))
