# compiled: clamp
# compiled: conv
# abs, min, max, int, float, round, divmod, len, pow, sum, bool with ordinary and surprising operands.


def clamp(x, lo, hi):
    return max(lo, min(x, hi))


def conv(n):
    s = 0
    for i in range(n):
        s += int(i * 0.7) + abs(i - 500) + round(i * 0.3) + divmod(i, 7)[1] + int(float(i)) + bool(i)
    return s


t = 0
for i in range(3500):
    t += clamp(i, 10, 3000)
print(t, conv(10000))
nan, inf = float("nan"), float("inf")
print(clamp(1.5, 1, 2), clamp(nan, 1, 2), clamp(1, nan, 2), clamp(1, 2, nan), clamp("b", "a", "c"), clamp(True, 0, 1), clamp(1, True, 1.0))
print(max(1, 1.0), max(1.0, 1), min(0.0, -0.0), min(-0.0, 0.0), max(True, 1), min(1, True), max([3, 1]), min(2, 1, 3), max("ab", key=ord))
for v in (1.9, -1.9, 1e20, -1e300, 2.0**63, -(2.0**63), 9.2e18, inf, nan, "12", " -7 ", "x", "1_000", b"5", None, True, 1j, [], "1.5"):
    for f in (int, float, abs, round, bool):
        try:
            r = f(v)
            print(f.__name__, repr(v), repr(r))
        except (TypeError, ValueError, OverflowError) as e:
            print(f.__name__, repr(v), type(e).__name__, e)
for v in (0.5, 1.5, 2.5, -0.5, 2.675, 1e16 + 1, 5e-324, 4503599627370497.5):
    print(round(v), round(v, 2), round(v, -1), round(v, None))
for v in (15, 25, -15, 2**63 + 5):
    print(round(v), round(v, -1), round(v, 5))
for args in ((), (1, 2, 3), ("z", 36), ("z", 10), (5, 10), ("ff", 16), ("0x1f", 0)):
    try:
        print(int(*args))
    except (TypeError, ValueError) as e:
        print(type(e).__name__, e)
for f in (lambda: max(), lambda: max(5), lambda: max([]), lambda: max([], default=3), lambda: min(1, "a"), lambda: len(5), lambda: len(), lambda: abs(), lambda: abs("a"), lambda: divmod(1, 0), lambda: divmod(5.5, 0), lambda: float("1e400"), lambda: float(10**400), lambda: range(1.0), lambda: sum(["a"]), lambda: round("a"), lambda: len(range(2**70))):
    try:
        print(f())
    except (TypeError, ValueError, ZeroDivisionError, OverflowError) as e:
        print(type(e).__name__, e)


class I:
    def __int__(self):
        return 7

    def __abs__(self):
        return "abs"

    def __round__(self, n=None):
        return ("round", n)

    def __len__(self):
        return 2**40

    def __divmod__(self, o):
        return "dm"

    def __float__(self):
        return 1


i = I()
print(int(i), abs(i), round(i), round(i, 2), len(i), divmod(i, 1))
try:
    float(i)
except TypeError as e:
    print(e)
print(sum([0.1] * 10).hex(), sum([1, 2.5, True]), sum([[1], [2]], []), pow(2, 5), pow(2, -1), pow(2, 5, 3))
