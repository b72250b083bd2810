# compiled: fannkuch
# fannkuch: list slices, reversals and permutations in place.


def fannkuch(n):
    perm1 = list(range(n))
    count = list(range(n))
    max_flips = checksum = r = 0
    r = n
    sign = 1
    while True:
        while r != 1:
            count[r - 1] = r
            r -= 1
        if perm1[0] != 0:
            perm = perm1[:]
            flips = 0
            k = perm[0]
            while k:
                i, j = 0, k
                while i < j:
                    perm[i], perm[j] = perm[j], perm[i]
                    i += 1
                    j -= 1
                flips += 1
                k = perm[0]
            if flips > max_flips:
                max_flips = flips
            checksum += flips * sign
        while True:
            if r == n:
                return checksum, max_flips
            p0 = perm1[0]
            for i in range(r):
                perm1[i] = perm1[i + 1]
            perm1[r] = p0
            count[r] -= 1
            if count[r] > 0:
                break
            r += 1
        sign = -sign


print(fannkuch(3), fannkuch(6), fannkuch(7))


def flips(perm):
    n = 0
    while perm[0]:
        k = perm[0]
        perm[: k + 1] = perm[k::-1]
        n += 1
    return n, perm


print([flips([i % 4 + 0 if False else (i * 3 + 1) % 7, 1, 2, 3, 4, 5, 6, 0][:8])[0] if i % 7 == 2 else 0 for i in range(7)])
for p in ([3, 1, 2, 0], [True, 0], [2, 0, 1], [], [1.0, 0], ["a"]):
    try:
        print(flips(p))
    except (IndexError, TypeError) as e:
        print(type(e).__name__, e)
try:
    fannkuch(0)
except (IndexError, RecursionError) as e:
    print(e)
print(fannkuch(5))
