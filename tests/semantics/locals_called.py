# compiled: count
# A hot function calls locals(), vars() and dir(): what they return lives as long as in python, and no longer.
import weakref

dead = []


class Noisy:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        dead.append(self.name)


def count(i):
    kept = Noisy(i)
    n = len(locals())
    n += len(dir())
    for j in range(30):
        n += j * i % 7
    if i % 3:
        later = n
        n += len(vars())
    return n


def fails(i):
    kept = Noisy(-i)
    n = len(locals())
    return n // (i % 100)


def nested(i):
    kept = Noisy(i)

    def inner():
        return len(locals()) + (kept.name == i)

    return inner() + len(locals())


class Named:
    def method(self, i):
        other = Noisy(i)
        return sorted(locals())


total = 0
for i in range(1, 2000):
    total += count(i) + nested(i) + len(Named().method(i))
    try:
        total += fails(i)
    except ZeroDivisionError as error:
        total -= 1
    if i % 500 == 0:
        print(i, total, len(dead), dead[-6:])
print(total, len(dead))
dead.clear()


def given(i):
    kept = Noisy(i)
    return locals()


last = [given(i) for i in range(1500)]
print(len(dead), sorted(last[-1]), last[-1]["kept"].name)
seen = weakref.ref(last[7]["kept"])
del last[7]
print(dead, seen())
last.clear()
print(len(dead), seen())
