# compiled: compress rotr
# SHA-256 in plain Python: 32-bit arithmetic in masks; checked against hashlib.
import hashlib

M = 0xFFFFFFFF


def rotr(x, n):
    return (x >> n | x << (32 - n)) & M


def primes(n):
    out = []
    c = 2
    while len(out) < n:
        if all(c % p for p in out):
            out.append(c)
        c += 1
    return out


def root_bits(p, k):
    lo, hi = 0, 1 << 80
    target = p << (32 * k)
    while lo < hi:
        mid = (lo + hi) // 2
        if mid**k <= target:
            lo = mid + 1
        else:
            hi = mid
    return (lo - 1) & M


K = [root_bits(p, 3) for p in primes(64)]
H0 = [root_bits(p, 2) for p in primes(8)]


def compress(h, block):
    w = [int.from_bytes(block[i : i + 4], "big") for i in range(0, 64, 4)]
    for i in range(16, 64):
        s0 = rotr(w[i - 15], 7) ^ rotr(w[i - 15], 18) ^ w[i - 15] >> 3
        s1 = rotr(w[i - 2], 17) ^ rotr(w[i - 2], 19) ^ w[i - 2] >> 10
        w.append((w[i - 16] + s0 + w[i - 7] + s1) & M)
    a, b, c, d, e, f, g, hh = h
    for i in range(64):
        s1 = rotr(e, 6) ^ rotr(e, 11) ^ rotr(e, 25)
        ch = e & f ^ ~e & g
        t1 = (hh + s1 + ch + K[i] + w[i]) & M
        s0 = rotr(a, 2) ^ rotr(a, 13) ^ rotr(a, 22)
        maj = a & b ^ a & c ^ b & c
        hh, g, f, e, d, c, b, a = g, f, e, (d + t1) & M, c, b, a, (t1 + s0 + maj) & M
    return [(x + y) & M for x, y in zip(h, (a, b, c, d, e, f, g, hh))]


def sha256(msg):
    n = len(msg)
    msg = msg + b"\x80" + b"\0" * ((55 - n) % 64) + (n * 8).to_bytes(8, "big")
    h = H0
    for i in range(0, len(msg), 64):
        h = compress(h, msg[i : i + 64])
    return "".join("%08x" % x for x in h)


for m in (b"", b"abc", b"a" * 55, b"a" * 64, bytes(range(256)) * 2):
    print(sha256(m), sha256(m) == hashlib.sha256(m).hexdigest())
print(hex(rotr(1, 1)), hex(rotr(2**40, 3)), hex(rotr(-1, 5)), rotr(True, 31))
for a in ((1, 33), (1.5, 1), (1, -1)):
    try:
        print(rotr(*a))
    except (TypeError, ValueError) as e:
        print(e)
M = 0xFFFF
print(hex(rotr(0x12345678, 4)))
