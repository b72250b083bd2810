# compiled: steps longest
# The Collatz longest chain, then starts beyond the machine word, floats and negatives.


def steps(n):
    c = 0
    while n != 1:
        if n & 1:
            n = 3 * n + 1
        else:
            n >>= 1
        c += 1
        if c > 5000:
            return -c
    return c


def longest(limit):
    best = 0
    arg = 0
    for i in range(1, limit):
        s = steps(i)
        if s > best:
            best, arg = s, i
    return arg, best


print(longest(3000))
print(steps(2**61 - 1), steps(2**63 - 1), steps(2**64 + 1), steps(10**40 + 1), steps(True))
print(steps(-1), steps(0), steps(-17))
for bad in (1.5, "a", None):
    try:
        print(steps(bad))
    except TypeError as e:
        print(e)
print(steps(1.0), longest(1), longest(100))
