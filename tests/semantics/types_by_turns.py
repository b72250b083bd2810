# compiled: turns phases rows
# Types that change in one go after code got hot: all instructions of a loop and of a function meet other ones, by turns
# and for good, while frames are in the middle of them, traced and not.
import sys
from fractions import Fraction


def turns(m):
    n = len(m)
    d = 1
    for i in range(n):
        d = d * m[i][i]
        for r in range(i + 1, n):
            f = m[r][i] / m[i][i]
            for c in range(i, n):
                m[r][c] -= f * m[i][c]
    return d


def phases(a, b, n):
    s = a
    for i in range(n):
        s = (s + a * b) % 1000003
        if s > b:
            s -= b
        elif s == a:
            s += 1
        t = [a, b, s]
        x, y, z = t
        s = x + y + z if z < 10**9 else -z
    return s


def rows(table, key):
    total = 0
    for row in table:
        first, second = row
        if key in row:
            total += first * second
        row = row[0]
        if row:
            total -= 1
    return total


class Late:
    def __init__(self, n):
        self.n = n

    def __add__(self, other):
        if self.n:
            return phases(2.5, 1.5, 40) + phases(1, 2, 40) + other
        return other

    def __mul__(self, other):
        return other * 2

    __rmul__ = __mul__


def show(*values):
    for value in values:
        print(repr(round(value, 6)) if isinstance(value, float) else repr(value))


MATRIX = [[(i * 7 + j * 3) % 10 + (i == j) * 10 for j in range(12)] for i in range(12)]
for _ in range(12):
    d = turns([row[:] for row in MATRIX])
show(d)
show(turns([[Fraction(x) for x in row] for row in MATRIX]))
show(turns([[x * 1.0 for x in row] for row in MATRIX]))
show(phases(3, 7, 20000), phases(3, 7, 50))
for a, b in ((2.5, 0.5), (2**70, 3), (Fraction(1, 3), 2), (True, False), (1, 2.5), (3, 7)):
    show(phases(a, b, 600))
    for _ in range(30):
        phases(a, b, 25)
show(phases(a, b, 600))
for _ in range(20):
    r = rows([(i, i + 1) for i in range(300)], 7)
show(r)
for table, key in (
    ([(i * 0.5, i) for i in range(300)], 2),
    ([[i, "ab"] for i in range(6)] * 40, 1),
    ([(True, 2**64)] * 200, 1),
    ([[None, 0]] * 200, 3),
    (["ab", "cd"] * 100, "a"),
):
    try:
        for _ in range(25):
            r = rows(table, key)
        show(r)
    except TypeError as e:
        print(e)
show(Late(3) + 1)


def trace(frame, event, arg):
    if event == "line":
        seen[0] += 1
    return trace


seen = [0]
for a, b in ((1, 2), (0.5, 1), ("x", 3)):
    sys.settrace(trace)
    try:
        phases(a, b, 30)
    except TypeError as e:
        print(e)
    sys.settrace(None)
print(seen)
phases([1], 2, 3)
