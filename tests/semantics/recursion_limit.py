# compiled: limited nested
# The recursion limit is set by a hot function while its own frame is there: the new limit counts from then on.
import sys


class Place:
    n = 0


place = Place()


def limited(n):
    total = 0
    for i in range(3):
        total += i
    place.n += total
    sys.setrecursionlimit(n)
    return total


def probe(n):
    try:
        return probe(n + 1)
    except RecursionError:
        return n


for i in range(3500):
    limited(900 + i % 7)
print(place.n, sys.getrecursionlimit(), probe(0))
for n in (2000, 300, 1500):
    print(limited(n), sys.getrecursionlimit(), probe(0))


def nested(n):
    if n == 0:
        return limited(1200)
    return nested(n - 1) + 1


for i in range(3500):
    nested(3)
print(nested(50), probe(0), probe(0))
