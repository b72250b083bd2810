# compiled: combine
# One call site sees ever more types: int, float, str, list, tuple, set, user classes; more than any inline limit.


class V:
    def __init__(self, v):
        self.v = v

    def __add__(self, o):
        return V(self.v + getattr(o, "v", 1))

    def __radd__(self, o):
        return "radd"

    def __lt__(self, o):
        return self.v < 3


def combine(a, b):
    c = a + b
    if a < b:
        c = c + b
    return c


def over(pairs, n):
    out = []
    for i in range(n):
        a, b = pairs[i % len(pairs)]
        out.append(combine(a, b))
    return out


pairs = [(1, 2)]
print(sum(over(pairs, 5000)))
for p in ((1.5, 2.5), ("a", "b"), ([1], [2]), ((1,), (2,)), (True, 5), (2**70, 1), (b"a", b"b"), (1, 2.5), (0.5, 3)):
    pairs.append(p)
    print(over(pairs, 2000)[-len(pairs) :])
pairs.append((V(1), V(2)))
r = over(pairs, 2002)
print([type(x).__name__ for x in r[-12:]])
for p in ((1, "a"), ("a", 1), (None, 1), ([], ()), ({1}, {2}), ({}, {})):
    try:
        print(over(pairs + [p], 1000)[-1])
    except TypeError as e:
        print(e)
print(sum(over([(1, 2)], 5000)), combine(1.0, 2), combine(2**62, 2**62), type(combine(V(5), 1)).__name__, combine(1, V(5)) if False else 1 + V(5))


def call_any(f, x):
    return f(x)


fs = [abs, int, float, str, lambda v: v, V, bool, repr, type, list if False else (lambda v: [v]), {5: 6}.get, "a".__mul__]
n = 0
for i in range(5000):
    call_any(abs, -i)
print([str(call_any(f, 5))[:14] if f is not V else "V" for f in fs])
for f in (5, None, lambda: 1, V.__lt__):
    try:
        call_any(f, 1)
    except TypeError as e:
        print(e)
