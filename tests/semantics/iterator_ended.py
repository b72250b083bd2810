# compiled: drain inner
# warm: recompiles
# An iterator that a native loop has used up, in other hands: asked again, for its length, its state; under an iterator
# that goes on asking; its sequence grown meanwhile.
import operator
import pickle


def drain(it):
    n = 0
    for x in it:
        n += x
    return n


def inner(xs):
    """The loop inside uses up the iterator of the loop around it."""
    out = []
    it = iter(xs)
    for i, x in enumerate(it):
        out.append((i, x))
        if x == 3:
            for x in it:
                out.append(x)
    return out


for _ in range(100):
    drain(iter([1, 2, 3] * 5)), drain(iter((1, 2, 3) * 5)), drain(iter(range(9))), drain(reversed([1, 2]))
    inner([1, 2, 3, 4, 5] * 3), inner((1, 2, 3, 4, 5)), inner(range(6))

for make in (list, tuple, lambda xs: range(len(xs)), lambda xs: dict.fromkeys(xs), "".join, bytes):
    xs = make(["1", "2", "3"]) if make == "".join else make([1, 2, 3])
    it = iter(xs)
    try:
        print(drain(it))
    except TypeError as e:
        print(e)
        list(it)
    print(operator.length_hint(it, 99), next(it, "none"), list(it), list(enumerate(it)), list(zip(it, it)))
    try:
        print(it.__reduce__(), list(pickle.loads(pickle.dumps(it))))
    except TypeError as e:
        print(e)
    print(inner(xs), inner(make([1, 3, 5, 7, 9])) if make is list or make is tuple else "")

xs = [1, 2, 3]
it = iter(xs)
print(drain(it))
xs.append(4)
print(next(it, "none"), drain(it), operator.length_hint(it, 99))
it.__setstate__(0)
print(next(it, "none"), drain(it))
it = iter(xs)
print(drain(iter(it)), sum(it), max(it, default=None), [*it], drain(enumerate(it)) if False else list(map(str, it)))


def rest(it):
    n = 0
    for x in it:
        n += x
        if n > 100:
            break
    return n, it


for _ in range(100):
    rest(iter([1, 2, 3]))
n, it = rest(iter([1, 2, 3]))
print(n, next(it, "none"), operator.length_hint(it, 99))
n, it = rest(iter([1, 200, 3]))
print(n, operator.length_hint(it, 99), next(it, "none"), next(it, "none"), operator.length_hint(it, 99))
