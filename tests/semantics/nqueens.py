# compiled: safe
# N queens: backtracking recursion over lists and over bit masks.


def safe(cols, row, col):
    for r in range(row):
        c = cols[r]
        if c == col or abs(c - col) == row - r:
            return False
    return True


def solve(n, row, cols, out):
    if row == n:
        out.append(cols[:])
        return 1
    total = 0
    for col in range(n):
        if safe(cols, row, col):
            cols[row] = col
            total += solve(n, row + 1, cols, out)
            cols[row] = -1
    return total


def bits(full, cols, d1, d2):
    if cols == full:
        return 1
    n = 0
    free = full & ~(cols | d1 | d2)
    while free:
        bit = free & -free
        free ^= bit
        n += bits(full, cols | bit, (d1 | bit) << 1, (d2 | bit) >> 1)
    return n


out = []
print(solve(6, 0, [-1] * 6, out), out, bits(127, 0, 0, 0), bits(255, 0, 0, 0))


def gen(n, cols=()):
    if len(cols) == n:
        yield cols
        return
    for c in range(n):
        if all(c != x and abs(c - x) != len(cols) - i for i, x in enumerate(cols)):
            yield from gen(n, cols + (c,))


print(len(list(gen(6))), next(gen(8)))
print(safe([0.5, 2], 2, 1), safe([2**64], 1, 2**64 + 1), safe([True], 1, 1), safe([], 0, 0))
for f in (lambda: safe([], 1, 0), lambda: safe(["a"], 1, 0), lambda: solve(4, 0, [-1] * 3, []), lambda: solve(4, 0, (-1,) * 4, []), lambda: solve(2, 2, [1, 2], None)):
    try:
        print(f())
    except (IndexError, TypeError, AttributeError) as e:
        print(type(e).__name__, e)
