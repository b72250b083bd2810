# compiled: less index test
# __index__, __bool__, __eq__, __lt__, __contains__, __hash__ that raise inside hot comparisons and subscripts.


class Bad:
    def __init__(self, what):
        self.what = what

    def _go(self, *a):
        raise ValueError(self.what)

    __index__ = __bool__ = __eq__ = __lt__ = __gt__ = __le__ = __ge__ = __ne__ = __add__ = __radd__ = __neg__ = __hash__ = _go
    __iter__ = __len__ = __contains__ = __float__ = __int__ = __getitem__ = __setitem__ = __iadd__ = __call__ = __abs__ = _go


def less(a, b):
    if a < b:
        return 1
    return 0


def index(xs, i):
    return xs[i]


def test(a, b):
    if a and b == 3:
        return a
    elif not b:
        return b
    return a != b


def loop(xs):
    n = 0
    for x in xs:
        if x:
            n += 1
        if x == 5:
            n += 10
        if 3 < x < 9:
            n += 100
    return n


for i in range(3500):
    less(i, 5)
    index([1, 2, 3], i % 3)
    test(i, i % 5)
xs = [i % 10 for i in range(20000)]
print(loop(xs))
b = Bad("bad")
cases = [
    lambda: less(b, 1), lambda: less(1, b), lambda: index([1], b), lambda: index(b, 1), lambda: test(b, 1), lambda: test(1, b),
    lambda: b + 1, lambda: 1 + b, lambda: -b, lambda: {b: 1}, lambda: b in {}, lambda: 1 in b, lambda: b in [1], lambda: len(b),
    lambda: float(b), lambda: int(b), lambda: range(b), lambda: [*b], lambda: b(), lambda: abs(b), lambda: loop(b), lambda: [1, 2][:b],
    lambda: b < 1 < 2, lambda: not b, lambda: max(1, b), lambda: loop([1, 2, b]),
]
for k, c in enumerate(cases):
    try:
        print(k, c())
    except Exception as e:
        tb = e.__traceback__
        n = 0
        while tb:
            n += 1
            tb = tb.tb_next
        print(k, type(e).__name__, e, n)


class NI:
    def __lt__(self, o):
        return NotImplemented

    def __eq__(self, o):
        return NotImplemented

    def __add__(self, o):
        return NotImplemented


n = NI()
for c in (lambda: less(n, 1), lambda: less(1, n), lambda: n + 1, lambda: n == 1, lambda: test(n, n)):
    try:
        print(c() if c() is not n else "self")
    except TypeError as e:
        print(e)
xs[15000] = b
loop(xs)
