# compiled: poly accum
# One site sees ints, then floats, bools, complex, and ints again.


def poly(x, y):
    return x * x + 3 * y - x


def accum(xs):
    s = 0
    for x in xs:
        s = s + x
    return s


t = 0
for i in range(4000):
    t += poly(i, 2)
print(t)
print(poly(1.5, 2), poly(2, 1.5), poly(True, False), poly(1j, 2), poly(2**40, 2**62), poly(0.0, -0.0))
u = 0.0
for i in range(4000):
    u += poly(i * 0.5, 2)
print(u.hex())
print(repr(poly(3, 4)), repr(poly(3.0, 4)), repr(poly(True, True)), type(poly(True, True)))
ints = list(range(20000))
print(accum(ints))
ints[10000] = 0.5
print(accum(ints).hex())
ints[10000] = True
print(accum(ints))
ints[15000] = 1j
print(accum(ints))
print(accum([True] * 10), type(accum([True])), accum([False]) is 0 + 0)
print(repr(accum([0, -0.0])), repr(accum([2**53, 1, 1.0])), repr(accum([1.0, 2**53, 1])))
try:
    accum([1, "a"])
except TypeError as e:
    print(e)
print(accum([2**62, 2**62, 0.0]).hex(), accum([2**62, 2**62, 5]))
try:
    accum([10**400, 1.0])
except OverflowError as e:
    print(e)
