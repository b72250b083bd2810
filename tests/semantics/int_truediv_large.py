# compiled: div ratio
# True division is correctly rounded for ints beyond 2**53, where two conversions would round twice.


def div(a, b):
    return a / b


def ratio(n):
    s = 0.0
    for i in range(1, n):
        s += i / (i + 1)
    return s


t = 0.0
for i in range(1, 3500):
    t += div(i, 7) - div(3, i)
print(t.hex(), ratio(20000).hex())
E = 2**53
for a in (E - 1, E, E + 1, E + 2, E + 3, 2**54 + 1, 2**54 + 2, 2**54 + 3, 2**62 + 1, 2**63 - 1, -(2**63), 2**64, 10**19, 0):
    for b in (1, 3, -3, 7, E - 1, E, E + 1, 2**62 + 1, -(2**63), 2**63 - 1, 10**25):
        print(div(a, b).hex(), end=" ")
    print()
for a, b in ((1, 0), (0, 0), (2**70, 0), (10**400, 1), (1, 10**400), (10**400, 10**399), (-(10**400), 3)):
    try:
        print(div(a, b).hex())
    except (ZeroDivisionError, OverflowError) as e:
        print(type(e).__name__, e)
print(div(True, 3), div(1, True), div(1.0, 3), div(-0.0, 5), repr(div(0, -5)), repr(div(0, 5)))
