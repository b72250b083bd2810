# Point.move Slots.swap label
class Point:
    scale = 2

    def __init__(self, x):
        self.x = x

    def move(self, d):
        self.x += d * self.scale
        return self.x

    @property
    def half(self):
        return self.x // 2


class Slots:
    __slots__ = ("a", "b")

    def __init__(self):
        self.a, self.b = 1, None

    def swap(self):
        self.a, self.b = self.b, self.a
        del self.b
        self.b = self


def label(p):
    p.name = p.half
    return p.name


p, s = Point(1), Slots()
for i in range(50):
    p.move(i)
    s.swap()
    label(p)
