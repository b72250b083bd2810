# compiled: Point.move Slots.move totals
# Numbers computed into attributes: what was read before keeps its value; small ints, big ints, other types, subclasses,
# destructors of what is replaced, values shared by several instances.


class Point:
    def __init__(self, x, n):
        self.x = x
        self.n = n

    def move(self, k, d):
        seen = []
        for i in range(k):
            before, count = self.x, self.n
            self.x += d
            self.n = self.n * 3 % 1000003
            self.x = self.x * 1.5 - before
            if i % 100 == 0:
                seen.append(before)
                seen.append(count)
                seen.append(self.x)
        return seen


class Slots:
    __slots__ = "x", "n"

    __init__ = Point.__init__

    def move(self, k, d):
        kept = None
        for i in range(k):
            kept = (self.x, self.n)
            self.x = self.x + d
            self.n += 1
        return kept


class Noisy:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        print("end of", self.name)

    def __add__(self, other):
        return 0.5

    __mul__ = __add__


def totals(points, k):
    s = 0.0
    for i in range(k):
        for p in points:
            p.x = p.x + 0.25
            s += p.x
            p.n = p.n + 7
    return s


p = Point(1.5, 2)
print(p.move(1500, 0.25), p.x, p.n)
q = Slots(1.5, -7)
print(q.move(1500, 0.25), q.x, q.n)
print(q.move(300, 0.25), q.x, q.n)
shared = 1e300 / 3
same = [Point(shared, 10**6) for _ in range(4)] + [Point(2.5, 254)]
print(totals(same, 400), shared, [(r.x, r.n) for r in same])
r = same[0]
x, n = r.x, r.n
totals(same, 3)
print(x, n, r.x, r.n)
for value in (1, True, 10**30, Noisy("x"), "s"):
    r.x, r.n = value, 2**62
    try:
        print(totals([r], 5), r.x, r.n)
    except TypeError as e:
        print(e, r.n)
q.n = 2**63 - 3
print(q.move(6, 1.0), q.n)
q.n = Noisy("n")
q.x = 0.0
print(q.move(2, 1.0), q.n)
del q.x
try:
    q.move(2, 1.0)
except AttributeError as e:
    print(e)
p.__dict__["x"] = 4.0
print(p.move(3, 1.0), p.__dict__)
