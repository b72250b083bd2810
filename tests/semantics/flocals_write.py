# python: 3.13
# compiled: hot
# On 3.13 a callee writes a local of its hot caller through frame.f_locals, and the caller sees it.
import sys


def poke(i, v):
    sys._getframe(1).f_locals["s"] = v
    return i


def quiet(i, v):
    return i


def hot(n, at, v, f):
    s = 0
    for i in range(n):
        s += 1
        if i == at:
            f(i, v)
    return s


for i in range(100):
    hot(50, 10, 0, quiet)
print(hot(20000, -1, 0, quiet))
for v in (0, -5, 2.5, 2**63 - 5, "text", None):
    try:
        print(repr(hot(20000, 15000, v, poke)))
    except TypeError as e:
        print(e)


def fresh(n):
    for i in range(n):
        if i == 15000:
            f = sys._getframe().f_locals
            f["late"] = 5
            f["i"] = -1
    return i, "late" in sys._getframe().f_locals


print(fresh(20000))
p = None


def keep():
    global p
    p = sys._getframe(1).f_locals


def proxy(n):
    a = 1
    keep()
    for i in range(n):
        a = a + i
    p["a"] = a * 2
    return a, p["i"], dict(p) == {"n": n, "a": a, "i": i}


print(proxy(20000), sorted(p))
