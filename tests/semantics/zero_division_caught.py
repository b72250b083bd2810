# compiled: inv total
# A hot division meets zero, inside and outside a try, then goes on.


def inv(x):
    return 100 // x


def total(xs):
    s = 0
    bad = 0
    for x in xs:
        try:
            s += inv(x)
        except ZeroDivisionError as e:
            bad += 1
            s -= len(str(e))
    return s, bad


def in_line(xs):
    s = 0.0
    bad = []
    for i, x in enumerate(xs):
        try:
            s += 1 / x
            s += i % x
        except ZeroDivisionError as e:
            bad.append((i, str(e), repr(x)))
    return s, bad


xs = [i % 50 + 1 for i in range(20000)]
print(total(xs), in_line(xs))
xs[3] = 0
xs[19999] = 0
print(total(xs), in_line(xs))
xs[5] = 0.0
xs[6] = -0.0
xs[7] = False
print(in_line(xs))
try:
    print(total(xs))
except TypeError as e:
    print(e)
for z in (0, 0.0, False, 0j):
    try:
        inv(z)
    except (ZeroDivisionError, TypeError) as e:
        print(type(e).__name__, e, e.__traceback__.tb_next.tb_lineno)
