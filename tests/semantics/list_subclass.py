# compiled: fill read
# A list subclass that overrides append, __getitem__, __len__, __iter__ and __setitem__.


class L(list):
    def append(self, x):
        list.append(self, -x)

    def __getitem__(self, i):
        return 1000 + list.__getitem__(self, i)

    def __len__(self):
        return 3

    def __iter__(self):
        return iter([7, 8])

    def __setitem__(self, i, v):
        list.__setitem__(self, i, v * 2)


class Plain(list):
    pass


def fill(xs, n):
    for i in range(n):
        xs.append(i)
    return xs


def read(xs):
    s = 0
    for x in xs:
        s += x
    for i in range(len(xs)):
        s += xs[i]
        xs[i] = i
    return s


xs = fill([], 20000)
print(read(xs), xs[100], len(xs))
l = fill(L(), 100)
print(read(l), list.__getitem__(l, slice(0, 5)), list.__len__(l), l == l, repr(l)[:20])
p = fill(Plain(), 100)
print(read(p), p[5], type(p).__name__)
p.append = lambda v: print("own append", v)
fill(p, 2)


class NotAList:
    def append(self, x):
        self.last = x


n = fill(NotAList(), 5000)
print(n.last)
import collections, array

print(fill(collections.deque(maxlen=3), 10), fill(array.array("q"), 4))
try:
    fill((), 1)
except AttributeError as e:
    print(e)
try:
    fill(array.array("b"), 1000)
except OverflowError as e:
    print(e)
