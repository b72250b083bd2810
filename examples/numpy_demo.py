"""What pyaot does beside NumPy: NumPy's own work stays NumPy's, loops over plain numbers become native.

    python -m venv venv && venv/bin/pip install numpy
    VIRTUAL_ENV=venv pyaot examples/numpy_demo.py

Results go to standard output, times to standard error. Run it with `python` too and compare.
"""
import math
import sys
import time

try:
    import numpy as np
except ImportError:
    sys.exit("numpy_demo: this Python has no NumPy (pip install numpy)")


def timed(name, function, *args):
    start = time.process_time()
    result = function(*args)
    print(f"{name:34s} {(time.process_time() - start) * 1000:8.1f} ms", file=sys.stderr)
    return result


def whole_arrays(a):
    """All the time is spent in NumPy: the same under any Python."""
    for _ in range(20):
        a = np.sqrt(a * a + 1.0)
    return float(a.sum())


def small_arrays(n):
    """Calls of NumPy on a few elements: the calls cost, in NumPy."""
    v = np.arange(3.0)
    total = 0.0
    for _ in range(n):
        total += float(np.dot(v, v))
    return total


def elements(a):
    """NumPy's scalars are objects of its own: each element is boxed by NumPy."""
    total = 0.0
    for i in range(len(a)):
        total += a[i] * 0.5
    return float(total)


def elements_as_list(values):
    """The same on a list of floats: native code."""
    total = 0.0
    for i in range(len(values)):
        total += values[i] * 0.5
    return total


def julia(width, height, limit):
    """Fills an array from a native loop."""
    out = np.zeros((height, width), dtype=np.int64)
    for y in range(height):
        row = [0] * width
        for x in range(width):
            zr = 3.0 * x / width - 1.5
            zi = 2.0 * y / height - 1.0
            n = 0
            while n < limit and zr * zr + zi * zi < 4.0:
                zr, zi = zr * zr - zi * zi - 0.8, 2.0 * zr * zi + 0.156
                n += 1
            row[x] = n
        out[y] = row
    return out


def collatz(n):
    steps = 0
    while n != 1:
        n = n // 2 if n % 2 == 0 else 3 * n + 1
        steps += 1
    return steps


def called_back(n):
    """NumPy calls a compiled function for each element."""
    return np.vectorize(collatz)(np.arange(1, n))


def main():
    a = np.arange(200_000.0)
    print("whole arrays", round(timed("whole arrays", whole_arrays, a), 6))
    print("small arrays", timed("small arrays", small_arrays, 50_000))
    print("elements of an array", timed("elements of an array", elements, a))
    print("elements of a list", timed("elements of a list (tolist)", elements_as_list, a.tolist()))
    image = timed("array filled by a loop", julia, 240, 160, 60)
    print("julia", image.shape, int(image.sum()), int(image.max()))
    steps = timed("np.vectorize", called_back, 20_000)
    print("collatz", int(steps.max()), int(steps.argmax()) + 1, round(math.sqrt(float((steps * steps).mean())), 6))


main()
