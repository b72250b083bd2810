# compiled: size
# Builtins shadowed by module globals, then unshadowed, and by locals of exec.


def size(xs, n):
    s = 0
    for i in range(n):
        s += len(xs) + abs(i - 50) + min(i, 7) + max(i, 3) + int(2.5)
    return s


xs = [1, 2, 3]
print(size(xs, 20000))


def len(x):
    return 1000


print(size(xs, 2000))
del len
print(size(xs, 2000))
abs = lambda v: -1
max = min
print(size(xs, 2000))
del abs, max
print(size(xs, 2000))
range = lambda n: [5, 6]
print(size(xs, 10))
del range
globals()["int"] = float
print(repr(size(xs, 100)))
del globals()["int"]
print(repr(size(xs, 100)))


def swap_inside(n):
    global len
    s = 0
    for i in range(n):
        s += len(xs)
        if i == n // 2:
            len = lambda v: 10
    return s


print(swap_inside(20000), len(xs))
del len
print(swap_inside(20000))
del len
try:
    len = None
    size(xs, 5)
except TypeError as e:
    print(e)
