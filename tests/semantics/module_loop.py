# compiled: <module>
# Hot loops at module level: names come into being, change type, vanish; the order of globals stays.
total = 0
for i in range(20000):
    total += i % 7
    if i == 100:
        late = i
    if i > 100:
        late += 1
print(total, late, i)
n = 0
x = 0.0
while n < 20000:
    x = x + n * 0.5
    n += 1
print(x.hex(), n)
xs = [0] * 100
for k in range(20000):
    j = k % 100
    xs[j] += k
    if k == 15000:
        total = "now a string"
        fresh = []
    if k == 16000:
        del late
print(xs[:3], total, fresh, "late" in globals(), k, j)
print([name for name in globals() if not name.startswith("__")])
big = 1
for i in range(20000):
    big = big * 3
    if big > 2**70:
        big = 1
print(big)


def peek():
    return sorted(k for k in globals() if k.startswith("dyn"))


for i in range(20000):
    dyn_a = i
    if i % 5000 == 4999:
        print(peek(), dyn_a, globals()["dyn_a"])
        globals()["dyn_b%d" % i] = i
    if i == 12345:
        globals()["dyn_a"] = "changed"
        print(dyn_a)
print([name for name in globals() if not name.startswith("__")])
