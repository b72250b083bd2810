# compiled: key dist
# Hot functions called from C: sort keys, map, filter, functools, min with key; keys that raise or mutate.
import functools


def key(x):
    return x * 7919 % 1009


def dist(p):
    return p[0] * p[0] + p[1] * p[1]


xs = list(range(4000))
xs.sort(key=key)
print(xs[:5], xs[-5:], sum(i * x for i, x in enumerate(xs)))
pts = [(i % 61 - 30, i % 37 - 18) for i in range(4000)]
print(min(pts, key=dist), max(pts, key=dist), sorted(pts, key=lambda p: (dist(p), p))[:3])
print(sum(map(key, range(4000))), len(list(filter(lambda v: key(v) > 500, range(4000)))), functools.reduce(lambda a, b: a ^ key(b), range(4000)))
mixed = [3, 1.5, True, 2**65, -(2**65), 0.1]
print(sorted(mixed, key=key), sorted(mixed, key=lambda v: -v))
try:
    sorted(xs[:10] + ["s"], key=key)
except TypeError as e:
    print(e)
ys = [3, 2, 1]


def evil(v):
    ys.append(v)
    return v


try:
    ys.sort(key=evil)
except ValueError as e:
    print(e, ys)


def cmp(a, b):
    return (a > b) - (a < b)


zs = [i * 37 % 101 for i in range(300)]
print(sorted(zs, key=functools.cmp_to_key(cmp))[:5], sorted(["b", "A", "c"], key=str.lower))
nan = float("nan")
print(sorted([2.0, nan, 1.0, 0.5], key=lambda v: v), max([nan, 1.0], key=abs), sorted([(1, "b"), (1, "a"), (0, "z")], key=lambda t: t[0]))


@functools.lru_cache(maxsize=None)
def memo(n):
    return n if n < 2 else memo(n - 1) + memo(n - 2)


print(memo(120), memo.cache_info())


def deco(f):
    @functools.wraps(f)
    def w(*a):
        return f(*a) + 0.5

    return w


plus = deco(key)
print(sum(plus(i) for i in range(4000)), plus.__name__)
