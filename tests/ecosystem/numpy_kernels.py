# packages: numpy==2.5.5
# keep: gainless
# compiled: smooth clipped mixed norm2 ambiguous Money.__add__ Money.__mul__ Tagged.__array_ufunc__ wave on_error
# NumPy's scalars and arrays in hot functions, compiled functions as callbacks of ufuncs, errors in both directions.
import traceback

import numpy as np


def smooth(x, low, high):
    t = (x - low) / (high - low)
    if t < 0.0:
        return 0.0
    if t > 1.0:
        return 1.0
    return t * t * (3.0 - 2.0 * t)


def clipped(values, low, high):
    """The same code sees numbers of Python, then of NumPy."""
    total = 0
    for value in values:
        if low <= value < high:
            total += value
        else:
            total -= 1
    return total


def mixed(a, i):
    return a[i] * 2 + i


def norm2(v):
    total = 0.0
    for i in range(len(v)):
        total += v[i] * v[i]
    return total


def ambiguous(x):
    if x > 0:
        return 1
    return -1


class Money:
    def __init__(self, cents):
        self.cents = cents

    def __add__(self, other):
        if not isinstance(other, Money):
            return NotImplemented
        return Money(self.cents + other.cents)

    def __mul__(self, factor):
        return Money(self.cents * factor)

    def __repr__(self):
        return f"Money({self.cents})"


class Tagged(np.ndarray):
    """Counts its ufuncs; each result is a Tagged again."""

    calls = 0

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        plain = [x.view(np.ndarray) if isinstance(x, Tagged) else x for x in inputs]
        Tagged.calls += 1
        result = getattr(ufunc, method)(*plain, **kwargs)
        return result.view(Tagged) if isinstance(result, np.ndarray) else result


def wave(i, j):
    if i == 700:
        raise LookupError("no row 700")
    return (i * 31 + j * 17) % 101


seen = []


def on_error(kind, flag):
    seen.append((kind, flag))


def caught(function, *args):
    try:
        print(function.__name__, repr(function(*args)))
    except Exception as error:
        print(function.__name__, type(error).__name__, error)


def main():
    xs = np.linspace(-1.0, 2.0, 3001)
    print(sum(smooth(x, 0.0, 1.0) for x in xs.tolist()))
    print(np.vectorize(smooth)(xs, 0.0, 1.0).sum())
    print(type(smooth(xs[2000], 0.0, 1.0)).__name__)

    print(clipped(list(range(2000)), 10, 900))
    for dtype in "int8", "uint8", "int64", "float32", "float64", "complex128", "bool", "O":
        array = np.arange(100).astype(dtype)
        with np.errstate(over="ignore"):
            caught(clipped, array, 10, 90)
    caught(clipped, [np.datetime64("2020-01-01")], np.datetime64("2019-01-01"), np.datetime64("2021-01-01"))

    rows = [mixed([1, 2, 3], i % 3) for i in range(1000)]
    rows += [mixed(np.array([1, 2**62, 3]), i % 3) for i in range(3)]
    print(sum(map(int, rows)), [type(r).__name__ for r in rows[-3:]])
    caught(mixed, np.arange(3), 3)
    caught(mixed, np.zeros((2, 2)), 1)

    print(norm2([0.5] * 1000), norm2(np.full(1000, 0.5)), norm2(np.array([1, 2], dtype=object)))
    print(np.apply_along_axis(norm2, 1, np.arange(1200.0).reshape(400, 3)).sum())
    print(sum(ambiguous(i - 500) for i in range(1000)))
    caught(ambiguous, np.float64(2.5))
    caught(ambiguous, np.arange(3))

    wallet = np.array([Money(i) for i in range(1000)])
    print(wallet.sum(), (wallet * 3)[-1], np.dot(wallet, np.arange(1000)))
    caught(np.add, wallet, 1)

    tagged = np.arange(8.0).view(Tagged)
    for _ in range(600):
        tagged = np.sqrt(tagged * tagged + 1.0)
    print(tagged.view(np.ndarray).round(9), type(tagged).__name__, Tagged.calls)

    table = np.frompyfunc(wave, 2, 1)
    print(table.outer(np.arange(40), np.arange(40)).sum())
    try:
        table(np.arange(695, 705), 1)
    except LookupError:
        traceback.print_exc()
    print(np.fromiter((wave(i, 1) for i in range(600)), dtype=np.int16).sum())
    print(np.unique(np.fromfunction(np.vectorize(wave), (30, 30), dtype=int), return_counts=True)[1].max())

    with np.errstate(divide="call", invalid="call", call=on_error):
        for i in range(600):
            np.float64(i % 3 - 1) / np.zeros(1)
    print(len(seen), sorted(set(seen)))

    record = np.zeros(500, dtype=[("key", "i4"), ("weight", "f8")])
    for i, row in enumerate(record):
        row["key"], row["weight"] = i * 7 % 500, smooth(i / 500, 0.2, 0.8)
    record.sort(order="key")
    print(record[123], memoryview(record["weight"]).shape, record["weight"].sum())
    print(norm2(np.ones((2, 3))))


main()
