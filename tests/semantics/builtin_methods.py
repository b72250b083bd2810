# compiled: words lookups views edges
# Methods of strings and dicts in hot code; then subclasses with methods of their own, other types, keys and arguments that
# run Python code or are wrong, results that are the object itself, and what dies meanwhile.
import sys
import traceback


def words(texts):
    n = 0
    out = []
    for t in texts:
        if t.startswith("a") or t.endswith("z"):
            n += 1
        if t.isdigit() or t.isalpha() and not t.isupper():
            n += 10
        out.append(t.strip().upper().replace("A", "-"))
        n += t.find("b") + t.count("c") + len(t.split(","))
    return n, "|".join(out), ",".join(("x", "y")).rjust(8)


def counts(text):
    d = {}
    for c in text:
        d[c] = d.get(c, 0) + 1
    return d


def lookups(d, keys, other):
    s = 0
    for k in keys:
        v = d.get(k)
        if v is None:
            s += d.get(k, other)
        else:
            s += v
    return s


def views(d):
    s = 0
    for k, v in d.items():
        s += v
    for k in d.keys():
        s += 1
    return s + sum(d.values())


def edges(s, *args):
    return s.startswith(*args) if len(args) > 2 else s.find(args[0]) if len(args) == 1 else s.replace(args[0], args[1])


class Name(str):
    def startswith(self, prefix):
        log.append("startswith")
        return "yes"

    def strip(self):
        return self

    def upper(self):
        return Name("UP")


class Default(dict):
    def get(self, key, other=None):
        log.append(key)
        return 7


class Key:
    def __init__(self, name):
        self.name = name

    def __hash__(self):
        log.append("hash")
        return hash(self.name)

    def __eq__(self, other):
        log.append("eq")
        return self.name == other

    def __del__(self):
        log.append("del")


class Part(str):
    def __len__(self):
        return 1


def held(n):
    for i in range(n):
        d = {"a": Key(i)}
        log.append(d.get("a").name)
        d = None
        x = {i: [i]}.get(i)
        log.append(x)


log = []
texts = ["abc", "b,c,d", " xyz", "12", "Az", "UP"] * 50
for _ in range(30):
    r = words(texts)
print(r[0], len(r[1]), r[1][:30], r[2])
for _ in range(200):
    c = counts("hello world, hello")
print(c)
d = {"a": 1, "b": 2}
for _ in range(200):
    n = lookups(d, ["a", "b", "c"] * 10, 5), views(d)
for _ in range(3000):
    edges("hello", "l")
    edges("hello", "l", "L")
print(n, edges("hello", "l"), edges("hello", "l", "L"), edges("hello", "l", 1, 3), edges("hello", ("h", "l"), 0, 3))
print(words([Name("abc"), "abc", Part("abc")]), log)
log.clear()
print(lookups(Default(a=1), ["a", "x"], 1), log)
log.clear()
print(lookups({Key("a"): 1, "b": 2}, ["a", "b", Key("b"), 1.5], 9), log)
log.clear()
print(lookups({1: 2, True: 3, 2.0: 4}, [1, 2, True, 3], 100), lookups({None: 1, (): 2, (1, 2): 3}, [None, (), (1, 2)], 0))
big = {i: i * 2 for i in range(100)}
print(lookups(big, [*range(0, 200, 7)], 1), views(big))
WRONG = [
    lambda: lookups(d, [[]], 1),
    lambda: lookups(d, ["zz"], "s"),
    lambda: lookups([1], ["a"], 1),
    lambda: lookups(None, ["a"], 1),
    lambda: words(["abc", b"abc"]),
    lambda: words(["abc", 3]),
    lambda: edges("abc", 3),
    lambda: edges("abc", None, "b"),
    lambda: edges("abc", "b", 2),
    lambda: edges(b"abc", b"b"),
    lambda: edges(["a"], "a"),
    lambda: views({"a": "b"}),
    lambda: counts(["a", []]),
]
for wrong in WRONG * 2:
    try:
        print(wrong())
    except (TypeError, AttributeError) as e:
        print(type(e).__name__, e)
held(1500)
print(log[:8], log[-8:], len(log))
log.clear()


def grows(d, n):
    # The dict changes in a loop over its items.
    for k, v in d.items():
        if d.get(k + n):
            d[k + 1000] = 1
    return len(d)


for _ in range(500):
    grows({1: 2, 3: 4}, 10)
try:
    grows({1: 2, 3: 4}, 2)
except RuntimeError as e:
    print(e)


def same(s, d):
    a = s.strip()
    b = s.lower()
    return a is s, b is s, s.replace("q", "r") is s, "".join([s]) is s, d.get(s) is s


for _ in range(2000):
    same("abc", {"abc": "abc"})
key = "".join(["x", "y"])
print(same("abc", {"abc": "abc"}), same(key, {"xy": key}), same(" a", {}), same("Q", {"Q": "q"}))
str_like = [s.encode() for s in texts]
try:
    words(str_like)
except TypeError:
    traceback.print_exc()
lookups(d, [{}], 1)
