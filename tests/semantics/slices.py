# compiled: window merge
# Slices, slice stores and deletions in hot loops; odd steps, wrong sizes, other types.


def window(xs, n):
    s = 0
    for i in range(n):
        w = xs[i % 50 : i % 50 + 3]
        s += w[0] + len(w)
    return s


def merge(a, b):
    out = []
    while a and b:
        if a[0] <= b[0]:
            out.append(a[0])
            a = a[1:]
        else:
            out.append(b[0])
            b = b[1:]
    return out + a + b


def store(n):
    xs = [0] * 10
    for i in range(n):
        xs[i % 5 : i % 5 + 2] = [i, i + 1]
        xs[::2] = [i] * 5
        del xs[0:1]
        xs[len(xs) :] = [7]
    return xs


print(window(list(range(60)), 20000), store(5000))
for i in range(300):
    m = merge(list(range(0, 20, 2)), list(range(1, 20, 3)))
print(m)
print(merge([1, 2.5], [True, 2]), merge("ab" and ["a"], ["b", "c"]), merge([], [1]))
print(window("x" and [0.5] * 100, 100), window(tuple(range(60)), 100), window(range(70), 100))
try:
    window("abc" * 20, 5)
except TypeError as e:
    print(e)
xs = list(range(10))
print(xs[::-1], xs[8:2:-2], xs[-3:], xs[: -(10**30)], xs[2**70 :], xs[None:None:None], xs[5:1])
xs[2:5] = iter("abcd")
print(xs)
for k, v in ((slice(0, 4, 2), [1]), (slice(0, 1), 5), (slice(0, 4, 0), [1]), (slice("a", 1), [1]), (slice(1.0, 2), [])):
    try:
        xs[k] = v
    except (ValueError, TypeError) as e:
        print(e)
del xs[::3]
print(xs, "hello"[1:-1], (1, 2, 3)[::-1], b"abc"[1:])


class S:
    def __getitem__(self, k):
        return k

    def __setitem__(self, k, v):
        print("set", k, v)

    def __delitem__(self, k):
        print("del", k)


s = S()
print(s[1:2], s[::3], s[1:2, ...], s["a":], s[1, 2])
s[1:2] = 5
s[0] += 1 if isinstance(s[0], str) else 2
del s[:], s[1]
