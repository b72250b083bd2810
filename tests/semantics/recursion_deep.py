# compiled: down
# python: 3.13
# Recursion to 100,000 where CPython allows it: functions, methods, closures, constructors, through C (map, sorted, repr),
# mixed; the limit changed in the middle; RecursionError caught at the bottom and again.
import sys

sys.setrecursionlimit(110_000)


def down(n):
    return down(n - 1) + 1 if n else 0


def args(n, *a, **k):
    return args(n - 1, *a, **k) + 1 if n else len(a) + len(k)


class C:
    def m(self, n):
        return self.m(n - 1) + 1 if n else 0

    @staticmethod
    def s(n):
        return C.s(n - 1) + 1 if n else 0

    @classmethod
    def c(cls, n):
        return cls.c(n - 1) + 1 if n else 0


class Node:
    def __init__(self, n):
        self.next = Node(n - 1) if n else None


class Prop:
    n = 0

    @property
    def p(self):
        if self.n:
            self.n -= 1
            return self.p + 1
        return 0


def even(n):
    return True if n == 0 else odd(n - 1)


def odd(n):
    return False if n == 0 else even(n - 1)


def closure(n):
    def inner(k):
        return inner(k - 1) + n if k else 0

    return inner


def withtry(n):
    try:
        return withtry(n - 1) + 1 if n else 0
    finally:
        pass


def loops(n):
    s = 0
    for i in range(2):
        s += i
    return loops(n - 1) + s if n else 0


def gens(n):
    if n:
        yield from gens(n - 1)
    yield n


def attempt(f, *a):
    try:
        return f(*a)
    except RecursionError as e:
        return "RecursionError", str(e)


for i in range(300):
    down(20), args(20, 1, k=2), C().m(20), C.s(20), C.c(20), Node(20), even(20), closure(2)(20), withtry(20), loops(20)
    p = Prop()
    p.n = 20
    p.p
print(down(100_000), C().m(100_000), C.s(100_000), C.c(100_000), even(100_001), closure(2)(100_000), withtry(100_000), loops(100_000))
print(args(100_000, 1, 2, k=3))
n = Node(50_000)
c = 0
while n:
    n = n.next
    c += 1
print(c)
sys.setrecursionlimit(3000)
for f in (down, C().m, C.c, even, closure(1), withtry, loops, lambda n: args(n, 1)):
    print(attempt(f, 2500), attempt(f, 10**6), attempt(f, 10**6))
print(attempt(Node, 10**6)[:1])


def repr_deep(n):
    l = []
    for i in range(n):
        l = [l]
    return len(repr(l))


print(attempt(repr_deep, 100))
print(attempt(repr_deep, 100_000)[0])


def through(n):
    return list(map(through, [n - 1]))[0] + 1 if n else 0


for i in range(100):
    through(10)
print(attempt(through, 500))


def through_sort(n):
    return sorted([n - 1], key=through_sort)[0] if n > 0 else 0


print(attempt(through_sort, 400))


def depth():
    d = 0
    f = sys._getframe()
    while f:
        d += 1
        f = f.f_back
    return d


def bottom(n):
    try:
        return bottom(n + 1)
    except RecursionError:
        return n, depth()


for i in range(3):
    sys.setrecursionlimit(500 + i * 700)
    print(bottom(0), bottom(0))


def lowers(n):
    if n == 50:
        sys.setrecursionlimit(depth() + 30)
    return lowers(n + 1)


try:
    lowers(0)
except RecursionError as e:
    k = 0
    tb = e.__traceback__
    while tb:
        k += 1
        tb = tb.tb_next
    print(k)
sys.setrecursionlimit(1000)


class Eq:
    def __eq__(self, o):
        return self == o

    def __getattr__(self, n):
        return self.other

    def __repr__(self):
        return repr(self)

    def __call__(self):
        return self()


e = Eq()
print(attempt(lambda: e == 1)[0], attempt(lambda: e.x)[0], attempt(repr, e)[0], attempt(e)[0])
print(down(900))
