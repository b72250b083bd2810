# compiled: mul factorial powers
# exits: >= 1
# i64 multiplication overflows, goes big, and comes back.


def mul(a, b):
    return a * b


def factorial(n):
    r = 1
    while n > 1:
        r *= n
        n -= 1
    return r


def powers(n, k):
    x = 1
    out = 0
    for i in range(n):
        x = x * k % 1000003
        out ^= x
    return out


acc = 0
for i in range(3500):
    acc += mul(i, i - 3)
    acc -= factorial(i % 15)
print(acc, powers(20000, 7))

for a in (2**31, 2**32, 2**62, 2**63 - 1, -(2**63), 3037000499, 3037000500, -3037000500, -1, 0):
    for b in (2, -2, -1, 2**31, 2**32, 3037000500, -(2**63), 0):
        print(hex(mul(a, b)))
for n in (19, 20, 21, 22, 25, 40):
    print(n, factorial(n))
print(mul("ab", 3), mul(3, [1, 2]), mul(2.5, 4), mul(True, 7), mul((1,), 2))
print(powers(20000, 10**12), powers(20000, 2**61 - 1))
