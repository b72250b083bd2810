# compiled: ack gcd fl trib two up deep
# Recursive functions that begin with the end of the recursion: other types, other orders, the depth of RecursionError.
import sys


def ack(m, n):
    if m == 0:
        return n + 1
    if n == 0:
        return ack(m - 1, 1)
    return ack(m - 1, ack(m, n - 1))


def gcd(a, b):
    if not b:
        return a
    return gcd(b, a % b)


def fl(x):
    if x <= 1.0:
        return 0.5
    return fl(x - 1.0) * 0.5 + fl(x - 2.0)


def trib(k):
    if k >= 3:
        return trib(k - 1) + trib(k - 2) + trib(k - 3)
    else:
        return k


def two(n, m):
    if n < 0:
        return m
    if m == 7:
        return 3
    if n > 1000:
        return n
    return two(n - 1, m + 1) + two(n - 2, m)


def up(n):
    return 1 if n == 0 else up(n - 1) + up(n - 1)


for k in range(600):
    gcd(k, 36)
print(ack(2, 300) , gcd(2**40 * 3, 2**33 * 9), fl(22.0), trib(20), two(18, 1), up(16))
print(trib(-5), two(-1, 2**70), trib(2.5), trib(True), gcd(2**70, 2**65))
for bad in (None, "a", [1]):
    for f in (trib, fl, up):
        try:
            f(bad)
        except (TypeError, RecursionError) as e:
            print(type(e).__name__, e)


def deep(n):
    if n == 0:
        return 0
    return deep(n - 1) + 1


for i in range(1000):
    deep(5)
lo, hi = 1, 5000
while lo < hi:
    mid = (lo + hi + 1) // 2
    try:
        deep(mid)
        lo = mid
    except RecursionError:
        hi = mid - 1
print(lo, sys.getrecursionlimit())
