# Starred unpacking and starred displays.
# compiled: alone


def head_tail(xs):
    a, *rest = xs
    return a + len(rest)


def middle(xs):
    first, *mid, last = xs
    s = first - last
    for m in mid:
        s += m
    return s


t = 0
for i in range(3500):
    t += head_tail((i, 1, 2)) + middle([i, 2, 3, 4])
print(t)
print(head_tail([1]), head_tail("a" and [2.5, 1]), head_tail(range(5)), head_tail({7: 1, 8: 2}))
print(middle([2**63, 1, -1]), middle((0.5, 1)), middle([1] * 1000))
for f in (head_tail, middle):
    for bad in ([], [1][:0], 5, iter(()), (1,)):
        try:
            print(f(bad))
        except (TypeError, ValueError) as e:
            print(type(e).__name__, e)


def display(n):
    out = 0
    for i in range(n):
        xs = [*range(i % 4), i, *(1, 2)]
        out += len(xs) + xs[-1]
        t = (*xs, 0)
        s = {*t}
        out += t[-2] + len(s)
    return out


print(display(5000))


def alone(xs, n):
    s = 0
    for i in range(n):
        [*all] = xs
        *rest, = (i, s)
        for x in rest:
            s += x
        s += len(all) - i * i % 7
        s %= 10007
    return s


print(alone([1, 2, 3], 5000), alone("ab", 3), alone(iter((1, 2)), 2))
for bad in (5, None, 2.5):
    try:
        print(alone(bad, 3))
    except TypeError as e:
        print(e)
*a, b = 1, 2, 3
print(a, b)
for x, *ys in [(1, 2, 3), "ab", [1]]:
    print(x, ys)
a, (b, *c), d = 1, [2, 3, 4], 5
print(a, b, c, d)
print([*"ab", *[], *{1: 2}], {**{"a": 1}, "b": 2, **{"a": 3}})
try:
    [*5]
except TypeError as e:
    print(e)
print(*map(str, range(3)), sep="-")
