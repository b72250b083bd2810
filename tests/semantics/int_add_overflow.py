# compiled: add sub total
# exits: >= 1
# i64 addition and subtraction leave the machine word in both directions.


def add(a, b):
    return a + b


def sub(a, b):
    return a - b


def total(n, step):
    s = 0
    for _ in range(n):
        s += step
    return s


r = 0
for i in range(4000):
    r = add(r, i)
    r = sub(r, 1)
print(r, total(20000, 3))

TOP = 2**63 - 1
LOW = -(2**63)
for a in (TOP, TOP - 1, 2**62, LOW, LOW + 1, -(2**62), 0, 1, -1, 2**64, 10**40):
    for b in (1, -1, 2**62, TOP, LOW, 0, -(10**40)):
        print(hex(add(a, b)), hex(sub(a, b)))
# The sum crosses 2**63 in the middle of the loop, and comes back below it.
print(total(20000, 2**50), total(20000, -(2**50)), total(1000, 2**62))
print(add(2**70, -(2**70)), sub(2**63, 1), type(sub(2**63, 1)))
print(total(20000, 1))
