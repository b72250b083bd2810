# compiled: classes numbers letters
# Functions in C that run no Python code on plain arguments, hot; then classes and objects that say themselves what they
# are, numbers of other types, wrong arguments, rebinding, and what they give to tracebacks.
import math
import traceback
from math import gcd, hypot


class A:
    pass


class B(A):
    pass


class Meta(type):
    def __instancecheck__(cls, obj):
        log.append("check")
        return obj == 3


class M(metaclass=Meta):
    pass


class Liar:
    @property
    def __class__(self):
        log.append("class")
        return B


class Getter:
    def __getattribute__(self, name):
        log.append(name)
        return int


def classes(objects, kinds):
    n = 0
    for o in objects:
        for k in kinds:
            n += n + isinstance(o, k) & 0xFFFFF
        if isinstance(o, (int, A)):
            n += 1
    return n


def numbers(xs, ys):
    s = 0.0
    for x in xs:
        for y in ys:
            s += hypot(x, y) + math.atan2(x, y) + math.fmod(x, y) + math.copysign(x, y)
            s += math.floor(x) + math.ceil(y) + math.trunc(x)
            if math.isnan(s) or math.isinf(x) or not math.isfinite(y):
                s = 1.0
            if math.isclose(x, y):
                s += 0.5
    return s


def letters(text, k):
    out = []
    for c in text:
        out.append(chr((ord(c) + k) % 128))
    return "".join(out)


def rounds(xs, n):
    t = []
    for x in xs:
        t.append((round(x), round(x, n), pow(x, 2), hex(int(x)), bin(int(x)), gcd(int(x), 12), math.isqrt(abs(int(x)))))
    return t


class Num(float):
    def __round__(self, n=None):
        log.append("round")
        return "rounded"

    def __floor__(self):
        return 77

    def __float__(self):
        log.append("float")
        return 1.5


class Index:
    def __index__(self):
        log.append("index")
        return 65

    def __float__(self):
        return 2.5


log = []
for _ in range(150):
    n = classes([1, A(), B(), "s", None, 2.5], [int, A, B, str, object])
    f = numbers([1, 2.5, -3], [2, 0.5])
    s = letters("hello", 3)
    r = rounds([1.5, 2, -3.25], 1)
print(n, round(f, 9), s, r)
liar, getter = Liar(), Getter()
for objects, kinds in [
    ([liar], [A, B, Liar, int]),
    ([getter], [int, str, Getter]),
    ([3, 4, "x"], [M, (int, M), (M, int), (str, (A, (int,)))]),
    ([A, B, int, M], [type, Meta, A, object]),
    ([True, 1, 2**70], [int, bool, float]),
    ([A()], [A | int, int | str, list]),
    ([[1]], [list, tuple]),
    ([math, classes, len], [type(math), type(len), type(classes)]),
    ([1], [3]),
    ([1], [(str, 3)]),
    ([1], [(int, 3)]),
    ([1], [None]),
    ([1], [list[int]]),
]:
    try:
        print(classes(objects, kinds), log)
    except TypeError as e:
        print(type(e).__name__, e, log)
    log.clear()
for call in (
    lambda: numbers([Num(2.5)], [1]),
    lambda: numbers([2**70], [3]),
    lambda: numbers([2**1100], [3]),
    lambda: numbers([True], [False]),
    lambda: numbers([1], [0]),
    lambda: numbers(["x"], [0]),
    lambda: numbers([float("inf")], [1]),
    lambda: numbers([float("nan")], [1]),
    lambda: numbers([Index()], [1.0]),
    lambda: letters(["ab"], 0),
    lambda: letters([b"a", "z"], 0),
    lambda: letters("abc", 1.5),
    lambda: letters("abc", -500),
    lambda: letters("abc", True),
    lambda: letters([3], 0),
    lambda: rounds([Num(2.5)], 1),
    lambda: rounds([2.5], None),
    lambda: rounds([1234], -2),
    lambda: rounds([12.5], Index()),
    lambda: rounds([2**80], 1),
    lambda: rounds(["2"], 1),
    lambda: rounds([1j], 1),
):
    try:
        print(call(), log)
    except (TypeError, ValueError, OverflowError) as e:
        print(type(e).__name__, e, log)
    log.clear()
B.__bases__ = (Liar,)
print(classes([B(), A()], [A, B, Liar]), log)
log.clear()

def isinstance(o, k):
    return 5


print(classes([1, "s"], [int]))
del isinstance
math.floor, floor = (lambda x: 1000), math.floor
print(numbers([1.5], [2.5]) > 1000)
math.floor = floor
print(round(numbers([1.5], [2.5]), 6), letters("abc", 1))
try:
    numbers([1.5], ["2"])
except TypeError:
    traceback.print_exc()
letters(["a", "bc"], 1)
