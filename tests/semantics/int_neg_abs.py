# compiled: neg inv sign
# compiled: pos
# Negation, inversion and abs at the ends of the machine word.


def neg(a):
    return -a


def pos(a):
    return +a


def inv(a):
    return ~a


def sign(a):
    if a < 0:
        return abs(a)
    return -abs(a)


t = 0
for i in range(-2000, 2000):
    t += neg(i) * 3 + inv(i) - pos(i) + sign(i)
print(t)
for v in (-(2**63), 2**63 - 1, -(2**63) + 1, 2**63, -(2**64), 0, 1, -1, 2**30, -(2**30), 2**60, -(2**60)):
    print(hex(neg(v)), hex(pos(v)), hex(inv(v)), hex(sign(v)))
for v in (True, False, 0.0, -0.0, float("inf"), float("nan"), 1.5):
    print(repr(neg(v)), repr(pos(v)), repr(sign(v)))
try:
    inv(1.5)
except TypeError as e:
    print(e)
try:
    neg("x")
except TypeError as e:
    print(e)
print(repr(neg(-(2**63))), repr(neg(neg(-(2**63)))))
