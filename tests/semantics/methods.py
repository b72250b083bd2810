# compiled: Acc.get loop
# Methods and attributes: replaced on the class, on the instance, class changed, slots, super.


class Acc:
    scale = 2

    def __init__(self):
        self.n = 0

    def add(self, x):
        self.n += x * self.scale
        return self.n

    def get(self):
        return self.n


def loop(acc, n):
    for i in range(n):
        acc.add(i)
        acc.get()
    return acc.get()


a = Acc()
print(loop(a, 10000))
a.scale = 0.5
print(loop(a, 100))
Acc.scale = 3
print(loop(a, 100), loop(Acc(), 100))
a.add = lambda x: None
print(loop(a, 100))
del a.add
old = Acc.add
Acc.add = lambda self, x: old(self, -x)
print(loop(Acc(), 100))
Acc.add = old


class Slots:
    __slots__ = ("n", "scale")
    add, get = Acc.add, Acc.get

    def __init__(self):
        self.n = 0
        self.scale = 1


print(loop(Slots(), 3000))


class Sub(Acc):
    def add(self, x):
        return super().add(x + 1)


print(loop(Sub(), 3000))
a.__class__ = Sub
print(loop(a, 10))
b = Acc()
del b.n
for f in (b.get, lambda: b.add(1), lambda: loop(5, 1), lambda: loop(Slots, 1), lambda: Acc.get()):
    try:
        f()
    except (AttributeError, TypeError) as e:
        print(type(e).__name__, e)


class Dyn(Acc):
    def __getattr__(self, k):
        print("getattr", k)
        return 10

    def __setattr__(self, k, v):
        object.__setattr__(self, k, v if v < 50 else 0)


d = Dyn()
print(loop(d, 20))
del d.n
print(d.get())


class Stat:
    @staticmethod
    def sq(x):
        return x * x

    @classmethod
    def mk(cls, x):
        return cls.sq(x) + 1


print(sum(Stat.sq(i) + Stat.mk(i) for i in range(3500)))
Acc.n = property(lambda self: 42)
try:
    print(b.get(), loop(Sub.__new__(Sub), 0))
    b.add(1)
except AttributeError as e:
    print(e)
