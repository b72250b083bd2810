# compiled: hot
# A callee looks at its hot caller through sys._getframe: locals, line, last instruction, globals, f_back.
import sys


def look(i):
    if i % 5000 == 4999:
        f = sys._getframe(1)
        loc = dict(f.f_locals)
        seen.append((f.f_code.co_name, f.f_lineno - f.f_code.co_firstlineno, f.f_lasti > 0, loc, f.f_back.f_code.co_name))
        frames.append(f)
        assert f.f_globals is globals()
    return 1


seen = []
frames = []


def hot(n, k):
    s = 0
    x = 0.5
    for i in range(n):
        s += i
        x = x * 1.0001
        s += look(
            i,
        )
        z = s
        if i == n - 1:
            look(4999)
    return s


print(hot(20000, "k"))
for row in seen:
    print(row)
print(frames[0] is frames[1], frames[-1].f_back is None, frames[0].f_locals["s"], len(set(frames)))


def depth():
    n = 0
    f = sys._getframe()
    names = []
    while f:
        names.append(f.f_code.co_name)
        f = f.f_back
    return names


def a(n):
    return depth() if n == 0 else b(n - 1)


def b(n):
    return a(n - 1) if n else depth()


for i in range(3000):
    a(2)
print(a(5), b(4), (lambda: a(1))(), [a(0) for _ in range(2)])


def caller_name():
    return sys._getframe().f_back.f_code.co_qualname


class C:
    def m(self):
        return caller_name()


c = C()
for i in range(3500):
    c.m()
print(c.m())


def write(v):
    f = sys._getframe(1)
    f.f_locals["s"] = v
    return 0


def target(n):
    s = 0
    for i in range(n):
        s += 1
    write("x" if n > 5000 else 0)
    return type(s).__name__, len(locals())


print(target(20000) in (("int", 3), ("str", 3)), target(20000))
