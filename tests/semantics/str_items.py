# compiled: same pairs vowels
# exits: >= 2
# Characters and equality of strings in hot loops, then: other kinds of characters, indices out of range, bytes, lists,
# subclasses, strings of other kinds that are equal to nothing.


def same(a, b):
    n = 0
    for i in range(min(len(a), len(b))):
        if a[i] == b[i]:
            n += 1
        elif a[i] != b[-1 - i]:
            n += 1000
    return n


def pairs(words, want):
    n = 0
    for w in words:
        for v in words:
            if w == v:
                n += 1
            if v != want:
                n += 100
    return n


def vowels(s, i, j):
    t = 0
    while i < j:
        c = s[i]
        if c == "a" or c == "e" or c == "ü" or c == "€" or c == "😀":
            t += i
        i += 1
    return t, c


def longest(xs):
    best = max(1, 2, 0)
    for i in range(2, len(xs)):
        best = max(best, xs[i], xs[i - 1], xs[i - 2])
        best = min(best, 10**6, xs[0] + 10**7)
    return best


words = ["".join(chr(97 + (i * j) % 7) for j in range(i % 5 + 1)) for i in range(80)]
for k in range(30):
    same("abcdefgh" * 10, "abdcefhg" * 10)
    pairs(words, "ab")
    vowels("the quick brown ape" * 5, 0, 90)
    longest(list(range(50)))
print(same("abc" * 900, "abd" * 900), pairs(words, words[3]), vowels("a quick ape" * 300, 0, 3000), longest([3, 9, -2] * 900))
for s in ("ünï€😀a" * 40, "äöü" * 80, "€uro" * 60, "\ud800a\x00" * 80, "😀" * 200):
    print(ascii(same(s, s[::-1])), ascii(vowels(s, 0, len(s))), ascii(vowels(s, -len(s), 0)))
print(pairs(["a", "€", "a\x00", "\x00a", "ä", "😀", "a" * 300, "€" * 300], "".join(["a"] * 300)))


class S(str):
    def __eq__(self, other):
        return "odd"

    def __ne__(self, other):
        return False

    __hash__ = str.__hash__

    def __getitem__(self, i):
        return S("e") if i % 2 else 7


print(pairs([S("a"), "a", "b"], "a"), pairs(["a", None, b"a", 3], "a"), vowels(S("xyz" * 9), 0, 20))
print(vowels(b"aeiou" * 9, 0, 40), vowels(["a", "b", S("e")] * 9, 0, 20), same([1, 2, 3], (1, 5, 3)), same("abc", ["a", "b", "x"]))
print(longest([1.5, 2, 8.25, 3]), longest([2**70, 1, 2, 3]), longest([True, False, True]), repr(longest([0.0, -0.0, float("nan")])))
for i, j in ((0, 6), (-6, 0), (-7, 1), (4, 4)):
    try:
        print(vowels("hello", i, j))
    except (IndexError, UnboundLocalError) as e:
        print(type(e).__name__, e, e.__traceback__.tb_next.tb_frame.f_locals)
