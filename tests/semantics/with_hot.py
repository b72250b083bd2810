# compiled: inner
# with around and inside hot code: __exit__ that swallows, that raises, order of enter and exit.


class Ctx:
    def __init__(self, name, swallow=False):
        self.name = name
        self.swallow = swallow

    def __enter__(self):
        global depth
        depth += 1
        return self

    def __exit__(self, t, v, tb):
        global depth
        depth -= 1
        if t is not None:
            log.append((self.name, t.__name__, str(v), tb.tb_lineno))
        if self.swallow == "raise":
            raise LookupError("from exit")
        return self.swallow


depth = 0
log = []


def inner(a, b):
    return a % b


def outer(xs, swallow):
    s = 0
    for x in xs:
        with Ctx("a", swallow) as c, Ctx("b"):
            s += inner(100, x)
            s += depth
    return s


def loop_in_with(n, d):
    with Ctx("loop", True):
        s = 0
        for i in range(n):
            s += i // (i - d)
        return s
    return "swallowed", s, i


xs = [i % 9 + 1 for i in range(6000)]
print(outer(xs, False), loop_in_with(20000, -1), depth, log)
xs[100] = 0
print(outer(xs, True), log, depth)
log.clear()
try:
    outer(xs, False)
except ZeroDivisionError as e:
    print(e, log, depth)
log.clear()
try:
    outer(xs, "raise")
except LookupError as e:
    print(e, repr(e.__context__), log, depth)
log.clear()
print(loop_in_with(20000, 15000), log)
print(repr(loop_in_with(100, 0.5)))


def ret():
    for i in range(5):
        with Ctx("r"):
            if i == 3:
                return i, depth


print(ret(), depth)
try:
    with 5:
        pass
except TypeError as e:
    print(e)
