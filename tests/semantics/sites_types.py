# compiled: area grow name total
# One site, objects of several classes in turn: more than a site remembers, and classes that change in between.


class Square:
    def __init__(self, side):
        self.side = side
        self.count = 0

    def area(self):
        return self.side * self.side


class Circle:
    def __init__(self, side):
        self.kind = "circle"
        self.side = side
        self.count = 1

    def area(self):
        return self.side * 3


class Slotted:
    __slots__ = ("count", "side")

    def __init__(self, side):
        self.side = side
        self.count = 2

    def area(self):
        return self.side + 1


class Child(Square):
    def area(self):
        return Square.area(self) - 1


class Wide:
    def __init__(self, side):
        self.a = self.b = self.c = 0
        self.side = side
        self.count = 3

    def area(self):
        return -self.side


class Last(Wide):
    pass


def area(shape):
    return shape.area() + shape.side


def grow(shape, by):
    shape.count += by
    shape.side = shape.side + by
    return shape.count


def name(shape):
    return shape.side, shape.count


def total(shapes, n):
    result = 0
    for i in range(n):
        for shape in shapes:
            result += shape.area() + shape.side * (i & 1)
            shape.count = shape.count + 1
    return result


classes = [Square, Circle, Slotted, Child, Wide, Last]
for width in (2, 3, 4, 5, 6):
    shapes = [cls(i + 1) for i, cls in enumerate(classes[:width])]
    for i in range(700):
        for shape in shapes:
            area(shape)
            grow(shape, i & 1)
            name(shape)
    print(width, [area(s) for s in shapes], [name(s) for s in shapes], total(shapes, 300))

shapes = [cls(i + 1) for i, cls in enumerate(classes)]
print(total(shapes, 300))

# A class changes while others stay.
Circle.area = lambda self: self.side * 1000
print([area(s) for s in shapes], total(shapes, 3))
shapes[0].area = lambda: "own"
try:
    print(area(shapes[0]))
except TypeError as error:
    print(error)
print([area(s) for s in shapes[1:]])
del shapes[0].area
print([area(s) for s in shapes])

# Instances with a dict, without an attribute, of another class.
shapes[1].__dict__["extra"] = 1
print([grow(s, 2) for s in shapes], vars(shapes[1]))
del shapes[4].side
for function in (area, name):
    try:
        print(function(shapes[4]))
    except AttributeError as error:
        print(error)
shapes[4].side = 9
shapes[3].__class__ = Circle
print([area(s) for s in shapes], [name(s) for s in shapes])


def setter(self, value):
    print("set", value)
    self.__dict__["side"] = value


Wide.side = property(lambda self: self.__dict__["side"] * 2, setter)
print([grow(s, 1) for s in shapes], [name(s) for s in shapes], total(shapes, 2))
del Wide.side
print([grow(s, 1) for s in shapes], [name(s) for s in shapes], total(shapes, 2))
Wide.__getattr__ = lambda self, key: 77
del shapes[5].side
print([area(s) for s in shapes], [name(s) for s in shapes])
