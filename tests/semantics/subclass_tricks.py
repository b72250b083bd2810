# compiled: sums total index floats
# keep: gainless
# Subclasses of int, float, list, str, tuple, dict, bool's kin: overridden operators, __index__, __float__, __len__,
# __iter__, __class__ lies, __eq__ and __hash__, IntEnum and IntFlag.
import enum
import numbers


class I(int):
    def __add__(self, o):
        return I(int(self) + int(o) + 1000)

    __radd__ = __add__

    def __mul__(self, o):
        return NotImplemented

    def __rmul__(self, o):
        return "rmul"

    def __lt__(self, o):
        return True

    def __index__(self):
        return 1

    def __bool__(self):
        return False

    def __hash__(self):
        return 5

    def __eq__(self, o):
        return NotImplemented


class J(int):
    pass


class F(float):
    def __sub__(self, o):
        return "sub"

    def __rtruediv__(self, o):
        return F(99)

    def __neg__(self):
        return 3


class L(list):
    def __getitem__(self, i):
        return 42

    def __len__(self):
        return 3

    def __iter__(self):
        return iter("ab")

    def append(self, x):
        list.append(self, (x, x))

    def __contains__(self, x):
        return x == "magic"

    def __iadd__(self, o):
        return "iadd"


class T(tuple):
    def __getitem__(self, i):
        return -1

    def __len__(self):
        return 1


class Liar:
    @property
    def __class__(self):
        return int

    def __index__(self):
        return 2

    def __add__(self, o):
        return 11


class Idx:
    def __index__(self):
        return -1


class D(dict):
    def __missing__(self, k):
        return k * 2

    def get(self, k, d=None):
        return "get"


class S(str):
    def __add__(self, o):
        return "added"

    def startswith(self, *a):
        return "starts"

    def __len__(self):
        return 77


class Color(enum.IntEnum):
    RED = 1
    BLUE = 2


class Flag(enum.IntFlag):
    A = 1
    B = 4


def sums(n, x):
    s = 0
    for i in range(n):
        s = s + x
        if i > n - 3:
            s = x + s
    return s, type(s).__name__


def total(n, l):
    s = 0
    for i in range(n):
        s += l[i % 2] if len(l) else 0
    return s


def index(n, l, i):
    r = 0
    for k in range(n):
        r = l[i]
    return r


def floats(n, x):
    s = 0.5
    for i in range(n):
        s = s - x
        s = -x if i == n - 1 else s
    return s


def iterate(n, l):
    out = 0
    for i in range(n):
        for x in l:
            out = x
        if "magic" in l:
            out = "in"
    return out


def attempt(f, *a):
    try:
        return f(*a)
    except Exception as e:
        return type(e).__name__, str(e)


for v in (1, J(2), I(3), True, Color.RED, Flag.A | Flag.B, Liar(), 1.5, F(2.0), 2**70, 1j):
    print("sums", attempt(sums, 500, 1), attempt(sums, 500, v))
for v in ([1, 2], L([1, 2]), (1, 2), T((1, 2)), D({0: 5}), "ab", S("ab"), [J(1), F(2)], [True, 1.5], bytearray(b"ab"), range(5, 9)):
    print("total", attempt(total, 500, [1, 2]), attempt(total, 500, v))
for v in (0, J(1), I(0), True, Idx(), Liar(), 1.0, None, slice(1), Color.RED, -2, -3, 2**80):
    print("index", attempt(index, 500, [7, 8], 0), attempt(index, 500, [7, 8], v), attempt(index, 500, (7, 8), v), attempt(index, 500, L([1]), v))
for v in (0.25, F(0.25), 1, J(1), Color.BLUE, 1j, None):
    print("floats", attempt(floats, 500, 0.5), attempt(floats, 500, v))
for v in ([1], L([1, 2]), T((4,)), D({"k": 1}), S("xyz"), {"magic"}, iter([]), 5):
    print("iterate", attempt(iterate, 300, [1]), attempt(iterate, 300, v))


def ops(n, a, b):
    r = []
    for i in range(n):
        r = [a + b, a * b, a < b, a == b, bool(a), not a, a is b, hash(a) == hash(b), a // 2 if a else 0, min(a, b) is a, max(a, b) is a, abs(a), isinstance(a, int), (lambda: 1)() + a]
    return r


vals = [1, J(1), I(1), True, Color.RED, 1.0, F(1.0)]
for a in vals:
    for b in vals:
        ops(3, 1, 2)
        print(a, b, attempt(ops, 150, a, b))


def ranges(n, a):
    c = 0
    for k in range(n):
        for i in range(a):
            c += i
    return c


for v in (3, J(3), I(3), True, Idx(), Liar(), Color.BLUE, 2.0):
    print("range", attempt(ranges, 400, 3), attempt(ranges, 400, v))


def appends(n, l):
    for i in range(n):
        l.append(i)
    l += [1]
    return l if isinstance(l, str) else (list.__len__(l), list.__getitem__(l, -1))


print(appends(600, []), appends(600, L()))


def strs(n, s):
    r = None
    for i in range(n):
        r = s + "x", s.startswith("a"), len(s), s[0], s == "ab", f"{s}", s * 2
    return r


print(strs(500, "ab"), strs(500, S("ab")))


def dicts(n, d):
    r = None
    for i in range(n):
        r = attempt(lambda: d[3]), d.get(3), 3 in d, len(d)
    return r


print(dicts(500, {}), dicts(500, D()))


def converts(n, v):
    r = 0
    for i in range(n):
        r = int(v), float(v), round(v), divmod(v, 2), v ** 2, v & 1 if isinstance(v, int) else 0
    return r


for v in (5, J(5), True, Color.BLUE, 2.5, F(2.5)):
    print(attempt(converts, 400, 7), attempt(converts, 400, v))


class Meta(type):
    def __instancecheck__(cls, x):
        return x == 3

    def __call__(cls, *a):
        return a


class M(metaclass=Meta):
    pass


def metas(n, x):
    r = 0
    for i in range(n):
        r = isinstance(x, M), M(x, i), isinstance(x, numbers.Number)
    return r


print(metas(400, 1), metas(400, 3), metas(400, "s"))


class New(int):
    def __new__(cls, v):
        return int.__new__(cls, v * 2)

    def __init__(self, v):
        self.v = v


class NotSelf:
    def __new__(cls, v):
        return v if v % 100 == 99 else object.__new__(cls)

    def __init__(self, v):
        self.v = v


def news(n):
    s = 0
    for i in range(n):
        a, b = New(i), NotSelf(i)
        s += a + a.v
        s += b if isinstance(b, int) else b.v
    return s


print(news(700))
class Grow(list):
    def __setitem__(self, i, v):
        list.__setitem__(self, i, v + 1)
def sets(n, l):
    for i in range(n):
        l[i % 3] = i
    return l
print(sets(900, [0]*3), sets(900, Grow([0]*3)), sets(900, {}))
