# skip: gc
# compiled: hot
# gc.collect in a callee, cycles freed while hot, gc callbacks, objects reachable only from a hot frame's locals.
import gc
import weakref


class Node:
    def __init__(self, n):
        self.n = n
        self.me = self

    def __del__(self):
        dead.append(self.n)


dead = []


def collect(i):
    if i % 5000 == 4999:
        gc.collect()
        log.append((i, sorted(dead)))
        dead.clear()
    return 1


log = []


def hot(n):
    s = 0
    hold = Node("hold")
    for i in range(n):
        if i % 2500 == 0:
            x = Node(i)
        s += collect(i)
        s += hold.me.me.n == "hold"
    return s


gc.disable()
print(hot(20000), log)
del log[:]
gc.collect()
print(sorted(map(str, dead)))
dead.clear()


def lists(n):
    out = []
    for i in range(n):
        l = [i]
        l.append(l)
        if i % 1000 == 999:
            out.append(gc.collect() > 0)
    return out, l[0], l[1] is l


print(lists(4000))
phases = []
gc.callbacks.append(lambda phase, info: phases.append(phase))
gc.enable()
gc.set_threshold(100)


def alloc(n):
    keep = []
    r = 0.0
    for i in range(n):
        keep.append((i, [i * 0.5]))
        r += keep[i // 2][1][0]
    return r, sum(a for a, b in keep)


print(alloc(20000), set(phases) == {"start", "stop"})
gc.callbacks.clear()


def frame_only(n):
    a = [1, 2, 3]
    w = weakref.WeakSet()
    o = Node("frame")
    o.me = None
    w.add(o)
    for i in range(n):
        if i == n - 1:
            gc.collect()
            return len(w), a, gc.is_tracked(a)


print(frame_only(20000), dead)
