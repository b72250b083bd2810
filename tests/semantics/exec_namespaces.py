# compiled: body
# warm: recompiles
# keep: gainless
# exec and eval with odd namespaces: mappings, missing names, ChainMap, custom __builtins__, dict subclasses, locals();
# importlib.reload; modules with __getattr__; globals() written.
import builtins
import collections
import importlib
import os
import sys
import tempfile
import types


class Log(dict):
    def __missing__(self, key):
        if key.startswith("magic"):
            return 7
        raise KeyError(key)


class Map(collections.UserDict):
    pass


src = """
s = 0
for i in range(n):
    s += i * k
    if i % 2:
        s -= 1
def f(a):
    t = 0
    for j in range(a):
        t += j
    return t
r = f(600) + s
"""
code = compile(src, "<src>", "exec")
for ns in ({"n": 1500, "k": 2}, Log(n=1500, k=2), {"n": 1500, "k": 2.5}, {"n": 1500, "k": "x"}):
    try:
        exec(code, ns)
        print(ns["r"], ns["s"])
    except TypeError as e:
        print("TypeError", e)
for loc in (Map(), collections.ChainMap({}, {"k": 3}), Log(), types.MappingProxyType({})):
    try:
        exec(code, {"n": 1500, "k": 2}, loc)
        print(type(loc).__name__, loc["r"], loc["s"], len(loc))
    except Exception as e:
        print(type(e).__name__, e)
b = dict(vars(builtins))
calls = []
b["range"] = lambda n: calls.append(n) or range(n // 2)
ns = {"n": 3000, "k": 1, "__builtins__": b}
exec(code, ns)
print(ns["r"], ns["s"], calls)
ns = {"n": 3000, "k": 1, "__builtins__": types.ModuleType("b")}
try:
    exec(code, ns)
except NameError as e:
    print(e)
m = types.ModuleType("b")
m.range = lambda n: range(5)
ns = {"n": 3000, "k": 1, "__builtins__": m}
exec(code, ns)
print(ns["r"], ns["s"])


class Magic(dict):
    log = []

    def __getitem__(self, key):
        self.log.append(key)
        return dict.__getitem__(self, key)

    def __setitem__(self, key, value):
        self.log.append("=" + key)
        dict.__setitem__(self, key, value)


loc = Magic(n=120, k=2)
exec(code, {}, loc) if False else None
try:
    exec(code, {}, loc)
except NameError as e:
    print(e)
print(len(loc.log), collections.Counter(loc.log).most_common(4))
print(eval("[x * k for x in range(5)]", {"k": 3}), eval("magic1 + magic2", {}, Log()))
g = {"a": 1}
fn = types.FunctionType(compile("def q(n):\n s=0\n for i in range(n):\n  s+=a\n return s", "<q>", "exec").co_consts[0], g)
g["__builtins__"] = builtins
for i in range(500):
    fn(5)
print(fn(10))
g["a"] = 2.5
print(fn(10))
g2 = types.FunctionType(fn.__code__, {"a": "z", "__builtins__": {"range": lambda n: "xy"}}, "name")
try:
    print(g2(3))
except TypeError as e:
    print(e)


def body(n):
    x = 1
    for i in range(n):
        x += i
        if i == n - 2:
            exec("x = 5; y = 6")
            loc = locals()
            loc["x"] = 77
            ev = eval("x + i")
    return x, ev, sorted(loc)


print(body(2000), body(2500))


def writes(n):
    s = 0
    for i in range(n):
        s += GLOB
        if i == n // 2:
            globals()["GLOB"] = 2
        if i == n // 2 + 5:
            exec("GLOB = 'no'", globals()) if n == 4000 else exec("global GLOB\nGLOB = 3.5")
    return s


GLOB = 1
print(writes(3000))
GLOB = 1
try:
    print(writes(4000))
except TypeError as e:
    print(e)
# reload
d = tempfile.mkdtemp()
sys.path.insert(0, d)
sys.dont_write_bytecode = True
path = os.path.join(d, "modrel.py")


def write(text):
    with open(path, "w") as f:
        f.write(text)
    importlib.invalidate_caches()


write("C = 2\nclass A:\n    v = 1\n    def m(self): return C\ndef go(n):\n    s = 0\n    for i in range(n):\n        s += step(i)\n    return s\ndef step(i):\n    return i + C\n")
import modrel

old_go, old_a = modrel.go, modrel.A()


def use(n):
    s = 0
    for i in range(n):
        s += modrel.step(i) + modrel.C
    return s


for i in range(30):
    modrel.go(300)
    use(300)
print(modrel.go(1000), use(1000))
write("C = 5\nclass A:\n    v = 2\n    def m(self): return -C\ndef go(n):\n    s = 0\n    for i in range(n):\n        s -= step(i)\n    return s\ndef step(i):\n    return i * C\n")
importlib.reload(modrel)
print(modrel.go(1000), use(1000), old_go(1000), old_a.m(), modrel.A().m(), isinstance(old_a, modrel.A))


def reload_mid(n):
    s = 0
    for i in range(n):
        s += modrel.step(i)
        if i == n - 10:
            write("def step(i):\n    return 'x' if i % 2 else i\nC = 1\n")
            importlib.reload(modrel)
    return s


try:
    print(reload_mid(2000))
except TypeError as e:
    print(e)
write("import sys\nC = 9\ndef __getattr__(name):\n    return lambda *a: name\n")
del modrel.step
importlib.reload(modrel)
print(modrel.nothing(3), modrel.step(3))
try:
    use(5)
except TypeError as e:
    print(e)
sys.modules.pop("modrel")
import modrel as m2

print(m2 is modrel, m2.C, modrel.C)
