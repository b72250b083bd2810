# compiled: loop calls chain
# keep: gainless
# skip: frames@3.12
# Weakref callbacks and destructors that rebind a global used by native code, raise, resurrect, set a trace function,
# change a class in the middle of the loop; order of all.
import gc
import sys
import weakref

log = []
K = 3


def helper(x):
    return x + K


class Obj:
    def __init__(self, n):
        self.n = n


def rebind(ref):
    global K, helper
    log.append("cb")
    if K == 3:
        K = 100
    else:
        def helper(x):
            return -x


def loop(n, at):
    s = 0
    o = Obj(0)
    r = weakref.ref(o, rebind)
    for i in range(n):
        s += helper(i) + K
        if i == at:
            o = None
        s += K
    return s, r() is None


print(loop(2000, -1))
print(loop(2000, 1990), log, K)
print(loop(2000, 1990), log, helper(3))
K = 3


def helper(x):
    return x + K


class Del:
    def __init__(self, n):
        self.n = n

    def __del__(self):
        global K
        log.append(("del", self.n, K))
        K = K + self.n


def calls(n, at):
    t = 0
    for i in range(n):
        d = Del(0 if i < at else i)
        t += helper(i) + K
        t -= 1
    return t, K


print(calls(1000, 990))
print(log[-14:])
log.clear()
K = 3


class Raises:
    def __init__(self, v):
        self.v = v

    def __del__(self):
        if self.v:
            raise ValueError(self.v)


def hook(u):
    log.append((type(u.exc_value).__name__, u.exc_value.args, u.object.__qualname__))


sys.unraisablehook = hook


def raising(n, at):
    t = 0
    for i in range(n):
        r = Raises(i if i > at else 0)
        t += i
    return t


print(raising(1000, 995), log)
log.clear()
kept = []


class Back:
    def __del__(self):
        kept.append(self)


def resurrect(n):
    c = 0
    for i in range(n):
        b = Back()
        c += len(kept)
    return c


print(resurrect(700), len(kept))


class Order:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        log.append(self.name)


def chain(n):
    for i in range(n):
        a = Order(("a", i))
        b = Order(("b", i))
        l = [a, b, Order(("c", i))]
        a = b = None
        l[0] = None
        l.pop()
        d = {1: Order(("d", i)), 2: Order(("e", i))}
        del d[1]
        l = d = 0
        t = (Order(("f", i)), Order(("g", i)))
        t = Order(("h", i)).name
    return t


chain(600)
print(log[-17:], len(log))
log.clear()
# a callback that switches tracing on


def tracer(frame, event, arg):
    log.append((event, frame.f_code.co_name, frame.f_lineno - frame.f_code.co_firstlineno))
    return tracer


def traceon(ref):
    f = sys._getframe()
    f = f.f_back
    f.f_trace = tracer
    sys.settrace(tracer)


def traced(n, at):
    s = 0
    o = Obj(1)
    r = weakref.ref(o, traceon)
    for i in range(n):
        s += i
        if i == at:
            o = i
            s += 1
        s -= 2
    return s


print(traced(2000, -1))
print(traced(2000, 1998))
sys.settrace(None)
for e in log:
    print(e)
log.clear()
# class changed by a destructor


class P:
    def f(self):
        return 1


class Change:
    def __init__(self, on):
        self.on = on

    def __del__(self):
        if self.on:
            P.f = lambda self: 1000


def meth(n, at):
    p = P()
    s = 0
    for i in range(n):
        c = Change(i == at)
        s += p.f()
        c = None
        s += p.f()
    return s


print(meth(1000, 990))
# WeakValueDictionary, WeakSet, finalize
wd = weakref.WeakValueDictionary()


def cache(n):
    m = 0
    for i in range(n):
        o = wd.get(i % 5)
        if o is None:
            o = wd[i % 5] = Obj(i)
        m += len(wd)
    return m, sorted(wd)


print(cache(1500))


def fin(n):
    for i in range(n):
        o = Obj(i)
        weakref.finalize(o, log.append, i)
    return i


fin(800)
print(len(log), log[-3:])
log.clear()
# cycles, gc callbacks
gc.callbacks.append(lambda phase, info: log.append(phase) if len(log) < 4 else None)


def cycles(n):
    for i in range(n):
        o = Obj(i)
        o.me = o
    return i


gc.collect()
print(cycles(5000) > 0, log[:4])
gc.callbacks.clear()
gc.collect()
print(len([o for o in gc.get_objects() if type(o) is Obj]))


def seen(n, at):
    a = []
    for i in range(n):
        a.append(i)
        if i == at:
            x = any(o is a for o in gc.get_objects())
            y = [type(r).__name__ for r in gc.get_referrers(a)]
    return x, y, len(gc.get_referents(a))


print(seen(1500, 1200), seen(1500, 1300))
