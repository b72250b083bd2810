# compiled: inner
# compiled: outer
# Frames of a traceback out of hot code show every local, with its right value, and keep them alive.
import sys


def inner(xs, k):
    s = 0
    f = 0.5
    flag = False
    for i, x in enumerate(xs):
        y = x * 2
        f += y
        flag = not flag
        s += 100 // (x - k)
    return s


def outer(n, k):
    unused = None
    a = n * 2
    xs = list(range(n))
    b = a + 0.25
    r = inner(xs, k)
    after = r
    return after


def show():
    tb = sys.exc_info()[2]
    while tb:
        f = tb.tb_frame
        print(f.f_code.co_name, tb.tb_lineno - f.f_code.co_firstlineno, f.f_lineno - f.f_code.co_firstlineno)
        if f.f_code.co_name != "<module>":
            for k, v in f.f_locals.items():
                print("   ", k, repr(v) if not isinstance(v, list) else len(v))
        tb = tb.tb_next


for i in range(3200):
    outer(2, -1)
print(outer(20000, -1))
for k in (15000, 0, 1.0, "s"):
    try:
        outer(20000, k)
    except Exception as e:
        print(type(e).__name__, e)
        show()
        saved = e
print(saved.__traceback__.tb_next.tb_next.tb_frame.f_locals["f"])


class M:
    def __init__(self, v):
        self.v = v

    def calc(self, d):
        r = self.v
        q = r / d
        return q


m = M(5)
for i in range(1, 3500):
    m.calc(i)
try:
    m.calc(0)
except ZeroDivisionError:
    f = sys.exc_info()[2].tb_next.tb_frame
    print(sorted(f.f_locals), f.f_locals["r"], f.f_locals["self"] is m, f.f_back is None, f.f_code.co_qualname)
try:
    m.calc(0)
except ZeroDivisionError as e:
    e.__traceback__.tb_next.tb_frame.clear()
    print(e.__traceback__.tb_next.tb_frame.f_locals)
inner([1, 2, 3], 2)
