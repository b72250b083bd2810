# compiled: fmod2 wave
# Sign rules of float modulo and floor division.


def fmod2(a, b):
    return a % b, a // b


def wave(n):
    s = 0.0
    for i in range(n):
        x = i * 0.37 - 2000.0
        s += x % 3.0 - x // 7.0 + x % -2.5
    return s


t = 0.0
for i in range(3500):
    m, q = fmod2(i - 1500.0, 3.5)
    t += m - q
print(t.hex(), wave(20000).hex())
inf = float("inf")
nan = float("nan")
vals = (5.5, -5.5, 0.0, -0.0, 3.0, -3.0, 1e300, 1e-300, inf, -inf, nan, 0.1, 5e-324, -1e-20)
for a in vals:
    for b in vals:
        try:
            print([v.hex() for v in fmod2(a, b)])
        except ZeroDivisionError as e:
            print(e)
for a, b in ((5, 2.0), (-5, 2.0), (5.0, -2), (True, 0.4), (7, 2), (-7, 2), (2**60, 3.0), (10**400, 3.0)):
    try:
        print([repr(v) for v in fmod2(a, b)])
    except OverflowError as e:
        print(e)
print(divmod(-7.5, 2), divmod(7, -2.5), "%d %s" % fmod2(9, 4))
