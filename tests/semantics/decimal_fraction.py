# compiled: accumulate average
# Decimal and Fraction objects at sites that saw ints and floats.
from decimal import Decimal, getcontext, localcontext
from fractions import Fraction


def accumulate(xs, start):
    s = start
    for x in xs:
        s += x
    return s


def average(xs):
    s = 0
    n = 0
    for x in xs:
        s = s + x
        n += 1
    return s / n


def newton(x, n):
    r = x / 2
    for _ in range(n):
        r = (r + x / r) / 2
    return r


print(accumulate(range(20000), 0), average([i * 0.5 for i in range(20000)]).hex())
for i in range(1, 400):
    newton(float(i), 8)
print(accumulate([Decimal("0.1")] * 10, 0), accumulate([0.1] * 10, 0).hex(), accumulate([Fraction(1, 3)] * 7, 0))
print(average([Decimal(1), 2, 3]), average([Fraction(1, 2), 1, True]), average([1, Fraction(1, 3), 0.5]))
getcontext().prec = 40
print(newton(Decimal(2), 10), newton(Fraction(2), 4), newton(2.0, 6).hex(), newton(2, 6).hex())
with localcontext() as ctx:
    ctx.prec = 5
    print(average([Decimal(1), Decimal(2), Decimal(2)]))
for f in (lambda: accumulate([Decimal(1), 0.5], 0), lambda: average([]), lambda: average([Decimal("NaN"), 1]), lambda: Decimal(1) / 0, lambda: Fraction(1, 0), lambda: newton(Decimal(0), 3), lambda: Fraction(1, 3) + Decimal(1), lambda: Decimal("x")):
    try:
        print(f())
    except Exception as e:
        print(type(e).__name__, e)
print(Decimal(3) == 3, Decimal("0.5") == 0.5, Fraction(1, 2) == 0.5, Fraction(1, 2) < Decimal(1) if False else "", max(Fraction(1, 3), 0.3), sorted([Fraction(1, 2), 0.25, 1, Decimal("0.75")] [:3]))
print(hash(Fraction(3)) == hash(3.0), Decimal("1.10") + 1, Fraction(0.75), Fraction(7, 3) // 1, Fraction(-7, 3) % 2, Decimal(-7) // 2, Decimal(-7) % 2, -7 // 2, -7 % 2)
t = Fraction(0)
for i in range(1, 120):
    t += Fraction(1, i)
print(t.numerator % 10**20, t.denominator % 10**20)
