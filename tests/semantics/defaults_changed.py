# compiled: f call
# Defaults and keyword-only defaults replaced while the callers are hot.


def f(a, b=10, *, c=100):
    return a + b * c


def call(n):
    s = 0
    for i in range(n):
        s += f(i)
    return s


print(call(20000), f(1, 2), f(1, c=3), f(1, b=2, c=3))
f.__defaults__ = (20,)
print(call(20000), f(1))
f.__defaults__ = (0.5,)
print(call(100), f(1))
f.__kwdefaults__ = {"c": -1}
print(call(100), f(1), f(1, 2))
f.__kwdefaults__["c"] = 7
print(call(100), f(1))
f.__kwdefaults__ = None
try:
    call(100)
except TypeError as e:
    print(e)
f.__kwdefaults__ = {"c": 100}
f.__defaults__ = None
try:
    call(100)
except TypeError as e:
    print(e)
print(f(1, 2))
f.__defaults__ = (1, 2)
print(f(), f(5), call(100))


def g(x=[]):
    x.append(len(x))
    return len(x)


for i in range(3500):
    g()
print(g(), g([]), g.__defaults__[0][-1])
g.__defaults__ = ([1, 2],)
print(g(), g())
