# keep: gainless
# compiled: popcount xorshift clz reverse
# Bit twiddling: popcount, xorshift with masks, bit reversal, gcd, isqrt; then negative and huge arguments.


def popcount(x):
    n = 0
    while x:
        x &= x - 1
        n += 1
    return n


def xorshift(x, n):
    for _ in range(n):
        x ^= (x << 13) & 0xFFFFFFFFFFFFFFFF
        x ^= x >> 7
        x ^= (x << 17) & 0xFFFFFFFFFFFFFFFF
    return x


def xorshift32(x, n):
    for _ in range(n):
        x ^= (x << 13) & 0xFFFFFFFF
        x ^= x >> 17
        x ^= (x << 5) & 0xFFFFFFFF
    return x


def clz(x, width=32):
    n = width
    while x > 0:
        x >>= 1
        n -= 1
    return n


def reverse(x, bits):
    r = 0
    for i in range(bits):
        r = r << 1 | x & 1
        x >>= 1
    return r


def gcd(a, b):
    while b:
        a, b = b, a % b
    return a


t = 0
for i in range(3500):
    t += popcount(i) + clz(i) + reverse(i, 8) + gcd(i, 360)
print(t, hex(xorshift32(2463534242, 20000)), hex(xorshift(88172645463325252, 5000)))
print(popcount(2**63 - 1), popcount(2**64 - 1), popcount(2**200 - 1), popcount(True), clz(2**40), clz(2**70, 128), clz(-5))
print(hex(reverse(2**63 + 1, 64)), hex(reverse(0xF0F0, 70)), hex(reverse(-1, 65)), gcd(2**64, 6**40), gcd(-12, 18), gcd(12, -18), repr(gcd(7.5, 2.5)))
print(hex(xorshift(-1, 5)), hex(xorshift32(0, 5)), hex(xorshift32(2**40, 3)))
try:
    popcount(1.5)
except TypeError as e:
    print(e)


def crc(data):
    c = 0xFFFFFFFF
    for b in data:
        c ^= b
        for _ in range(8):
            c = c >> 1 ^ (0xEDB88320 & -(c & 1))
    return c ^ 0xFFFFFFFF


print(hex(crc(b"123456789")), hex(crc(bytes(range(256)) * 4)), hex(crc([300, -1])))
