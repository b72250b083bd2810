# compiled: power square loop
# Powers: negative exponents give floats, big results, modular, mixed types.


def power(a, b):
    return a**b


def square(a):
    return a**2


def loop(n):
    s = 0
    for i in range(n):
        s += i**2 - i**3 % 7
    return s


t = 0
for i in range(3500):
    t += power(i, 3) + square(i) - power(2, i % 40)
print(t, loop(20000))
cases = [(2, 62), (2, 63), (2, 64), (-2, 63), (-2, 64), (3, 39), (3, 40), (3, 41), (0, 0), (1, 10**20), (-1, 10**20 + 1)]
cases += [(2, -1), (-2, -3), (10, -2), (2.0, 0.5), (2, 0.5), (-8, 1 / 3), (True, 5), (2, True), (0, 5), (7, 0)]
for a, b in cases:
    print(repr(power(a, b)))
for a, b in ((0, -1), (0.0, -1), (10.0, 400), ("a", 2), (2, None), (0, -0.5)):
    try:
        print(repr(power(a, b)))
    except (ZeroDivisionError, OverflowError, TypeError) as e:
        print(type(e).__name__, e)
for v in (2**31, 2**32, 3037000500, -3037000500, -(2**63), 1.5, float("inf"), -0.0, True):
    print(repr(square(v)))
print(pow(3, 200, 1009), pow(3, -1, 7), loop(20000))
