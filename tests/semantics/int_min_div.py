# compiled: quot rem
# exits: >= 1
# INT_MIN // -1 does not fit: at a division that has only ever seen small ints.


def quot(xs, d):
    t = 0
    for x in xs:
        t ^= x // d
    return t


def rem(xs, d):
    t = 0
    for x in xs:
        t += x % d
    return t


xs = list(range(-10000, 10000))
print(quot(xs, 3), rem(xs, 3), quot(xs, -1), rem(xs, -1))
xs[7000] = -(2**63)
print(quot(xs, -1), rem(xs, -1), quot(xs, 3), rem(xs, 3))
print(quot([-(2**63)], -1), rem([-(2**63)], -1), quot([2**63], -1), -(2**63) // -1)
try:
    quot(xs, 0)
except ZeroDivisionError as e:
    print(e)
try:
    rem(xs, False)
except ZeroDivisionError as e:
    print(e)
xs[7001] = 0.5
print(quot(xs[:100], -1), repr(rem(xs, -1)))
try:
    quot(xs, -1)
except TypeError as e:
    print(e)
