# compiled: sum_squares fibs
# exits: >= 1
# Accumulations that pass 2**63 in the middle of the loop, and loops that are big from the start.


def sum_squares(n, k):
    s = 0
    for i in range(n):
        s += i * i * k
    return s


def fibs(n):
    a, b = 0, 1
    for _ in range(n):
        a, b = b, a + b
    return a


def alternating(n):
    s = 1
    for i in range(n):
        s = -s * 3 if abs(s) < 2**66 else s // 2**60
    return s


print(sum_squares(20000, 1), fibs(90))
for i in range(3000):
    fibs(20)
print(sum_squares(20000, 10**7), sum_squares(20000, -(10**7)), sum_squares(20000, 2**64))
for n in (91, 92, 93, 94, 100, 200):
    print(n, fibs(n))
print(hex(fibs(3000))[-40:], alternating(20000))
s = 0
for i in range(20000):
    s += 2**49 + i
print(s, s.bit_length(), s == sum(2**49 + i for i in range(20000)))
x = 1
for i in range(20000):
    x = x * 6364136223846793005 + 1442695040888963407 & 0xFFFFFFFFFFFFFFFF
print(hex(x))


def digits(n):
    c = 0
    while n:
        n, r = divmod(n, 10)
        c += r
    return c


for i in range(3000):
    digits(i)
print(digits(2**63), digits(2**64 - 1), digits(10**50 - 1), digits(fibs(500)))
print(sum_squares(20000, 0.5).hex(), sum_squares(3, True))
