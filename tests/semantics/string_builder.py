# compiled: Builder.add
# A string builder object, roman numerals, base conversion, run lengths.


class Builder:
    def __init__(self):
        self.parts = []
        self.size = 0

    def add(self, s):
        self.parts.append(s)
        self.size += len(s)
        return self

    def __str__(self):
        return "".join(self.parts)

    def __iadd__(self, s):
        return self.add(s)


def base(n, b):
    if n == 0:
        return "0"
    out = ""
    neg = n < 0
    n = abs(n)
    while n:
        out = "0123456789abcdefghijklmnopqrstuvwxyz"[n % b] + out
        n //= b
    return "-" + out if neg else out


def roman(n):
    out = ""
    for v, s in ((1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I")):
        while n >= v:
            out += s
            n -= v
    return out


def rle(s):
    out = []
    prev = None
    k = 0
    for c in s:
        if c == prev:
            k += 1
        else:
            if prev is not None:
                out.append((prev, k))
            prev, k = c, 1
    if prev is not None:
        out.append((prev, k))
    return out


b = Builder()
for i in range(5000):
    b.add("ab").add(str(i % 10))
b += "tail"
print(b.size, str(b)[-12:], hash(str(b)) == hash(str(b)))
t = 0
for i in range(400):
    t += len(base(i * 7919, 2)) + len(roman(i)) + len(rle(base(i, 3)))
print(t, rle("aaabbc" * 2), base(2**63, 16), base(-(2**64), 36), base(255, 2), roman(1994), roman(2.5), roman(True))
print(rle([1, 1.0, True, 2]), rle([None, None]), rle(b"aab"), rle(""), rle([float("nan")] * 2))
for f in (lambda: b.add(5), lambda: b.add(None), lambda: base(1.5, 2), lambda: base(5, 1) if False else base(5, 0), lambda: base(40, 40), lambda: roman("x"), lambda: str(b.add(b"x"))):
    try:
        print(f())
    except (TypeError, ZeroDivisionError, IndexError) as e:
        print(type(e).__name__, e)
print(b.size, len(b.parts))
