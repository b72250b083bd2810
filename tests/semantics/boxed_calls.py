# compiled: Square.area Circle.area Named.area total Node.depth
# exits: >= 1
# Methods of several classes at one place: each has a convention of its own, so objects are passed; what is not compiled is
# called through the interpreter.
import sys
import traceback


class Square:
    def __init__(self, a):
        self.a = a

    def area(self, k):
        return self.a * self.a * k


class Circle:
    def __init__(self, r):
        self.r = r

    def area(self, k):
        return 3.25 * self.r * self.r * k


class Named:
    def __init__(self, name):
        self.name = name

    def area(self, k):
        n = 0
        for c in self.name:
            n += ord(c) * k
        return n


class Slots:
    __slots__ = ("a",)

    def __init__(self, a):
        self.a = a

    def area(self, k=3):
        return self.a + k


def total(shapes, k):
    s = 0
    for shape in shapes:
        s += shape.area(k)
    return s


def attempt(f, *args):
    try:
        print(f.__name__, f(*args))
    except Exception:
        kind, value, tb = sys.exc_info()
        print(f.__name__, kind.__name__, value)
        print("".join(traceback.format_tb(tb)[1:]))


shapes = [Square(2), Circle(1.5), Named("ab"), Slots(7)]
for i in range(3000):
    total(shapes, 2)
print(total(shapes, 2), total(shapes, 2.5), total(shapes, True))
attempt(total, shapes, None)
attempt(total, shapes, "x")
attempt(total, shapes + [None], 1)


# What stands in place of such a method.
class Static:
    @staticmethod
    def area(k):
        return 10 * k


class Class:
    @classmethod
    def area(cls, k):
        return len(cls.__name__) * k


class Property:
    @property
    def area(self):
        return lambda k: 1000 * k


class Getattr:
    def __getattr__(self, name):
        return lambda k: len(name) * k


class Callable:
    class area:
        def __new__(cls, k):
            return 5 * k


class Collects:
    def area(self, *args):
        return sum(args)


class Twice:
    def area(self, k, more=4):
        return k + more


own = Square(3)
own.area = lambda k: 77 * k
others = [Static(), Class(), Property(), Getattr(), Callable(), Collects(), Twice(), own]
print(total(others, 2))
for i in range(300):
    total(others, 2)
    total(shapes, 2)
print(total(shapes + others, 3))

# A method is replaced, hidden, and gone.
Square.area = lambda self, k: -1
print(total(shapes, 2))
shapes[0].area = lambda k: -2
print(total(shapes, 2))
del shapes[0].area
del Square.area
attempt(total, shapes, 2)
Square.area = Circle.__dict__["area"]
attempt(total, shapes, 2)
shapes[0].r = 1
print(total(shapes, 2))


def swapped(self, k):
    return k


Circle.area.__code__ = swapped.__code__
print(total(shapes, 2))


# Recursion from one class to the other, and back.
class Leaf:
    def __init__(self, n):
        self.n = n

    def depth(self, k):
        return self.n + k


class Node:
    def __init__(self, left, right):
        self.left = left
        self.right = right

    def depth(self, k):
        return self.left.depth(k + 1) + self.right.depth(k + 2)


class Counter:
    def __init__(self, left):
        self.left = left

    def depth(self, k):
        seen.append(k)
        return self.left.depth(k)


def walk(tree):
    return tree.depth(0)


seen = []
tree = Leaf(1)
for i in range(8):
    tree = Node(tree, Counter(tree) if i % 3 == 0 else Leaf(i))
for i in range(60):
    walk(tree)
print(walk(tree), len(seen))
attempt(walk, Node(Leaf(1), Leaf(None)))
attempt(walk, Node(Counter(Leaf(1)), Counter(Leaf("x"))))
attempt(walk, Node(Leaf(1), None))
deep = Leaf(1)
for i in range(5000):
    deep = Node(deep, Leaf(1)) if i % 2 else Counter(deep)
try:
    walk(deep)
except RecursionError as error:
    print(type(error).__name__)
while not isinstance(deep, Leaf):
    deep = deep.left


# When arguments die: with the callee's other locals, in their order.
class Dies:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        print("end of", self.name)


class Takes:
    def take(self, a, b):
        c = b
        a = None
        return 1


class Keeps:
    def take(self, a, b):
        self.kept = a
        return b


def give(takers, log):
    n = 0
    for taker in takers:
        n += 1
        taker.take(Dies("a") if log else 1, Dies("b") if log else 2)
        if log:
            print("taken")
    return n


takers = [Takes(), Keeps(), Takes()]
for i in range(1000):
    give(takers, False)
print(give(takers, True))
del takers[1].kept


# Somebody watches from the callee on.
class Traces:
    def area(self, k):
        sys.settrace(trace)
        return k


events = []


def trace(frame, event, arg):
    events.append((frame.f_code.co_name, event, frame.f_lineno))
    return trace


print(total([Twice(), Traces(), Twice()], 5))
sys.settrace(None)
print(events)


# Numbers that only the call has: as many as before live afterwards.
class Doubles:
    def area(self, k):
        return k + k


class Halves:
    def area(self, k):
        return k / 2


def computed(takers, n):
    s = 0.0
    for i in range(n):
        for taker in takers:
            s += taker.area(i * 1000.5) + taker.area(divmod(i, 7)[0] * 100003)
    return s


sys.getallocatedblocks()
for i in range(30):
    computed([Doubles(), Halves(), Circle(2.0)], 100)
before = sys.getallocatedblocks()
computed([Doubles(), Halves(), Circle(2.0)], 20000)
print(sys.getallocatedblocks() - before < 1000)


# A method with a default, compiled before its callers, that they leave out.
class Defaults:
    def check(self, value, text=None):
        if not value:
            raise ValueError(text)
        return 1

    def twice(self, value):
        return self.check(value) + self.check(value, "twice")

    def once(self, n):
        t = 0
        for i in range(n):
            t += self.check(i >= 0)
        return t


d = Defaults()
for i in range(3000):
    d.check(True, "text")
for i in range(3000):
    d.twice(1)
print(d.twice(1), d.once(5000))
attempt(d.twice, 0)
attempt(d.check, 0, "none")
