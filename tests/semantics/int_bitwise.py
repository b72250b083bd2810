# compiled: bits loop
# and/or/xor with negative numbers, bools, big ints, and types that refuse.


def bits(a, b):
    return a & b, a | b, a ^ b, ~a & b


def loop(n):
    x = 0x9E3779B97F4A7C15 & 0x7FFFFFFFFFFFFFFF
    h = 0
    for i in range(n):
        h = (h ^ (x & i)) | (i & 1)
        h &= 0xFFFFFFFFFF
    return h


t = 0
for i in range(3500):
    a, b, c, d = bits(i, i * 31)
    t += a - b + c - d
print(t, hex(loop(20000)))
vals = (0, -1, 5, -5, 2**63 - 1, -(2**63), 2**63, -(2**63) - 1, 2**100 + 7, True, False)
for a in vals:
    for b in vals:
        print([v.hex() if isinstance(v, float) else repr(v) for v in bits(a, b)])
for a, b in ((1.0, 2), (2, 1.0), ("a", 1), (None, None), ({1, 2}, {2, 3})):
    try:
        print(bits(a, b))
    except TypeError as e:
        print(e)
print(type(True & True), type(True & 1), bits(True, False)[0] is False)
