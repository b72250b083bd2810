# packages: pybind11==3.1.0 setuptools==84.2.1
# keep: gainless
# compiled: Square.area Ring.area wave pick letters centre count outside
# A pybind11-made extension: virtual functions overridden in compiled code, callbacks from a thread of C++, and errors
# that pass C++ frames in both directions.
import traceback

from pybind11_shapes import Grid, Shape, Unstable, Vector, bisect, group, guarded, in_thread, total_area


class Square(Shape):
    def __init__(self, side):
        super().__init__()
        self.side = side

    def area(self, scale):
        return self.side * self.side * scale

    def name(self):
        return f"square {self.side}"


class Ring(Square):
    def area(self, scale):
        if scale < 0.0015:
            raise ValueError(f"too small: {scale:.5f}")
        return super().area(scale) * 0.75


class Nameless(Shape):
    pass


def wave(x):
    return x * x * x - 2.0 * x - 5.0


def pick(i):
    if i % 3 == 0:
        return [1, 2][i]
    if i % 3 == 1:
        return {"a": 1}[i]
    return i


def letters(word):
    total = 0
    for c in word:
        total += ord(c) - 96
    return total % 5


def centre(n):
    position = Vector(0.0)
    for i in range(n):
        position = position + Vector(i % 7, i % 11) * 0.5
        position.x -= position.y / n
    return position


def count(i):
    return i * 2 if i % 3 else -i


def outside(x, y):
    return (x * 3 + y * 5) % 17 / (x + 1)


def caught(what, function, *args):
    try:
        print(what, function(*args))
    except Exception as error:
        text = str(error).partition("\nInvoked with")[0]
        print(what, type(error).__name__, type(error).__bases__[0].__name__, text)


def main():
    shapes = [Square(2), Square(1.5), Ring(3)]
    print(total_area(shapes, 600), [shape.name() for shape in shapes], Nameless().name())
    caught("ring", total_area, shapes, 700)
    caught("pure", total_area, [Nameless()], 1)
    shapes[0].side = "a"
    caught("side", total_area, shapes, 1)
    caught("cast", total_area, [1], 1)

    print(sum(bisect(wave, 1.0, 2.5 + i / 10) for i in range(10)))
    caught("sign", bisect, wave, 3.0, 4.0)
    caught("text", bisect, lambda x: "text", 0.0, 1.0)
    caught("zero", bisect, lambda x: 1 / x, 0.0, 1.0)
    print(guarded(pick, 1000))
    caught("guarded", guarded, lambda i: pick(i) if i < 900 else i.nothing, 1000)

    words = [f"{'abcdefg'[i % 7]}{'xyz'[i % 3]}" for i in range(800)]
    print({key: len(found) for key, found in group(words, letters).items()})
    caught("bytes", group, [b"\xff"], letters)
    position = centre(1000)
    print(position.x, position.y, position.length, position == centre(1000))
    caught("vector", lambda: position + 1)

    grid = Grid(30, 20)
    grid.fill(outside)
    total = 0.0
    for value in grid:
        total += value
    for x in range(30):
        for y in range(20):
            grid[x, y] = grid[y, x % 20] + 1.0
    print(total, sum(memoryview(grid).cast("B").cast("d")), memoryview(grid).shape)
    caught("grid", lambda: grid[30, 0])
    caught("index", lambda: grid[-1, 0])

    print(in_thread(count, 2000))
    print(in_thread(lambda i: count(i) + letters("ab"), 500))
    try:
        bisect(wave, 9.0, 10.0)
    except Unstable:
        traceback.print_exc()
    total_area([Square(2), Ring(2)], 1000)


main()
