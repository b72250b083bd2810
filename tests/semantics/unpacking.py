# compiled: swap fib3 sum_pairs
# Unpacking of tuples and lists; wrong lengths, other types, iterators, evaluation order.


def swap(a, b):
    a, b = b, a
    [a, b] = [b + 1, a]
    return a - b


def fib3(n):
    a, b, c = 0, 1, 1
    for _ in range(n):
        a, b, c = b, c, (a + b + c) % 1000007
    return a, b, c


def sum_pairs(ps):
    s = 0
    for a, (b, c) in ps:
        s += a * b - c
    return s


t = 0
for i in range(3500):
    t += swap(i, 3)
ps = [(i, (i % 3, 1)) for i in range(20000)]
print(t, fib3(20000), sum_pairs(ps))
print(swap(1.5, 2), swap(2**63 - 1, 2**63), swap(True, 2.5))
ps[100] = [1, [2, 3]]
ps[200] = (1.5, (2**70, 1))
ps[300] = (1, {4: 0, 5: 0})
print(sum_pairs(ps))
for bad in ((1, 2, 3), (1,), 5, (1, (1,)), (1, (1, 2, 3)), (1, None), iter([1, 2, 3]), {"a": 1}, "ab", "abc"):
    q = ps[:50] + [bad]
    try:
        print(sum_pairs(q))
    except (TypeError, ValueError) as e:
        print(type(e).__name__, e)


class Two:
    def __iter__(self):
        print("iter")
        yield 2
        print("second")
        yield (3, 4)
        print("end")


print(sum_pairs([Two()]))
i = 0
xs = [0, 0, 0]
i, xs[i] = 2, 9
print(i, xs)
xs[0], xs[1] = xs[1], xs[0]
a = b = c, d = 1, 2
print(a, b, c, d, xs)
(a, b), c = "xy", [1]
print(a, b, c)
for a, b in ((1, 2), (3, 4), (5,)):
    print(a, b)
