# compiled: everything fails
# The offset of a caller's instruction while what it calls runs, or after that raised: calls of functions, methods, bound
# methods, classes, callbacks from C, calls that cannot be bound, from loops, functions and generators.
import sys

found = {}


def note(key):
    frame, offsets = sys._getframe(1), []
    while frame is not None:
        offsets.append((frame.f_code.co_name, frame.f_lasti))
        frame = frame.f_back
    found.setdefault(key, set()).add(tuple(offsets))
    return 1


def looks(x, key="looks"):
    return note(key) + x


class C:
    def __init__(self, key):
        self.n = note(key)

    def method(self, x, y=2):
        return note("method") + x + y

    def __add__(self, other):
        return note("operator") + other

    def __getattr__(self, name):
        return note("attribute") + len(name)


def generator(n):
    for i in range(n):
        note("generator")
        yield looks(i, "generator's")


def everything(n):
    s = 0
    for i in range(n):
        for j in range(12):
            for k in range(12):
                s += (i * j) % 7 - (i ^ k) % 5
        c = C("init")
        bound = c.method
        s += looks(i) + looks(i, key="keyword") + c.method(i) + bound(i) + bound(i, y=3)
        s += c.other + (c + i)
        s += max([i, i + 1], key=looks)
        s += sum(generator(2))
        s += looks(*(i,))
    return s


def raises(kind, i):
    if kind == 0:
        return looks(i, nothing=1)
    if kind == 1:
        return looks()
    if kind == 2:
        return 1 + fails(i)
    if kind == 3:
        return C("raises").method(i, 1, 2)
    if kind == 4:
        return C()
    return i // 0


def fails(i):
    for j in range(20):
        i += (i * j) % 7
    return note("fails") // (i - i)


def caught(kind, i):
    try:
        return raises(kind, i)
    except (TypeError, ZeroDivisionError) as e:
        tb, offsets = e.__traceback__, []
        while tb is not None:
            offsets.append((tb.tb_frame.f_code.co_name, tb.tb_lasti))
            tb = tb.tb_next
        found.setdefault(kind, set()).add(tuple(offsets))
    return 0


print(everything(700))
print(sum(everything(1) for _ in range(700)))
for i in range(700):
    for kind in range(6):
        caught(kind, i)
for key, offsets in found.items():
    print(key, sorted(offsets))
