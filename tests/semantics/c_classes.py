# compiled: replace leaves
# Instances of classes that C code makes end their lives in hot code: what lies in them is not what Python's classes have.
import collections
import hashlib
import weakref


def replace(xs, n):
    t = 0
    for i in range(n):
        xs[0] = i
        t += i
    return t


class Node:
    def __init__(self, value):
        self.value = value


class Slotted(Node):
    __slots__ = ("a", "b")


class Pair(collections.namedtuple("Pair", "a b")):
    pass


def slotted(i):
    s = Slotted(i)
    s.a = [i]
    return s


makers = [
    lambda i: hashlib.shake_128(b"%d" % i),
    lambda i: hashlib.shake_256(b"%d" % i),
    lambda i: hashlib.sha256(b"%d" % i),
    lambda i: hashlib.blake2b(b"%d" % i),
    lambda i: collections.deque([i]),
    lambda i: Node(i),
    slotted,
    lambda i: Pair(i, [i]),
]
total = 0
for i in range(3000):
    total += replace([makers[i % len(makers)](i)], 3)
print(total)


def keep(n):
    """Each object is let go of where the unit leaves."""
    xs = [0.0]
    for i in range(n):
        node = Node(i)
        ref = weakref.ref(node)
        xs[0] += node.value
        if i % 7 == 6:
            x = hashlib.shake_128(b"x")
            node = x
            if ref() is not None:
                return "alive"
        xs[0] += 1
    return xs[0]


for i in range(300):
    keep(30)
print(keep(100))


class Weak:
    """Has a `__weakref__`: ended with a count that is not 0, it complains."""

    def __init__(self, i):
        self.i = i


def leaves(xs, i):
    w = Weak(i)
    return xs[w.i] + w.i


bad = 0
for i in range(3000):
    try:
        leaves([1, 2, 3], i % 5)
    except IndexError:
        bad += 1
print(bad)
