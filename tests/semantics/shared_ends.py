# compiled: hot sliced
# What dies in hot code holds something twice that nothing else refers to: its destructor runs there, and sees the frame.
# A slice that replaces a list of its size may take that list over: nobody can tell.
import sys

log = []


class Ends:
    def __init__(self, k):
        self.k = k

    def __del__(self):
        frame = sys._getframe(1)
        log.append((self.k, frame.f_code.co_name, frame.f_lineno, frame.f_locals.get("total")))


class Box:
    def __init__(self, a, b):
        self.a = a
        self.b = b


def hot(things, n):
    total = 0
    for k in range(n):
        t = things.pop()
        total += k * 3 % 7
        t = None
        total += 1
    return total


def make(i):
    e = Ends(i)
    return [[e, e], Box(e, e), [[e], [e]], (e, [e]), [e] * 20, Box([e], [e]), e, [e]][i // 50 % 8]


def sliced(a, n, keep):
    b = [None] * len(a)
    total = 0
    for k in range(n):
        b = a[:]
        total += len(b)
        b[0] = k
        b[k % len(b)] = b[0]
        if keep is not None and k % 100 == 0:
            keep.append(b)
        b = a[: k % 4]
        total += len(b)
        b = a[1:3]
        total += b[0] * k
    return total, b


print(hot([None] * 3000, 3000))
for _ in range(2):
    things = [make(i) if i % 50 == 0 else None for i in range(3000)]
    things.reverse()
    print(hot(things, 3000))
    print(len(log), log[:9], log[-5:])
    log.clear()

print(sliced([1, 2, 3, 4], 3000, None))
kept = []
print(sliced([1, 2, 3, 4], 3000, kept), kept[:3], kept[-1], len(kept))
inner = [5, 6, 7]
print(sliced((1, 2, 3, 4), 0, None))
sizes = set()
for k in range(3000):
    c = inner[:]
    c = inner[:2]
    c.append(k)
    c = inner[:]
    sizes.add(sys.getsizeof(c))
print(c, len(sizes))


def addresses(n):
    q = [k for k in range(5)]
    p = q[:]
    same = 0
    for k in range(n):
        before = id(p)
        p = q[:]
        same += id(p) == before
    return same


print(addresses(3000), addresses(3000))


def nested(n):
    held = [[1, 2], [3, 4]]
    for k in range(n):
        held = held[0][:]
        held = [held, [k, k + 1]]
        held = held[:]
        held[1] = held
        held = held[0][:]
        held = [[k, 2], held]
    return held


print(nested(3000))


def objects(n):
    a = [Ends("item")] * 3
    b = None
    for k in range(n):
        b = a[:]
        b[1] = Ends(k) if k % 1000 == 999 else None
        b = a[:]
    del a, b
    return len(log)


print(objects(3000), log)
