# compiled: cmp biggest count_eq
# NaN in hot comparisons, min/max, identity searches and sorting branches.


def cmp(a, b):
    return a < b, a <= b, a == b, a != b, a > b, a >= b


def biggest(xs):
    m = xs[0]
    for x in xs:
        if x > m:
            m = x
    return m


def count_eq(xs, y):
    n = 0
    for x in xs:
        if x == y:
            n += 1
        elif not x != y:
            n += 1000
    return n


def while_less(x, top):
    n = 0
    while not x >= top:
        n += 1
        x += 1.0
        if n > 500:
            break
    return n


xs = [float(i % 997) for i in range(20000)]
for i in range(3200):
    cmp(xs[i], 3.0)
print(biggest(xs), count_eq(xs, 5.0), [while_less(float(i), 50.0) for i in range(60)][-5:])
nan = float("nan")
print(cmp(nan, nan), cmp(nan, 1.0), cmp(1.0, nan), cmp(nan, 1), cmp(1, nan))
xs[100] = nan
print(biggest(xs), count_eq(xs, nan), while_less(nan, 10.0), while_less(1.0, nan))
xs[0] = nan
print(biggest(xs), count_eq(xs, 5.0))
print(nan in [nan], [nan] == [nan], [nan].index(nan), [nan].count(nan), [float("nan")] == [nan])
print(min(nan, 1.0), min(1.0, nan), max(nan, 1.0), max(1.0, nan))
print(1 if nan else 0, not nan, nan and 5, nan or 6, bool(nan - nan))
