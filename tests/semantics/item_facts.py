# compiled: reverse swap alias ends number twice pairs counts replace
# What is known of an item of a list holds until something may have changed it: another name of the list, an index from
# the other end, a number that changes in place, a list that grows or shrinks, a destructor between two accesses.
import sys


def reverse(a, n):
    i, j = 0, n - 1
    while i < j:
        t = a[i]
        a[i] = a[j]
        a[j] = t
        i += 1
        j -= 1
    return a


def swap(a, i, j, n):
    for _ in range(n):
        a[i], a[j] = a[j], a[i]
    return a


def alias(a, b, i, j):
    x = a[i]
    b[j] = 7
    y = a[i]
    b[i] = x
    a[j] = y
    return x, y, a[i], b[i], a[j], b[j], a[-1], b[-1]


class Ends:
    def __init__(self, what, a, item):
        self.what, self.a, self.item = what, a, item

    def __del__(self):
        if self.what == "shrink":
            del self.a[1:]
        elif self.what == "store":
            self.a[0] = self.item
        elif self.what == "grow":
            self.a.extend(range(100))
        elif self.what == "clear":
            self.a.clear()
        elif self.what == "type":
            self.a[1] = "text"


def make(things, k):
    return things.pop()


def ends(a, things, n):
    out = 0
    for k in range(n):
        thing = make(things, k)
        x = a[0]
        y = a[1]
        thing = None
        out += a[0] - x
        out += a[1] - y
        a[1] = x
        out += a[1] + y
        a[1] = y
    return out


def number(a, b, n):
    out = 0
    for k in range(n):
        x = a[0]
        b[0] = x + 1.5
        out += a[0] - x
        b[0] = a[0] * 0.5
        out += a[0]
    return out


def twice(a, i):
    x = a[i]
    a[i] = x
    a[i] = x
    y = a[i]
    a[i % 3 - 3] = None
    z = a[i]
    a[i] = y
    return x is y, z, a[i] is x


def pairs(rows, t):
    total = 0
    for row in rows:
        total += row[0] * t[0] + row[1] * t[1]
        row[0], row[1] = row[1], row[0]
        total += row[0] * t[0] - row[1] * t[1]
        total += row[-1]
        row.append(total % 5)
        row[0] += 3
        total += row[0] + row[2] + len(row)
        row.pop()
    return total


def counts(a, n):
    for k in range(n):
        a[k % 3] -= 1
        if a[k % 3] < 0:
            a[k % 3] = k
        a[0] += a[k % 3]
        a[0] %= 1000
    return a


class Counted:
    alive = 0

    def __init__(self):
        Counted.alive += 1

    def __del__(self):
        Counted.alive -= 1


def replace(a, news):
    same = 0
    for new in news:
        same += a[0] is None
        same += a[0] is new
        a[0] = new
        same += a[0] is new
        a[1] = a[0]
        a[0] = None
        same += a[2] is new
        a[2] = a[1]
        a[1] = None
    return same


for size in (0, 1, 2, 3, 10, 11):
    for _ in range(300):
        a = reverse(list(range(size)), size)
    print(a, reverse([str(k) for k in range(size)], size))
try:
    print(reverse([1, 2], 5))
except IndexError as error:
    print(error)
items = [object() for _ in range(4)]
before = [sys.getrefcount(o) for o in items]
swap(items, 1, 3, 3001)
swap(items, 2, 2, 3000)
reverse(items, 4)
print(before == [sys.getrefcount(o) for o in items])
print(swap(["a", "b", "c"], 0, -1, 3001), swap([1.5, 2.5], -1, -2, 3001), swap([5], 0, 0, 3000))

for _ in range(3000):
    a = [1, 2, 3]
    alias(a, a, 0, 1)
a, b = [1, 2, 3], [4, 5, 6]
print(alias(a, b, 0, 1), a, b)
print(alias(a, a, 0, 0), a)
print(alias(a, a, 0, -3), a)
print(alias(a, a, 2, -1), a)
print(alias(a, (c := ["x", 2.5, None]), -1, -1), a, c)
marks = [object() for _ in range(3)]
before = [sys.getrefcount(o) for o in marks]
print([o if o == 7 else marks.index(o) for o in alias(list(marks), list(marks), 0, 2)])
print(before == [sys.getrefcount(o) for o in marks])

a = [1, 2]
print(ends(a, [object() for _ in range(3000)], 3000), a)
for what, item in (("store", 50), ("store", 1 << 70), ("grow", 0), ("shrink", 0), ("clear", 0), ("type", 0)):
    a = [3, 4]
    things = [object() for _ in range(3000)]
    things[1000] = Ends(what, a, item)
    try:
        print(what, ends(a, things, 3000), len(a), a[:3])
    except (IndexError, TypeError) as error:
        line = error.__traceback__.tb_next.tb_lineno
        print(what, type(error).__name__, error, line, len(things), a)

a = [None] * 3
print(replace(a, (Counted() for _ in range(3000))), Counted.alive, a[:2])
a.clear()
print(Counted.alive)

a = [1.0]
print(number(a, a, 3000), a)
print(number([1.0], [2.0], 3000))
print(number([3], a, 50), a)
print(number(a, [None], 50), a)

for value in ("text", 1.5, 1 << 80, 3):
    results = {twice([value, None, value], i) for i in (0, 1, 2, -1, -3) for _ in range(700)}
    print(sorted(map(str, results)))

rows = [[k, k + 1] for k in range(2000)]
print(pairs(rows, (3, 5)), rows[7])
print(pairs([[1.5, 2.5], [True, 1 << 65]], (3, 5)), pairs(rows, [2, 3]))
try:
    pairs([[1]], (1, 2))
except IndexError as error:
    print(error)
print(counts([1, 2, 3], 5000), counts([1, 2.5, 1 << 64], 50))
