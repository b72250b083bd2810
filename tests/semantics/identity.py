# compiled: find push pick
# `is` through hot containers: the object that went in comes out; NaN is found by identity.


def find(xs, y):
    for i in range(len(xs)):
        if xs[i] is y:
            return i
    return -1


def push(xs, v):
    w = v + 0.0
    xs.append(v)
    xs.append(v)
    return xs[-1] is xs[-2], xs[-1] is v


def pick(xs, i):
    v = xs[i]
    if v > 0:
        return v
    return xs[i]


fl = [i * 0.1 for i in range(2000)]
for i in range(3500):
    push([], 0.5)
    pick(fl, i % 2000)
print(find(fl, fl[1999]), find(fl, 0.1 + 0.2), push([], 1e10), push([], 12345678901), push([], True))
print(all(pick(fl, i) is fl[i] for i in range(2000)))
big = [2**62 + i for i in range(100)]
print(all(pick(big, i) is big[i] for i in range(100)))
nan = float("nan")
print(find([0.0, nan], nan), nan in [0.0, nan], [nan].index(nan), find([nan], float("nan")))


def carry(x, n):
    y = x
    for i in range(n):
        y = x if i % 2 else y
    return y is x, y


print(carry(nan, 20000)[0], carry(1e100, 20000), carry(2**70, 10), carry("s", 10))


def same(a, b):
    return a is b, a is not b, a is None, a is True


for i in range(3500):
    same(i, i)
print(same(None, None), same(True, True), same(True, 1 == 1), same(False, not True), same(5, 5), same((), ()), same("a", "a"))
x = 1000.5
d = {x: x}
t = (x, [x])
for v in [x]:
    print(v is x, d[v] is x, t[0] is v, t[1][0] is x, max(x, 1.0) is x, min(x, 2000) is x, (x or 1) is x, (lambda q: q)(x) is x)
print(+x is x, abs(x) == x, (x if x else 0) is x, [y for y in (x,)][0] is x, int(big[0]) is big[0], float(x) is x)
