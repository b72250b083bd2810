# compiled: shl shr mix
# Shifts: by a negative count, by a huge count, out of the machine word.


def shl(a, n):
    return a << n


def shr(a, n):
    return a >> n


def mix(n):
    x = 1
    for i in range(n):
        x = (x << 3 ^ x >> 5 ^ i) & 0xFFFFFFFF
    return x


t = 0
for i in range(3500):
    t += shl(i, i & 15) - shr(i * 77, i & 7)
print(t, hex(mix(20000)))
for a in (1, -1, 2**62, -(2**62), 3, -3, 0, 2**63 - 1, -(2**63), 2**100):
    for n in (0, 1, 2, 30, 31, 61, 62, 63, 64, 65, 100, 200):
        print(hex(shl(a, n)), hex(shr(a, n)))
for f in (shl, shr):
    for a, n in ((1, -1), (0, -1), (-5, -(2**63)), (1.5, 2), (1, 2.5), ("a", 1), (1, None)):
        try:
            print(f(a, n))
        except (ValueError, TypeError) as e:
            print(type(e).__name__, e)
print(shr(1, 2**63), shr(-1, 2**63), shr(5, 10**30), shr(-5, 10**30), shl(0, 2**63))
try:
    shl(1, 2**70)
except (OverflowError, MemoryError) as e:
    print(type(e).__name__, e)
print(shl(True, 3), shr(True, 1), shl(5, True))
