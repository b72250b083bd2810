# compiled: pick walk
# Conditional expressions of two types; walrus in conditions and comprehensions.


def pick(a, b, c):
    return a if c > 0 else b


def walk(xs):
    n = 0
    i = 0
    while (x := xs[i]) >= 0:
        if (y := x * 2) > 100:
            n += y
        i += 1
    return n, x, i


t = 0
for i in range(3500):
    t += pick(i, -i, i % 3 - 1)
xs = list(range(20000)) + [-1]
print(t, walk(xs))
print(pick(1, "b", 0), pick(1.5, 2, 1), pick(None, 2, 1), pick([1], 2, 0.5), pick(2**80, 1, True))
xs[5000] = 99.5
xs[6000] = 2**62
print(walk(xs))
xs[7000] = -0.5
print(walk(xs))
print([y for v in range(10) if (y := v * v) % 2], y)
print([last := v for v in "abc"], last)
z = (w := 5) + (w := w * 2)
print(z, w, (q := 1, 2), q)
print("a" if not xs else "b" if xs[0] else "c")
try:
    print(pick(1, 2, "c"))
except TypeError as e:
    print(e)
