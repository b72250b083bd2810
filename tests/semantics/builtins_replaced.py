# compiled: work
# broken: builtin
# builtins.len and friends replaced in the builtins module itself.
import builtins


def work(xs, n):
    s = 0
    for i in range(n):
        s += len(xs) + abs(-i)
    return s


xs = list("abcde")
print(work(xs, 20000))
real_len, real_abs = builtins.len, builtins.abs
calls = 0


def fake(x):
    global calls
    calls += 1
    return real_len(x) * 100


builtins.len = fake
print(work(xs, 3000), calls)
builtins.len = real_len
print(work(xs, 3000), calls)
builtins.abs = float
print(repr(work(xs, 100)))
del builtins.abs
try:
    work(xs, 100)
except NameError as e:
    print(e)
builtins.abs = real_abs
print(work(xs, 3000))


class Sneaky:
    def __len__(self):
        builtins.len = fake
        return 1


print(work(Sneaky(), 10), calls)
builtins.len = real_len
print(work(xs, 10))
