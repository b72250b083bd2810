# compiled: hot
# Large code that is called and dies, while thousands of other functions come and go: no memory of it is read again.
import gc


def hot(n):
    t = 0
    for i in range(n):
        t += i * 2
    return t


def source(n):
    body = "        x = a + 1\n" * n
    return "def make():\n    def inner(a):\n" + body + "        return x\n    return inner\n"


def functions(n):
    space = {}
    exec("".join("def f%d(): return %d\n" % (i, i) for i in range(n)), space)
    del space["__builtins__"]
    return space


print(hot(20000))
for n in (20000, 40000, 60000):
    space = {}
    exec(source(n), space)
    others = functions(4200)
    inner = space["make"]()
    print(inner(1), inner(2))
    del inner
    space.clear()
    gc.collect()
    print(sum(f() for f in list(others.values())[:10]))
    others.clear()
    gc.collect()
print(hot(10))
