# compiled: get put both_ends
# Negative subscripts, bools, big ints, __index__ objects, tuples and strings at list sites.


def get(xs, i):
    return xs[i]


def put(xs, i, v):
    xs[i] = v
    return xs[i]


def both_ends(xs):
    s = 0
    for i in range(len(xs)):
        s += xs[i] - xs[-i] + xs[-1 - i]
    return s


class Ix:
    def __init__(self, v):
        self.v = v

    def __index__(self):
        return self.v


xs = list(range(100))
t = 0
for i in range(3500):
    t += get(xs, i % 100) + put(xs, i % 100, i)
print(t, both_ends(list(range(20000))))
ys = [10, 11, 12]
for i in (-1, -3, True, False, Ix(1), Ix(-1)):
    print(get(ys, i), put(ys, i, 5), ys)
for i in (3, -4, 2**63, -(2**63), 2**100, 1.0, "a", None, Ix(9), Ix("x"), (1, 2)):
    for f, a in ((get, ()), (put, (1,))):
        try:
            print(f(ys, i, *a))
        except (IndexError, TypeError) as e:
            print(type(e).__name__, e)
print(get((1, 2), -1), get("abc", -2), get(b"abc", 0), get({1.5: 2}, 1.5), get(range(10), -3), get([1, 2, 3], slice(1, None)))
for c, i in (((1, 2), 2), ("abc", 3), (b"a", -2), ({}, 1), (5, 0), (None, 0), (range(3), 3), (list, 0)):
    try:
        print(get(c, i))
    except (IndexError, TypeError, KeyError) as e:
        print(type(e).__name__, e)
for c in ((1, 2), "ab", b"ab", 5, range(3)):
    try:
        put(c, 0, 1)
    except TypeError as e:
        print(e)
d = {}
print(put(d, 0, 2.5), d, put(bytearray(b"ab"), 0, 65))
for v in (256, -1, "a", 2.5):
    try:
        put(bytearray(b"ab"), 0, v)
    except (ValueError, TypeError) as e:
        print(e)
