# compiled: work
# Objects die exactly when their last reference in hot code goes; weakref callbacks run there.
import weakref


class O:
    def __init__(self, v):
        self.v = v


def work(n):
    s = 0
    alive = []
    for i in range(n):
        s += i & 3
        if i % 4000 == 0:
            o = O(i)
            r = weakref.ref(o, lambda r, i=i: events.append(("dead", i)))
            alive.append(r)
            events.append(("alive", i, sum(a() is not None for a in alive)))
    events.append([a() is not None for a in alive])
    return s, [a() for a in alive[:-1]]


events = []
print(work(20000), events)
events.clear()


def held(xs):
    r = weakref.ref(xs[0])
    n = 0
    for x in xs:
        n += x.v
        xs[0] = x
    del x
    return r() is None, n


for i in range(3000):
    held([O(1), O(2)])
print(held([O(1), O(2), O(3)]))


def param(o):
    r = weakref.ref(o)
    o = None
    return r() is None


for i in range(3000):
    param(O(1))
print(param(O(1)), [param(O(i)) for i in range(3)])


def ret():
    o = O(1)
    return weakref.ref(o)


print(ret()() is None)
wd = weakref.WeakValueDictionary()
for i in range(3000):
    o = O(i)
    wd[i] = o
print(len(wd), list(wd))
del o
print(len(wd))
