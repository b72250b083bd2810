# compiled: repeat
# String building in loops: s += t in place, other holders of the string, bytes, and numbers breaking in.


def repeat(n, t):
    s = ""
    for i in range(n):
        s += t
    return s


def held(n):
    s = "x"
    keep = []
    for i in range(n):
        if i % 5000 == 0:
            keep.append(s)
        s += chr(97 + i % 26)
    return len(s), [len(k) for k in keep], s[-5:], keep[1][:3]


def mixed(n, at, v):
    s = ""
    for i in range(n):
        s = s + str(i) if i != at else s + v
    return len(s)


def fmt(n):
    out = 0
    for i in range(n):
        out += len(f"{i:05d}|{i * 0.5!r}|{i % 3}") + len("%d-%s" % (i, i)) + len("{}".format(i))
    return out


for i in range(3000):
    repeat(2, "ab")
print(len(repeat(20000, "ab")), held(20000), mixed(5000, -1, ""), fmt(3000))
print(repeat(3, "é"), repeat(3, "\U0001f600"), repeat(0, 5))
for t in (5, None, b"x", 2.5):
    try:
        repeat(3, t)
    except TypeError as e:
        print(e)
try:
    mixed(5000, 4000, 7)
except TypeError as e:
    print(e)


def bjoin(n):
    b = b""
    for i in range(n):
        b += bytes([i & 255])
    return b[-3:], len(b)


class S(str):
    def __add__(self, o):
        return S("+" + str(self) + o)


def sub(n):
    s = S("")
    for i in range(n):
        s += "a"
    return s, type(s).__name__


print(bjoin(3000), sub(4), "".join([str(i) for i in range(20)]), "ab" * 3, "a" "b" + "c" * True)
g = ""
for i in range(20000):
    g += "z"
print(len(g))
