# compiled: plain
# Calls with keywords, defaults, *args, **kwargs, wrong counts, in every mix.


def plain(a, b, c=3, d=4):
    return a + b * c - d


def kw(a, *, k=2, **rest):
    return a * k + len(rest)


def var(*args, **kwargs):
    return len(args) * 10 + len(kwargs)


def posonly(a, b, /, c):
    return a - b - c


def caller(n):
    s = 0
    args = (1, 2)
    kws = {"c": 5}
    for i in range(n):
        s += plain(i, 1) + plain(i, 1, d=i) + plain(b=i, a=2) + plain(*args, **kws)
        s += kw(i, k=3) + kw(i) + kw(i, x=1, y=2) + var(1, *args, z=3, **kws) + posonly(i, 2, c=1)
    return s


print(caller(3500), plain(1, 2, 3, 4), var(), var(*range(5), **{"a": 1}))
for text in (
    "plain()", "plain(1)", "plain(1, 2, 3, 4, 5)", "plain(1, 2, a=3)", "plain(1, 2, e=3)", "kw()", "kw(1, 2)", "kw(1, **{'a': 2})",
    "posonly(a=1, b=2, c=3)", "posonly(1, 2)", "plain(*5)", "plain(**5)", "plain(1, 2, **{'c': 1}, **{'c': 2})", "plain(1, 2, **{1: 2})",
    "plain(1.5, 2)", "plain(2**62, 2, 2**62)", "plain([1], [2], 1, 0)", "var(x=1, *[1, 2])", "kw(1, k='ab')",
):
    try:
        print(text, eval(text))
    except TypeError as e:
        print(text, e)


def order(n):
    print("o", n)
    return n


print(plain(order(1), d=order(2), b=order(3), *(), **{"c": order(4)}))


def mutable(x, acc=[]):
    acc.append(x)
    return len(acc)


for i in range(3000):
    mutable(i)
print(mutable(1), mutable(1, [1]), caller(10))
