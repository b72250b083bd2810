# compiled: sieve count
# A sieve over a list of bools by index and by slice; then a list of other things.


def sieve(n):
    flags = [True] * (n + 1)
    flags[0] = flags[1] = False
    i = 2
    while i * i <= n:
        if flags[i]:
            for j in range(i * i, n + 1, i):
                flags[j] = False
        i += 1
    return flags


def count(flags):
    n = 0
    for f in flags:
        if f:
            n += 1
    return n


def by_slice(n):
    s = bytearray([1]) * (n + 1)
    s[0:2] = b"\0\0"
    for i in range(2, int(n**0.5) + 1):
        if s[i]:
            s[i * i :: i] = bytes(len(range(i * i, n + 1, i)))
    return sum(s)


f = sieve(20000)
print(count(f), by_slice(20000), [i for i, x in enumerate(f) if x][-3:])
print(count([1, 0, 2.5, 0.0, -0.0, None, "", "a", [], [0], 2**70, float("nan")]), count(bytearray(b"\0\1")), count({0: 1, 2: 3}))
for n in (1, 2, 3):
    print(sieve(n))
for n in (0, -1, 2.0, "x"):
    try:
        print(sieve(n))
    except (IndexError, TypeError) as e:
        print(type(e).__name__, e)


class Flag:
    def __bool__(self):
        raise RuntimeError("flag")


f[19000] = Flag()
try:
    count(f)
except RuntimeError as e:
    print(e)
