# skip: frames@3.12
# compiled: local rebound counts Thing.method six raises leaves
# An argument that only the caller's value stack holds is the callee's: it dies when the callee lets go of it, in the order
# of the callee's locals, whoever calls.
import contextvars
import functools
import operator
import sys
import weakref

log = []


class Thing:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        log.append((self.name, sys._getframe(1).f_code.co_name))

    def method(self, other, n):
        t = 0
        for i in range(n):
            t += i * n
        inner = Thing("inner")
        log.append("method")
        return t

    def __add__(self, other):
        last = Thing(self.name + other.name)
        return last


def local(p, n, q=None, *, r=None):
    t = 0
    for i in range(n):
        t += i * n
    inner = Thing("local")
    log.append("end")
    return t


def rebound(p, n):
    t = 0
    for i in range(n):
        t += i * n
    p = None
    log.append("gone")
    q = Thing("q")
    del q
    log.append("and q")
    return t


def counts(p, n):
    t = 0
    for i in range(n):
        t += i * n
    later = n
    return sys.getrefcount(p) * 1000 + t


def six(a, b, c, d, e, f, n):
    t = 0
    for i in range(n):
        t += i * n
    g = Thing("g")
    c = None
    log.append("six")
    return t


def raises(p, n):
    t = 0
    for i in range(n):
        t += i * n
    inner = Thing("raises")
    return t // (n - n)


def leaves(p, n, what):
    t = 0
    for i in range(n):
        t += i * n
    inner = Thing("leaves")
    t = t + what
    p = 1
    log.append("left")
    return t


def depth(p, n):
    t = n * 2
    inner = t
    if n == 0:
        return inner
    return depth(Thing(n), n - 1) + 1


def main(m, what):
    s = 0
    for k in range(m):
        s += local(Thing("a"), 20)
        s += local(Thing("b"), 20, Thing("c"))
        s += local(Thing("d"), n=20, r=Thing("e"))
        s += rebound(Thing("f"), 20)
        s += counts(Thing("h"), 20) + counts([s], 20)
        s += Thing("i").method(Thing("j"), 20)
        s += six(Thing(1), Thing(2), Thing(3), Thing(4), Thing(5), Thing(6), 20)
        try:
            s += raises(Thing("k"), 20)
        except ZeroDivisionError:
            log.append("caught")
        s += leaves(Thing("l"), 20, what)
        kept = Thing("kept")
        s += local(kept, 5) + rebound(kept, 5)
        kept = (Thing("x") + Thing("y")) + Thing("z")
        kept = None
    return s


def steps(m):
    for k in range(m):
        yield local(Thing("a"), 20) + rebound(Thing("b"), 20) + counts(Thing("c"), 20)
        yield Thing("d").method(Thing("e"), 20)
        yield leaves(Thing("f"), 20, 1 << 70 if k == m - 1 else 1)


last = None
for k in range(60):
    log.clear()
    total = main(20, 1)
    if k == 0:
        print(total, log[: len(log) // 20])
        first = log[:]
    assert log == first, (log, first)
log.clear()
print(main(2, 1.5), main(2, 1 << 70), log == first[: len(first) // 10] * 2)
for k in range(30):
    log.clear()
    totals = list(steps(40))
print(totals[-3:], log[-14:])

log.clear()
print(depth(None, 50), log[:3], log[-3:], len(log))
log.clear()


class Quiet:
    pass


refs = []


def quiet(n):
    thing = Quiet()
    refs.append(weakref.ref(thing))
    return thing


def deeper(p, n):
    later = n + 1
    return deeper(quiet(n), later) + 1


try:
    deeper(None, 0)
except RecursionError as error:
    print("too deep", sum(ref() is not None for ref in refs) > 500)
    error = None
print(len(refs) > 500, sum(ref() is not None for ref in refs))


def watched(n):
    for k in range(n):
        thing = Thing(k)
        seen = weakref.ref(thing, lambda ref: log.append("ref"))
        thing, t = None, thing
        del t
        local(Thing("w"), 3)
    return log[-6:]


print(watched(1000))
log.clear()
print(sorted([3, 1, 2], key=lambda x: local(Thing(x), 3)), log)
log.clear()


def keyword(a, b=None):
    t = 0
    for i in range(30):
        t += i
    a = None
    log.append("keyword")
    return t


for k in range(3000):
    log.clear()
    keyword(a=Thing("a"), b=Thing("b"))
print(log)
log.clear()
context = contextvars.copy_context()
for k in range(3000):
    log.clear()
    operator.call(keyword, Thing("call"))
    context.run(keyword, Thing("run"))
    functools.partial(keyword, Thing("partial"))()
print(log)
