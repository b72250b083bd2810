# report words count
def report(name, x, width):
    return f"{name}: {x!r:>{width}} {x:.2f}{name!s}"


def words(text):
    out = ""
    for word in text.split():
        out += word[0].upper() + word[1:]
    return out


def count(text, c):
    n = 0
    for x in text:
        if x == c or x in "ab":
            n += 1
    return "%s=%d" % (c, n) + "-" * n


for i in range(50):
    report("x", i / 2, 8)
    words("several words")
    count("abracadabra", "r")
