# compiled: matmul identity
# Matrix product over lists of lists: floats, ints, big ints, Fractions, ragged rows.
from fractions import Fraction


def matmul(a, b):
    n, m, p = len(a), len(b), len(b[0])
    out = [[0.0] * p for _ in range(n)]
    for i in range(n):
        row = a[i]
        for j in range(p):
            s = 0.0
            for k in range(m):
                s += row[k] * b[k][j]
            out[i][j] = s
    return out


def identity(n):
    return [[1.0 if i == j else 0.0 for j in range(n)] for i in range(n)]


def checksum(m):
    t = 0.0
    for i, row in enumerate(m):
        for j, v in enumerate(row):
            t += v * (i - j + 0.5)
    return t


n = 30
a = [[(i * 7 + j * 3) % 11 * 0.25 for j in range(n)] for i in range(n)]
b = [[(i * 5 - j) % 7 * 0.5 - 1 for j in range(n)] for i in range(n)]
c = matmul(a, b)
print(checksum(c).hex(), matmul(c, identity(n)) == c)
ints = [[i * j for j in range(4)] for i in range(4)]
print(matmul(ints, ints), checksum(matmul(a, identity(n))).hex())
a[3][4] = 2**70
a[5][6] = True
a[7][8] = float("inf")
a[9][9] = float("nan")
r = matmul(a, b)
print([v.hex() for v in r[3][:4]], [v.hex() for v in r[5][:4]], r[7][:4], r[9][:2], r[0] == c[0])
print(matmul([[1j, 2], [3, 4]], [[Fraction(1, 2), 1], [2, 0.5]]) if False else matmul([[1j, 2]], [[1], [2]]))
for bad in ([[1, 2], [3]], [[1, "x"], [2, 3]], [[1, None], [0, 0]], [], [5, 6]):
    try:
        print(matmul(bad, bad))
    except (IndexError, TypeError) as e:
        print(type(e).__name__, e)
print(checksum(c).hex())
