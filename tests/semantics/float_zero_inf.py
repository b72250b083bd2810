# compiled: ops branch addup
# Signed zeros and infinities through every float operation.
import math


def ops(a, b):
    return a + b, a - b, a * b, -a, abs(a)


def branch(x):
    if x:
        return 1
    return 0


def addup(xs):
    s = -0.0
    for x in xs:
        s += x
    return s


t = 0.0
for i in range(3500):
    r = ops(i * 0.5, 3.0)
    t += r[0] + r[1] - r[2] + branch(i * 0.5)
print(t.hex())
print(addup([0.25] * 20000).hex())
inf = float("inf")
for a in (0.0, -0.0, inf, -inf, 1e308, 5e-324, -5e-324, 2.2250738585072014e-308):
    for b in (0.0, -0.0, inf, -inf, 1e308, 5e-324):
        print([v.hex() for v in ops(a, b)], math.copysign(1, a * b))
print(repr(addup([-0.0, -0.0])), repr(addup([-0.0, 0.0])), repr(addup([])), repr(addup([0])))
print(addup([inf, -inf]), addup([1e308, 1e308]), addup([5e-324] * 3).hex())
print(branch(-0.0), branch(0.0), branch(5e-324), branch(inf), branch(float("nan")), branch(0), branch(""))
print(repr(0.0 == -0.0), repr(0.0 * -1), repr(0 * -1.0), repr(-0.0 + 0), repr(0 - 0.0), repr(-0.0 - 0))
