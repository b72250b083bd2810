# compiled: Vec.__init__ add total grow
# skip: gc
# Instances that end give their memory to the next ones: their words are as new, the collector counts and finds them, and
# collections come when they would.
import gc
import sys
import weakref


class Vec:
    def __init__(self, x, y):
        self.x = x
        self.y = y


class Wide:
    def __init__(self, n):
        self.a = n
        self.b = n + 1
        self.c = n + 2


def add(a, b):
    return Vec(a.x + b.x, a.y + b.y)


def total(n):
    t = Vec(0.0, 0.0)
    step = Vec(1.0, 0.5)
    for i in range(n):
        t = add(t, step)
    return t


def grow(n):
    kept = []
    for i in range(n):
        kept.append(Vec(i, i))
        Vec(i, kept)
    return kept


for i in range(300):
    t = total(40)
    grow(10)
print(t.x, t.y)

# As new: no dict, no weak reference, no attribute that only the last user of the memory had.
for i in range(50):
    v = Vec(1, 2)
    v.extra = i
    w = weakref.ref(v)
    d = v.__dict__
    del v
    assert w() is None and d == {'x': 1, 'y': 2, 'extra': i}
v = total(10)
print(hasattr(v, 'extra'), weakref.getweakrefcount(v), vars(v), list(v.__dict__), sys.getrefcount(v))

# The collector has them.
print(gc.is_tracked(v), gc.get_referents(v) != [], any(o is v for o in gc.get_objects()))
gc.collect()
n = sum(type(o) is Vec for o in gc.get_objects())
kept = grow(100)
print(sum(type(o) is Vec for o in gc.get_objects()) - n)
del kept
print(sum(type(o) is Vec for o in gc.get_objects()) - n)

# When it collects.
started = []
gc.callbacks.append(lambda phase, info: started.append(info['generation']) if phase == 'start' else None)
gc.collect()
for threshold in (2000, 700, 0):
    gc.set_threshold(threshold, 10, 0)
    gc.collect()
    started.clear()
    kept = grow(3000)
    print(threshold, len(started), len(kept))
    del kept
gc.set_threshold(2000, 10, 10)
gc.disable()
started.clear()
kept = grow(5000)
print(started, len(kept))
gc.enable()

# Cycles that only they are in.
alive = weakref.WeakSet()
for i in range(200):
    a, b = Vec(i, None), Vec(i, None)
    a.y, b.y = b, a
    alive.add(a)
del a, b
gc.collect()
print(len(alive))


# The class changes.
def finish(self):
    ended.append(self.x)


ended = []
Vec.__del__ = finish
t = total(5)
del t
print(ended)
del Vec.__del__
print(total(5).x, len(ended))
Vec.z = property(lambda self: self.x * 10)
print(total(7).z)
wide = [Wide(i) for i in range(100)]
print(sum(w.a + w.b + w.c for w in wide))
