# compiled: lookup
# Dict stores and lookups in hot loops: missing keys, equal keys of other types, keys that raise, subclasses, order.


def count(xs):
    d = {}
    for x in xs:
        if x in d:
            d[x] += 1
        else:
            d[x] = 1
    return d


def lookup(d, n):
    s = 0
    for i in range(n):
        s += d[i % 10]
        s += d.get(i, 0)
    return s


def setdef(xs):
    d = {}
    for x in xs:
        d.setdefault(x % 7, []).append(x)
    return {k: len(v) for k, v in d.items()}


xs = [i * 31 % 97 for i in range(20000)]
c = count(xs)
print(len(c), list(c)[:5], c[5], lookup(dict.fromkeys(range(10), 2), 10000), setdef(xs))
print(count([1, 1.0, True, "a", None, 2**70, 2**70, (1, 2), float("nan")]), lookup({i: i * 0.5 for i in range(10)}, 20))


class D(dict):
    def __missing__(self, k):
        return 1000

    def get(self, k, d=None):
        return 7


print(lookup(D(), 20))
import collections

print(lookup(collections.defaultdict(int), 20), collections.Counter(xs[:100]).most_common(2), lookup(collections.OrderedDict.fromkeys(range(10), 1), 20))
for d in ({}, {0: "a"}, {0: None}, [1], 5):
    try:
        print(lookup(d, 5))
    except (KeyError, TypeError, AttributeError) as e:
        print(type(e).__name__, e)
for bad in ([], {}, [1, []]):
    try:
        count([bad])
    except TypeError as e:
        print(e)


class K:
    def __init__(self, v, fail=False):
        self.v = v
        self.fail = fail

    def __hash__(self):
        return 1

    def __eq__(self, o):
        if self.fail:
            raise RuntimeError("eq")
        return isinstance(o, K) and self.v == o.v


print(sorted(k.v for k in count([K(1), K(2), K(1)])))
try:
    count([K(1), K(2, True), K(3)])
except RuntimeError as e:
    print(e)
d = {}
for i in range(5000):
    d[i] = i
    if i >= 10:
        del d[i - 10]
print(d, d.pop(4999), d.popitem(), 5 in d, {**d, 1: 2} == d)
d = dict(b=1, a=2)
d["b"] = 3
del d["a"]
d["a"] = 4
print(d, d | {"c": 1}, list(reversed(d)), d.keys() & {"a"}, sorted(d.items()))
