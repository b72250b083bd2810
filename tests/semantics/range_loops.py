# compiled: run down
# for over range: negative steps, empty, huge bounds, rebinding of the loop variable, a range kept in a variable.


def run(a, b, c):
    s = 0
    for i in range(a, b, c):
        s = s * 3 % 1000003 + i
    return s


def down(n):
    s = 0
    for i in range(n, 0, -1):
        s ^= i
        i = s
    return s, i


for i in range(3200):
    run(0, 3, 1)
print(run(0, 20000, 1), down(20000))
for args in ((0, 0, 1), (5, 0, 1), (0, 5, -1), (10, 0, -3), (-5, 5, 2), (2**63 - 3, 2**63 + 3, 2), (-(2**63) - 2, -(2**63) + 2, 1)):
    print(args, run(*args))
print(run(2**100, 2**100 + 5, 2), run(5, -5, -(2**70)), run(0, 5, 2**63), run(True, 5, True))
for args in ((0, 5, 0), (0, 5.0, 1), ("a", 3, 1), (0, None, 1)):
    try:
        run(*args)
    except (ValueError, TypeError) as e:
        print(type(e).__name__, e)


class Ix:
    def __init__(self, v):
        self.v = v

    def __index__(self):
        print("index", self.v)
        return self.v


print(run(Ix(0), Ix(6), Ix(2)))
n = 5
for i in range(n):
    n += 1
print(n, i)
r = range(0, 20000, 7)
t = 0
for i in r:
    t += i
for i in r[::-1]:
    t -= i
print(t, i, r.index(14), r[-1], len(range(0)))
it = iter(range(5))
for i in it:
    next(it, None)
    print(i, end=" ")
print(list(it))
for i in range(3):
    for i in range(2):
        pass
    print(i, end=" ")
for j in range(0):
    pass
try:
    print(j)
except NameError as e:
    print(e)
