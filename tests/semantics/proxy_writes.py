# python: 3.13
# compiled: compared added indexed negated contained counted truth looped number floats branches appended nested loaded
# keep: gainless
# What an operation runs writes to a local of the running function: its value stack keeps the object it had, what is
# loaded afterwards is new.
import sys

late = False


class Writes:
    def write(self):
        if late:
            names = sys._getframe(2).f_locals
            names["a"] = names["a"] + 0.5 if names.get("x", 0) or "i" in names else None
            [[j] * 3 for j in range(100)]
        return True

    def __eq__(self, other):
        return self.write()

    def __lt__(self, other):
        return self.write()

    def __add__(self, other):
        return self.write()

    def __radd__(self, other):
        return self.write()

    def __getitem__(self, index):
        return self.write()

    def __bool__(self):
        return self.write()

    def __contains__(self, item):
        return self.write()

    def __len__(self):
        self.write()
        return 3

    def __neg__(self):
        return self.write()

    def __iter__(self):
        self.write()
        return iter((1, 2))


class Dies:
    def __init__(self, key):
        self.key = key

    def __del__(self):
        if late:
            sys._getframe(1).f_locals["a"] = self.key


def compared(b):
    a = ["alive"] * 3
    return a, b == 3, a


def added(b):
    a = ["alive"] * 3
    return a, b + 3, 1 + b, a


def indexed(b):
    a = ["alive"] * 3
    return a, b[0], [a, a]


def negated(b):
    a = ["alive"] * 3
    return a, -b, not b, a


def contained(b):
    a = ["alive"] * 3
    return a, 1 in b, a == [1]


def counted(b):
    a = ["alive"] * 3
    return a, len(b), a


def truth(b):
    a = ["alive"] * 3
    return [a, (a if b else 2), a]


def looped(b):
    a = ["alive"] * 3
    s = 0
    for x in b:
        s += x
    return s, [*(a or "none"), *b]


def number(b):
    a = 1234567 + len("x" * 5)
    return a, b == 3, a


def floats(b):
    a = 1.5 * len("xy")
    c = a
    t = 0.0
    for i in range(3):
        t += c
        if a and b == 3:
            t += c
        t += 0 if a is None else a
    return a, c, t


def branches(b):
    a = 5
    for i in range(4):
        if b == 3:
            a += 1
        for x in b:
            a += x
        while b < 1 and a > 100:
            a -= 50
        a += 2 if b else 3
    return a


def appended(b):
    a = ["x"]
    c = a
    for i in range(3):
        c.append(b == 2)
    return a, c


def nested(b):
    a = {"k": ["alive"] * 3}
    return a["k"] + [b == a["k"]], a


def loaded(b):
    a = ["alive"] * 3
    c = Dies("dead")
    d = [a, a]
    c = None
    return [a, d, (a, b == 2)]


for f in compared, added, indexed, negated, contained, counted, truth, looped, number, floats, branches, appended, nested, loaded:
    late = False
    for i in range(450):
        f(Writes())
    late = True
    for i in range(3):
        try:
            print(f.__name__, f(Writes()))
        except TypeError as e:
            print(f.__name__, e)
