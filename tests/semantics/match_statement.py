# match statements: literals, sequences, mappings, classes, guards, captures that leak.


def kind(x):
    match x:
        case 0:
            return "zero"
        case 1 | 2 | 3:
            return "small"
        case int() if x > 100:
            return "big"
        case bool():
            return "bool"
        case float():
            return "float"
        case [a, b]:
            return ("pair", a, b)
        case [a, *rest]:
            return ("list", a, len(rest))
        case {"k": v, **others}:
            return ("map", v, others)
        case str() as s:
            return s.upper()
        case None:
            return None
        case _:
            return type(x).__name__


class P:
    __match_args__ = ("x", "y")

    def __init__(self, x, y):
        self.x, self.y = x, y


def point(p):
    match p:
        case P(0, y):
            return y
        case P(x, y=0):
            return -x
        case P(x, y) if x == y:
            return "diag"
        case P():
            return "any"


t = 0
for i in range(5000):
    t += len(kind(i))
    point(P(i % 3, i % 2))
print(t)
for x in (0, 0.0, False, True, 3, 50, 101, 2**70, 1.5, [1, 2], (1, 2), [], [1, 2, 3], "ab", {"k": 1, "z": 2}, {}, None, b"ab", range(2), 1j):
    print(kind(x), end="; ")
print()
print([point(P(a, b)) for a in (0, 1, 2) for b in (0, 1, 2)], point(5))
match 5:
    case n if n > 10:
        pass
print(n)


class Bad:
    __match_args__ = 5


try:
    match Bad():
        case Bad(1):
            pass
except TypeError as e:
    print(e)


class E:
    def __eq__(self, o):
        raise ValueError("eq")


try:
    kind(E())
except ValueError as e:
    print(e)


def loop(n):
    s = 0
    for i in range(n):
        match i % 3, i % 2:
            case 0, 0:
                s += 1
            case 1, k:
                s += k * 10
            case j, 1:
                s -= j
    return s, i


print(loop(20000))
