# compiled: Shape.area Shape.scaled ints floats nothing texts truths numbers
# keep: gainless
# Functions and methods compiled for one type of argument, called natively with values that are known to be of another.


class Shape:
    def __init__(self, a):
        self.a = a

    def area(self, k):
        return self.a * k

    def scaled(self, k):
        return [self.a, k]


def twice(k):
    return k + k


def half(k):
    return k * 0.5


def ints(shape, n):
    t = 0
    for i in range(n):
        t += shape.area(i) + twice(i)
    return t


def floats(shape, n):
    t = 0.0
    for i in range(n):
        t += shape.area(i * 0.5) + twice(i * 0.25)
    return t


def nothing(shape, n):
    t = 0
    for i in range(n):
        t += i
        if i % 64 == 63:
            try:
                shape.area(None)
            except TypeError as e:
                t += len(str(e))
    return t


def texts(shape, n):
    t = 0
    for i in range(n):
        t += len(shape.area("ab"))
        t += len(twice("c"))
    return t


def truths(shape, n):
    t = 0
    for i in range(n):
        t += shape.area(i > 3)
        t += twice(i > 5)
        t += half(i > 5)
    return t


def numbers(shape, n):
    t = 0
    for i in range(n):
        t += half(i) + half(2.5) + shape.scaled(None)[0] + shape.scaled(1.5)[1]
    return t


shape = Shape(3)
for i in range(60):
    a = ints(shape, 100)
print(a)
for f in floats, nothing, texts, truths, numbers, ints, floats, nothing, texts, truths, numbers:
    for i in range(60):
        a = f(shape, 100)
    print(f.__name__, a, type(a).__name__)
