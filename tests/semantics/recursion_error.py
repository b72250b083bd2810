# compiled: down
# The depth at which RecursionError comes is CPython's: directly, through methods, mutual, in handlers.
import sys


def down(n):
    return down(n + 1) if n >= 0 else n


def probe():
    depth = 0

    def go():
        nonlocal depth
        depth += 1
        go()

    try:
        go()
    except RecursionError as e:
        return depth, str(e)


class M:
    n = 0

    def go(self):
        self.n += 1
        self.go()


def a(x):
    global cnt
    cnt += 1
    b(x)


def b(x):
    a(x + 1)


def count_down(n):
    if n == 0:
        return 0
    return count_down(n - 1) + 1


for i in range(3500):
    down(-1)
    count_down(3)
print(count_down(900))
for limit in (1000, 200, 3000, 1000):
    sys.setrecursionlimit(limit)
    cnt = 0
    print(limit, probe())
    m = M()
    try:
        m.go()
    except RecursionError as e:
        print(m.n, e)
    try:
        a(0)
    except RecursionError as e:
        print(cnt, e)
    lo, hi = 1, 5000
    while lo < hi:
        mid = (lo + hi) // 2
        try:
            count_down(mid)
            lo = mid + 1
        except RecursionError:
            hi = mid
    print("fails at", lo)
try:
    down(0)
except RecursionError as e:
    n = 0
    tb = e.__traceback__
    while tb:
        n += 1
        tb = tb.tb_next
    print(n, e)
down(0)
