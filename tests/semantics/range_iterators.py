# compiled: spill nested aliased
# exits: >= 4
# Iterators of for loops over ranges: exits in the middle of nested ones, an iterator that something else sees too.
import sys


def spill(start, stop, step, big):
    out = 0
    last = None
    for i in range(start, stop, step):
        for j in range(3, -3, -2):
            out += i * j
            if i == 2011:
                out += big
        last = i, j
    return out, last


def nested(n, k, log):
    s = 0
    for i in range(n):
        for j in range(i, n, k):
            s += j
            if j == 77 and i in (5, 70):
                log.append(f"{i} {j} {s}")
        for j in range(j, i, -1):
            s -= 1
            if s % 1000 == 7:
                continue
            if s % 5000 == 3:
                break
        else:
            s += 2
    return s


def aliased(n):
    it = iter(range(0, n, 3))
    seen = 0
    for x in it:
        seen += x
        if x % 300 == 0:
            seen -= next(it, 0)
    return seen, list(it)


def exact(n):
    t = 0
    for i in range(0, 10**18 * n, 10**18):
        t ^= i
    for i in range(-(2**61), -(2**61) + n):
        t ^= i
    for i in range(2**62, 2**62 + n, 3):
        t ^= i
    for i in range(n, -n, -7):
        t += i
    return t, i


for k in range(40):
    spill(0, 100, 1, 1)
    spill(100, 0, -3, 1)
print(spill(0, 4000, 1, 1))
print(spill(0, 4022, 2011, 2**63))
print(spill(0, 4023, 2011, 2**64 - 5))
print(spill(4022, 0, -1, 2**63), spill(5, 5, 1, 0), spill(5, 0, 1, 0), spill(0, 9, -1, 0))
for k in (1, 2, 3):
    log = []
    print(nested(120, k, log), log)
print(aliased(9000), aliased(10))
print(exact(5), exact(3000))


def tight(rows):
    n = 0
    for r in rows:
        for i in range(len(r)):
            n += r[i]
    return n


print(tight([list(range(50))] * 200))
for odd in ([1, 2, 2**70], [1.5, 2], [True, 5], (4, 5, 6)):
    print(tight([[1, 2, 3], odd, [4]]))
try:
    tight([[1, 2], [3, "x", 4]])
except TypeError as e:
    tb = e.__traceback__
    while tb.tb_next:
        tb = tb.tb_next
    print(e, tb.tb_frame.f_locals["i"], tb.tb_frame.f_locals["r"])


def trace(frame, event, arg):
    return trace


def watched(n):
    t = 0
    for i in range(n):
        for j in range(i % 5):
            t += j
        if i == 4000:
            sys.settrace(trace)
        if i == 4010:
            sys.settrace(None)
    return t, i


print(watched(6000))
