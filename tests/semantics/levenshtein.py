# compiled: distance
# Levenshtein distance over strings, lists, bytes; with costs that become floats.


def distance(a, b, sub=1):
    if len(a) < len(b):
        a, b = b, a
    prev = list(range(len(b) + 1))
    for i, ca in enumerate(a, 1):
        cur = [i]
        for j, cb in enumerate(b, 1):
            cost = 0 if ca == cb else sub
            cur.append(min(prev[j] + 1, cur[j - 1] + 1, prev[j - 1] + cost))
        prev = cur
    return prev[-1]


def table(a, b):
    d = [[0] * (len(b) + 1) for _ in range(len(a) + 1)]
    for i in range(len(a) + 1):
        d[i][0] = i
    for j in range(len(b) + 1):
        d[0][j] = j
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            if a[i - 1] == b[j - 1]:
                d[i][j] = d[i - 1][j - 1]
            else:
                d[i][j] = 1 + min(d[i - 1][j], d[i][j - 1], d[i - 1][j - 1])
    return d[-1][-1]


words = ["kitten", "sitting", "saturday", "sunday", "", "flaw", "lawn"]
t = 0
for k in range(6):
    for a in words:
        for b in words:
            t += distance(a, b) * 3 - table(a, b)
print(t, distance("intention" * 8, "execution" * 8))
print(distance([1, 2, 3], [1, 3]), distance(b"abc", b"abd"), distance("abc", ["a", "b", "c"]), distance((1.0, True), (1, 1)), distance("éa", "ea"))
print(distance("kitten", "sitting", 0.5), distance("kitten", "sitting", 2**70), distance("ab", "cd", True), distance("ab", "cd", float("nan")))
nan = float("nan")
print(distance([nan], [nan]), distance([nan, 1], [2, nan]))
for args in ((5, "a"), ("a", None), ("ab", "cd", "x"), (iter("a"), "b")):
    try:
        print(distance(*args))
    except TypeError as e:
        print(e)
