# compiled: walk grow
# Lists changed while they are being walked: append, clear, del, slice store, by the body and by callees.


def walk(xs, at, act):
    n = 0
    for x in xs:
        n += x
        if n == at:
            act(xs)
    return n


def grow(xs, limit):
    for x in xs:
        if len(xs) < limit:
            xs.append(x + 1)
    return len(xs), xs[-1]


def index_walk(xs, at):
    s = 0
    n = len(xs)
    i = 0
    while i < n:
        s += xs[i]
        if i == at:
            del xs[10:]
        i += 1
    return s


xs = [1] * 20000
print(walk(xs, -1, None), grow([0], 20000), index_walk(xs, -1))
print(walk(xs[:], 500, list.clear))
print(walk(xs[:], 500, lambda l: l.extend([2] * 10)))
print(walk(xs[:], 500, lambda l: l.__delitem__(slice(100, None))))
print(walk(xs[:], 500, lambda l: l.__setitem__(slice(None), [3] * 600)))
print(walk(xs[:], 500, lambda l: l.insert(0, 100)))
print(repr(walk(xs[:], 500, lambda l: l.__setitem__(500, 0.5))))
print(walk(xs[:], 500, lambda l: l.pop(0)), walk(xs[:], 500, list.reverse))
try:
    index_walk(xs[:], 5000)
except IndexError as e:
    print(e)
ys = list(range(10))
for y in ys:
    ys.remove(y)
print(ys)
zs = [1, 2, 3]
it = iter(zs)
print(list(it), zs.append(4), list(it))


class Evil:
    def __init__(self, xs):
        self.xs = xs

    def __radd__(self, other):
        self.xs.clear()
        return other + 1000

    __add__ = __radd__


l = [1] * 100
l[50] = Evil(l)
print(walk(l, -1, None), len(l))
l = [1] * 100
l[50] = Evil(l)
try:
    index_walk(l, -1)
except IndexError as e:
    print(e, len(l))
