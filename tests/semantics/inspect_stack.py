# compiled: level1 level2
# inspect.stack, traceback.extract_stack and currentframe below hot callers.
import inspect
import traceback


def probe(on):
    if on == 1:
        return [(f.function, f.lineno, f.code_context[0].strip(), f.index) for f in inspect.stack()]
    if on == 2:
        return [(s.name, s.lineno, s.line) for s in traceback.extract_stack()]
    if on == 3:
        f = inspect.currentframe().f_back
        return dict(inspect.getargvalues(f).locals)
    return 0


def level2(a, on):
    b = a + 1
    r = probe(on)
    return r if on else b


def level1(a, on):
    s = 0
    for i in range(3):
        s += level2(a, 0)
    return (
        level2(s,
               on)
        or s
    )


t = 0
for i in range(4000):
    t += level1(i, 0)
print(t)
for on in (1, 2, 3):
    for row in (lambda r: r.items() if isinstance(r, dict) else r)(level1(5, on)):
        print(row)
print(inspect.signature(level1), inspect.getsource(level2).splitlines()[0], inspect.getsourcelines(probe)[1])


def positions(tb):
    out = []
    while tb:
        p = list(tb.tb_frame.f_code.co_positions())[tb.tb_lasti // 2]
        out.append((tb.tb_frame.f_code.co_name, p))
        tb = tb.tb_next
    return out


def fails(a, b):
    x = a + 1; return x * (a / b)


for i in range(1, 3500):
    fails(i, i)
try:
    fails(1, 0)
except ZeroDivisionError as e:
    print(positions(e.__traceback__))
print(level1.__code__.co_varnames, level1.__name__, level1.__code__.co_flags & 3)
