# warm: recompiles
# Functions made by exec and eval: many with one name, own globals, changing source under one file name.
import linecache

src = """
def f(x):
    s = 0
    for i in range(x):
        s += i * K
    return s
"""
for k in (1, 2.5, 2**62, "a"):
    ns = {"K": k}
    exec(src, ns)
    f = ns["f"]
    try:
        for i in range(3000):
            f(3)
        print(repr(f(2000))[:50])
    except TypeError as e:
        print(e)
for op in ("+", "-", "*", "//", "%", "**", "<<", "&", "|", "^"):
    ns = {}
    exec(f"def g(a, b):\n    return a {op} b\n", ns)
    g = ns["g"]
    t = 0
    for i in range(3200):
        t ^= g(i, 3)
    print(op, t, g(-7, 2), g(True, True))
code = compile("s = 0\nfor i in range(n):\n    s += i\n", "<loop>", "exec")
for n in (20000, 5, 0):
    ns = {"n": n}
    exec(code, ns)
    print(ns["s"], [k for k in ns if k != "__builtins__"])


class NS(dict):
    def __missing__(self, k):
        return 3 if k == "n" else __builtins__.__dict__[k]


ns = NS()
exec(code, {}, ns)
print(dict(ns))
t = 0
c = compile("a * 2 + b", "<e>", "eval")
for i in range(5000):
    t += eval(c, {"a": i, "b": 1})
print(t, eval("[x + t for x in range(2)]", {"t": 0.5}), eval("(lambda q: q * 2)(4)"))


def scope(x):
    exec("x = 5; y = 6")
    return x, sorted(locals())


print(scope(1), scope(1))
exec("def later(v):\n    return v / 0\n")
try:
    for i in range(3):
        later(i)
except ZeroDivisionError as e:
    tb = e.__traceback__.tb_next
    print(tb.tb_frame.f_code.co_filename, tb.tb_lineno)
ns = {"__builtins__": {"range": lambda n: [n, n]}}
exec(src + "\nr = f(10)", dict(ns, K=1) if False else (d := {**ns, "K": 1}))
print(d["r"])
exec("later(1)")
