# compiled: meet climb pick clamp mask_mix divide grow flip
# exits: >= 4
# What the compiler can know of an integer's bounds, and then the numbers beyond: sums at the edge of 64 bits, negative
# indices, loop variables that are rebound, conditions that are inverted, loops that run down, past zero, not at all.
BIG = 2**63


def meet(i, j):
    n = 0
    while i < j:
        i += 1
        j -= 1
        n += 1
        if n > 3000:
            break
    return i, j, n


def climb(start, stop, by):
    i = start
    n = 0
    while i <= stop:
        i += by
        n += 1
        if n == 2500:
            return i, "long"
    return i, n


def pick(xs, start, stop, step):
    s = 0
    for i in range(start, stop, step):
        s = s * 3 % 1009 + xs[i]
        i -= 1
        if not i >= 0:
            s += xs[i]
        elif i > 2:
            s -= xs[i - 3]
    return s


def clamp(xs, k):
    lo, hi = 0, len(xs) - 1
    while lo < hi:
        mid = (lo + hi) // 2
        if xs[mid] < k:
            lo = mid + 1
        else:
            hi = mid
    return lo


def mask_mix(x, n):
    t = 0
    for i in range(n):
        a = x & 0xFFFFFFFF
        b = (a >> (i % 32)) | (a << (32 - i % 32))
        t = (t ^ b) + (a * 3) + (b & 255)
        x = x * 69069 + 1 & 0xFFFFFFFFFFFF
        t &= 0x7FFFFFFFFFFFFFF
    return t


def divide(n, d):
    q = 0
    for i in range(n, -n, -3):
        if i >= 0:
            q += i // d + i % d
        else:
            q -= i // d - i % d
    return q


def grow(n, f):
    x = 1
    for i in range(n):
        x = x * f + i
    return x


def flip(n):
    a, b = 0, 1
    for i in range(n):
        a, b = b, -a
        if a < 0:
            a = a - 1
        else:
            b = b + i
    return a, b


xs = list(range(2000))
for k in range(60):
    meet(0, 100)
    climb(0, 50, 1)
    pick(xs, 0, 60, 1)
    for j in range(40):
        clamp(xs, k + j)
    mask_mix(k, 20)
    divide(60, 7)
    grow(20, 1)
    flip(20)
print(meet(0, 9999), climb(0, 2000, 1), pick(xs, 0, 2000, 1), clamp(xs, 1234), mask_mix(1, 3000), divide(6000, 7), grow(3000, 1), flip(3000))
for a, b in ((-5, 5), (5, -5), (BIG - 7, BIG - 1), (-BIG, -BIG + 9), (BIG - 1, BIG + 9), (-BIG - 4, -BIG + 3), (-BIG, BIG - 1), (0, 2**70)):
    print("meet", meet(a, b))
for a in ((BIG - 20, BIG - 1, 3), (BIG - 20, BIG - 1, 7), (-BIG, -BIG + 10, 4), (BIG - 3, BIG + 3, 1), (0, -1, 1), (-9, 9, 2**62), (5, 5, -1)):
    print("climb", climb(*a))
for a in ((-20, 20, 1), (1999, -1, -1), (1999, -2001, -7), (20, -20, -1), (0, 0, 1), (-2000, 2000, 3)):
    print("pick", pick(xs, *a))
for a in ((0, 2001, 1), (-2001, 5, 1), (0, BIG + 2, BIG // 2), (2, -3000, -1)):
    try:
        print("pick", pick(xs, *a))
    except IndexError as e:
        print(e, e.__traceback__.tb_next.tb_frame.f_locals["i"], e.__traceback__.tb_next.tb_frame.f_locals["s"])
for x in (-1, -(2**40), 2**63 - 1, -BIG, BIG, 2**80 + 12345):
    print("mask", mask_mix(x, 40), mask_mix(x, 700))
for d in (7, -7, 1, -1, BIG - 1, -BIG, 2**64):
    print("divide", divide(500, d))
try:
    divide(500, 0)
except ZeroDivisionError as e:
    print(e)
for n, f in ((100, 2), (70, -2), (64, 3), (41, -3), (63, 2), (64, 2)):
    print("grow", grow(n, f))
print(flip(5000), clamp([], 4), clamp([5], 9), clamp([BIG, BIG + 1, BIG + 2], BIG + 1))
