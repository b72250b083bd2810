# compiled: kahan logistic
# No fused, reordered or widened floating point: every bit of long chains is CPython's.


def kahan(xs):
    s = c = 0.0
    for x in xs:
        y = x - c
        t = s + y
        c = (t - s) - y
        s = t
    return s, c


def logistic(r, x, n):
    for _ in range(n):
        x = r * x * (1.0 - x)
    return x


def horner(x):
    return ((0.1 * x + 0.2) * x - 0.3) * x + 0.7


def fma_trap(a, b, c):
    return a * b + c


xs = [1.0 / (i + 1) ** 2 for i in range(20000)]
s, c = kahan(xs)
print(s.hex(), c.hex(), sum(xs).hex(), logistic(3.99, 0.5, 20000).hex())
t = 0.0
for i in range(3500):
    t += horner(i * 0.01) + fma_trap(i, 0.1, -0.1)
print(t.hex())
a = 1.0 + 2**-30
print(fma_trap(a, a, -1.0).hex(), fma_trap(0.1, 10.0, -1.0).hex(), fma_trap(1e308, 10.0, -1e308), (0.1 + 0.2 + 0.3).hex(), (0.1 + (0.2 + 0.3)).hex())
print(fma_trap(2**53 + 1, 1.0, 0).hex(), fma_trap(3, 5, 0.5).hex(), fma_trap(2**60 + 1, 3, 0.0).hex(), (5e-324 / 2).hex(), (5e-324 * 0.75).hex())
print((1e16 + 1.0 - 1e16).hex(), (2.0**0.5 * 2.0**0.5).hex(), (1 / 3 * 3).hex(), (0.1 * 3).hex(), (1e308 + 1e308), -1e308 - 1e308)
print([(x * 0.1).hex() for x in range(12)], [(i / 10 + i / 5).hex() for i in range(8)])
try:
    print(logistic(1e200, 1e200, 5), (1e200) ** 2)
except OverflowError as e:
    print(e)
d = 1.0
n = 0
while d > 0.0:
    d *= 0.5
    n += 1
print(n, d)
x = 1e-310
for i in range(20000):
    x = x * 1.0001
print(x.hex(), kahan([1e100, 1.0, -1e100]), kahan([float("inf"), 1.0]))
print(kahan([1, 2, 3]), kahan([True, 0.5, 2**70]))
