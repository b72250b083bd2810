# compiled: squares grid evens
# List comprehensions: nested, conditional, closures in them, exceptions in them, names that do not leak.


def squares(xs):
    return [x * x for x in xs]


def grid(n):
    return [[i * j for j in range(n)] for i in range(n)]


def evens(n):
    return [x + y for x in range(n) if x % 2 == 0 for y in (1, 2) if x % 3]


def closures(n):
    fs = [lambda: i for i in range(n)]
    return [f() for f in fs]


x = "outer"
for i in range(3000):
    squares((i, 1, 2))
print(sum(squares(range(20000))), sum(map(sum, grid(140))), sum(evens(5000)))
print(squares([1.5, 2, True, 2**40, 1j]), closures(3), x)
try:
    squares([1, 2, "a"])
except TypeError as e:
    print(e, e.__traceback__.tb_next.tb_lineno)
try:
    squares(5)
except TypeError as e:
    print(e)


def shadow(y):
    r = [y for y in range(3)]
    return y, r


def walrus(xs):
    r = [t := t0 + x for t0 in (10,) for x in xs]
    return r, t


print(shadow(9), walrus([1, 2]), [[a for a in range(b)] for b in range(4)])
print({k: v for k, v in zip("abc", range(3))}, {c % 3 for c in range(10)}, list(q for q in range(4)))


class C:
    ys = [1, 2, 3]
    zs = [y * 2 for y in ys]
    n = [len(zs)]


print(C.zs, C.n, [lambda k=k: k for k in range(3)][1](), [locals().get("w") for w in [1, 2]])


def live(n):
    xs = [0]
    return [xs.append(i) or len(xs) for i in range(n)], len(xs)


print(live(5), [v for v in [] if 1 / 0], [a and b for a, b in [(1, 2), (0, 3)]])
