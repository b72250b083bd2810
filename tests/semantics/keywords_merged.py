# compiled: named merged passed forget
# keep: gainless
# Calls with **keywords from one and several mappings, hot; then names twice, keys that are no strings, mappings that are
# no dicts, and things that are no mappings. Deleting locals, with what dies then.
import traceback
from collections import ChainMap, OrderedDict


def named(a, b=2, *, c=3, d=4):
    return a * 1000 + b * 100 + c * 10 + d


def merged(x, first, second):
    return named(x, **first, **second)


def passed(n, f, mapping):
    total = 0
    for i in range(n):
        total += f(i, **mapping)
    return total


class Name(str):
    def __eq__(self, other):
        print("eq")
        return str.__eq__(self, other)

    __hash__ = str.__hash__


class Mapping:
    def keys(self):
        print("keys")
        return ["c", "d"]

    def __getitem__(self, key):
        return len(key)


print(sum(merged(i, {"b": i}, {"d": 5, "c": i}) for i in range(5000)))
print(passed(5000, named, {"c": 1}), passed(5000, named, {}))
for first, second in [
    ({"b": 1}, {"b": 2}),
    ({"b": 1}, {1: 2}),
    ({1: 1}, {"b": 2}),
    ({Name("c"): 1}, {"c": 2}),
    ({"c": 1}, {Name("c"): 2}),
    ({Name("b"): 1}, {"c": 2}),
    (OrderedDict(b=1), ChainMap({"c": 2}, {"d": 3})),
    (Mapping(), {"b": 7}),
    ({"b": 7}, Mapping()),
    (3, {}),
    ({}, None),
    ({"e": 1}, {}),
    ({"a": 1}, {}),
]:
    try:
        print(merged(1, first, second))
    except TypeError as e:
        print(e)
try:
    passed(10, named, {"c": 1, "f": 3})
except TypeError:
    traceback.print_exc()
print(passed(2000, lambda i, **k: i + len(k), {"c": 1, "f": 3}))


class Loud:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        log.append(self.name)


def forget(n):
    for i in range(n):
        x = Loud(i)
        y = x
        del x
        log.append(-i)
        del y
        log.append(-i - 1)
        z = i * 3
        if i % 100 == 5:
            del z
        try:
            total[0] += z
        except UnboundLocalError as e:
            log.append(str(e))


log = []
total = [0]
forget(3000)
print(log[:12], log[-12:], len(log), total)
passed(10, named, {"a": 1})
