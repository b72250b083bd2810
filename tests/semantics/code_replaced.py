# compiled: f caller
# broken: code
# __code__ replaced while f is hot, by a caller that is hot, and back.


def f(x):
    return x + 1


def g(x):
    return x * 2.5


def h(x, y=3):
    return x - y


def caller(n, at, new):
    s = 0
    for i in range(n):
        s += f(i)
        if i == at:
            f.__code__ = new
    return s


old = f.__code__
print(caller(20000, -1, None))
print(repr(caller(20000, 10000, g.__code__)), f(2))
print(repr(caller(20000, 100, old)), f(2))
f.__code__ = h.__code__
try:
    f(1)
except TypeError as e:
    print(e)
f.__defaults__ = (4,)
print(f(1), f(1, 2), f.__name__, f.__code__.co_name)
f.__code__ = f.__code__.replace(co_consts=f.__code__.co_consts, co_name="renamed")
print(f(1), f.__code__.co_name)
f.__code__ = old
print(f(1), caller(20000, -1, None))
cell = (lambda v: lambda: v)(1)
try:
    f.__code__ = cell.__code__
except ValueError as e:
    print(e)
f.__code__ = (lambda x: x / 0).__code__
try:
    f(3)
except ZeroDivisionError as e:
    print(e, e.__traceback__.tb_next.tb_frame.f_code.co_name)
