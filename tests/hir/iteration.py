# generic pairs built starred managed
def numbers(n):
    yield from range(n)


def generic(it):
    t = 0
    for x in it:
        t += x
    return t


def pairs(d):
    out = []
    for i, (k, v) in enumerate(d.items()):
        out.append((i, k, v))
    return out


def built(xs):
    return [x for x in xs if x], {x for x in xs}, {x: 1 for x in xs}, {1, *xs}, {"n": xs, **{}}


def starred(xs):
    a, *b = xs
    [*c] = b
    return [*c, *xs, a]


class Manager:
    def __enter__(self):
        return 1

    def __exit__(self, *args):
        return False


def managed(m):
    with m as x:
        x += 1
    return x


m = Manager()
for i in range(50):
    generic(numbers(3))
    pairs({1: 2, "a": 3})
    built([1, 2])
    starred((1, 2, 3))
    managed(m)
