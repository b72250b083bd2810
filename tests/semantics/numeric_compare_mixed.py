# compiled: less order
# Comparing ints with floats is exact: no rounding of the int to a double.


def less(a, b):
    return a < b, a == b, a >= b


def order(xs, pivot):
    n = 0
    for x in xs:
        if x < pivot:
            n += 1
        elif x == pivot:
            n += 100000
    return n


for i in range(3500):
    less(i, 5)
xs = list(range(20000))
print(order(xs, 500))
E = 2**53
for a in (E, E + 1, E - 1, 2**63 - 1, 2**63, -(2**63), 2**64 + 1, 10**400, 0, 1, True):
    for b in (float(E), float(2**63), float(-(2**63)), float("inf"), float("-inf"), float("nan"), 0.0, -0.0, 0.5, 1.0):
        print(less(a, b), less(b, a))
xs[5] = 500.0
xs[6] = 500.5
xs[7] = True
print(order(xs, 500), order(xs, 500.0), order(xs, 499.5), order(xs, True))
for a, b in (("a", 1), (1, None), ([1], 1)):
    try:
        print(less(a, b))
    except TypeError as e:
        print(e)
print(less("a", "b"), less([1], [2]), less((1, 2), (1, 2)))
