# Base.total Derived.total keywords spread make
class Base:
    def __init__(self, n):
        self.n = n

    def get(self, k=1):
        return self.n * k

    def total(self, xs):
        t = self.get()
        for x in xs:
            t += self.get(x)
        return t


class Derived(Base):
    def total(self, xs):
        get = super(Derived, self).get
        return super().total(xs) + get()


def keywords(b, n):
    return b.get(k=n) + max(n, 1, key=int)


def spread(f, args, more):
    return f(*args), f(*more, k=2)


def make(n):
    return Base(n).get(n)


d = Derived(3)
for i in range(50):
    d.total([i, 2])
    keywords(d, i)
    spread(d.get, (i,), [])
    make(i)
