# compiled: fdiv mod digits
# compiled:
# Floor division and modulo for all signs, at the edges of the word, and beyond it.


def fdiv(a, b):
    return a // b


def mod(a, b):
    return a % b


def both(a, b):
    return divmod(a, b)


def digits(n):
    s = 0
    for i in range(n):
        s += i // 7 - i % 11 + (-i) // 3 + (-i) % 5 + i // -9 + i % -4
    return s


t = 0
for i in range(3500):
    t += fdiv(i - 1700, 7) + mod(i - 1700, 7) * 3 + both(i, -5)[1]
print(t, digits(20000))
LOW = -(2**63)
vals = (7, -7, 0, 1, -1, LOW, LOW + 1, 2**63 - 1, 2**64, -(2**64), 6, -6)
for a in vals:
    for b in vals:
        if b:
            print(fdiv(a, b), mod(a, b), both(a, b))
for a in (0, 1, LOW, 2**80):
    for f in (fdiv, mod, both):
        try:
            print(f(a, 0))
        except ZeroDivisionError as e:
            print(f.__name__, e)
print(fdiv(True, 2), mod(True, True), fdiv(7.5, 2), mod(-7.5, 2), both(7, 2.0))
print(digits(20000))
