# compiled: counts Box.run
# Augmented assignment on locals, subscripts, attributes and globals; __iadd__ appears late.
g = 0


class Box:
    def __init__(self):
        self.n = 0
        self.xs = [0] * 10

    def run(self, k):
        for i in range(k):
            self.n += i
            self.xs[i % 10] += 2


def counts(xs, n):
    global g
    for i in range(n):
        xs[i % 8] += i
        xs[-1] -= 1
        g += 1
    return xs


class Inc:
    def __iadd__(self, other):
        print("iadd", other)
        return self

    def __isub__(self, other):
        print("isub", other)
        return "gone"

    def __add__(self, other):
        print("add")
        return 1


print(counts([0] * 8, 20000), g)
b = Box()
b.run(20000)
print(b.n, b.xs)
b.n = 0.5
b.xs[3] = 2**63 - 3
b.xs[4] = "s"
try:
    b.run(20)
except TypeError as e:
    print(e)
print(b.n, b.xs)
r = counts([1, 2.5, True, 2**63 - 1, 1j, 0, 0, Inc(), 0], 8)
print(r[:7], type(r[7]).__name__, r[8])
print(counts([0] * 8 + [Inc()], 1)[-1])
g = 1.5
print(counts([0] * 8, 3), g)
l = m = [1]
l += (2, 3)
print(m, l is m)
t = u = (1,)
t += (2,)
print(u, t)
tup = ([],)
try:
    tup[0] += [5]
except TypeError as e:
    print(e, tup)
x = 7
x //= 2; x **= 5; x <<= 3; x |= 1; x ^= 0xFF; x &= ~2; x >>= 1; x %= 1000; x *= -3
print(x)
x /= 7
print(x.hex())
