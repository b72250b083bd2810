# skip: interp
# compiled: build alias doubled keys wide mixed parameter walrus Holder.method
# Strings that grow in place: linear time (the HIR interpreter copies), aliases, self-concatenation, hashes, characters of other widths, other types.


def build(n, piece):
    s = ""
    for i in range(n):
        s += piece
    return s


def alias(n):
    s = "ab"
    kept = []
    for i in range(n):
        if i % 100 == 0:
            kept.append(s)
        t = s
        s += "x"
        s += "y"
        if i % 250 == 0:
            kept.append(t)
            t += "!"
            kept.append(t)
    return s, kept


def doubled(n):
    total = 0
    for i in range(n):
        s = "a"
        for j in range(6):
            s += s
            s = s + "b"
        total += len(s)
    return total, s


def keys(n):
    s, seen = "", {}
    for i in range(n):
        s += "k"
        if i % 50 == 0:
            seen[s] = i
            hash(s)
        s = s + "l"
    return len(s), sorted(seen.items())[-1][1], s in seen, seen.get("k")


def wide(n):
    out = []
    for i in range(n):
        s = "a"
        s += "b"
        s += "é"
        s += "c"
        s += "€"
        s += "\U0001f600"
        s += ""
        s += "z"
        if i % 200 == 0:
            out.append(s)
    return out


class Text(str):
    def __add__(self, other):
        return Text("<" + str(self) + other + ">")

    __iadd__ = __add__


class Other:
    def __radd__(self, other):
        return other + "|radd"


def mixed(values):
    s = "m"
    for v in values:
        for k in range(3):
            s += v
    return s


def parameter(s, n):
    first = s
    for i in range(n):
        s += "p"
    return s == first, first, len(s)


def walrus(n):
    s, count = "", 0
    for i in range(n):
        count += len(s := s + "w")
    return count, len(s)


class Holder:
    def __init__(self):
        self.text = ""

    def method(self, n):
        s = self.text
        for i in range(n):
            s += "m"
            if i == 10:
                self.text = s
        return len(s), self.text


print(len(build(300000, "abcdefgh")), build(5, "ab"))
print(alias(2000)[1], len(alias(2000)[0]))
print(doubled(2000))
print(keys(3000))
print(wide(2000))
for i in range(800):
    mixed(["a", "b"])
print(mixed(["a", "b"]))
print(mixed([Text("t"), "u"]), type(mixed([Text("t"), "u"])))
print(mixed(["a", Other()]))
for bad in (1, b"x", None):
    try:
        mixed(["a", bad])
    except TypeError as e:
        print(e, e.__traceback__.tb_next.tb_frame.f_locals)
given = "".join(["gi", "ven"])
for i in range(800):
    parameter(given, 3)
print(parameter(given, 1000), given)
print(walrus(3000))
print(Holder().method(3000), Holder().method(5))
