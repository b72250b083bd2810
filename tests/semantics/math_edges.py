# compiled: dist wave
# math functions at the edges of their domains, and with objects of other types; math.sqrt replaced.
import math
from math import sqrt, floor


def dist(x, y):
    return math.sqrt(x * x + y * y)


def wave(n):
    s = 0.0
    for i in range(n):
        x = i * 0.001
        s += math.sin(x) * math.cos(x) + math.exp(-x) + math.log(x + 1.0) + math.fabs(x) + floor(x) + sqrt(x) + math.atan2(x, 2)
        s += math.hypot(x, 1.0) + math.ceil(x) + math.trunc(x) + math.pow(x, 1.5) + math.tan(x) + math.fmod(x, 0.7) + math.copysign(x, -1)
    return s


t = 0.0
for i in range(3500):
    t += dist(i, 1.5)
print(t.hex(), wave(5000).hex())
inf, nan = float("inf"), float("nan")
vals = (0.0, -0.0, 1, -1, 0.5, -0.5, 1e308, -1e308, 5e-324, inf, -inf, nan, 2**53 + 1, 2**63, 10**400, True, "x", None, 1j)
for name in ("sqrt", "floor", "ceil", "trunc", "exp", "log", "sin", "cos", "tan", "fabs", "log2", "log10", "isnan", "isinf", "asin", "gamma", "factorial", "isqrt", "degrees", "frexp"):
    f = getattr(math, name)
    for v in vals:
        if name == "factorial" and v == 2**53 + 1:
            continue
        try:
            r = f(v)
            print(name, r.hex() if isinstance(r, float) else repr(r)[:40])
        except (ValueError, OverflowError, TypeError) as e:
            print(name, type(e).__name__, str(e)[:80])
for a, b in ((0.0, -1), (-8.0, 1 / 3), (1e308, 2), (inf, 0), (0, 0), (-0.0, -3), (-1, inf), (2, 10**400)):
    try:
        print(math.pow(a, b).hex(), math.atan2(a, b).hex(), math.fmod(a, b).hex())
    except (ValueError, OverflowError) as e:
        print(type(e).__name__, e)


def roots(xs):
    s = 0.0
    for x in xs:
        s += math.sqrt(x)
    return s


xs = [float(i) for i in range(20000)]
print(roots(xs).hex())
xs[17000] = -1.0
try:
    roots(xs)
except ValueError as e:
    print(e)


class F:
    def __float__(self):
        print("float")
        return 4.0

    def __floor__(self):
        return "floored"


print(math.sqrt(F()), math.floor(F()), dist(3, 4), dist(2**600, 0) if False else "")
try:
    dist(2**600, 1)
except OverflowError as e:
    print(e)
real = math.sqrt
math.sqrt = lambda v: -1
print(dist(3, 4), roots([1.0, 2.0]))
math.sqrt = real
print(dist(3, 4), roots(xs[:10]).hex())
del math.sqrt
try:
    dist(1, 1)
except AttributeError as e:
    print(e)
math.sqrt = real
roots(xs)
