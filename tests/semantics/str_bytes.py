# compiled: vowels
# compiled: hash1
# Indexing and walking str and bytes; ord/chr; non-ASCII; out of range.


def hash1(s):
    h = 5381
    for c in s:
        h = (h * 33 + ord(c)) & 0xFFFFFFFF
    return h


def vowels(s):
    n = 0
    for i in range(len(s)):
        if s[i] in "aeiou":
            n += 1
        elif s[i] == "é" or s[i] > "z":
            n += 100
    return n


def bsum(b):
    t = 0
    for i in range(len(b)):
        t += b[i] * (i + 1)
    for x in b:
        t ^= x
    return t


text = "the quick brown fox jumps over the lazy dog" * 400
for i in range(3000):
    hash1("ab")
print(hex(hash1(text)), vowels(text), bsum(text.encode()))
print(hex(hash1("é\U0001f600\x00")), vowels("aé\U0001f600e"), bsum(bytearray(b"abc")), bsum(memoryview(b"abc")), bsum([1, 2]))
for f, a in ((hash1, ["ab"]), (hash1, b"a"), (vowels, [1]), (vowels, b"a"), (bsum, "ab"), (vowels, ["a", "xyz"]), (vowels, [None])):
    try:
        print(f(a))
    except TypeError as e:
        print(e)
for c in (lambda: chr(-1), lambda: chr(0x110000), lambda: ord(""), lambda: ord("ab"), lambda: "ab"[5], lambda: b"ab"[-3], lambda: chr("a"), lambda: "a" + 1, lambda: "a" < 1):
    try:
        print(c())
    except (ValueError, TypeError, IndexError, OverflowError) as e:
        print(type(e).__name__, e)
print("abc"[1] is "abc"[1], chr(200) == "\xc8", [ord(c) for c in "aé€😀"], "x".isdigit(), "é".upper())


def caesar(s, k):
    return "".join([chr((ord(c) - 97 + k) % 26 + 97) if "a" <= c <= "z" else c for c in s])


for i in range(100):
    caesar("hello world", i)
print(caesar("hello, world", 3), caesar("", 1), text.count("o"), text.find("lazy"), text[:5].split("e"))
