#!/usr/bin/env python3
"""Time per operation at the border of compiled code, under two runtimes in turn: attributes, methods, calls, NumPy.

  border.py 'python3.13' 'target/release/pyaot'      # the first is the baseline
  border.py --measure                                # one runtime: JSON, nanoseconds for each operation

Each case runs the operation ten times in the body of a loop, of which nothing is subtracted: the ratios are those of real
loops. Every case runs once unrecorded, for both runtimes to get warm; then the best of five counts.
"""
import math

import paired

try:
    import numpy as np
except ImportError:
    np = None


class Point:
    def __init__(self, x):
        self.x = x

    def area(self, k):
        return self.x * k + k


def compiled(a, b):
    s = a
    for i in range(3):
        s = s + b * i
    return s


def interpreted(a, b):
    try:
        raise KeyError
    except KeyError:
        return a


# What is set up, the operation, how often ten of them are run.
CASES = {
    "math.sqrt(x)": ("x = 2.5", "r = math.sqrt(x)", 100_000),
    "math.hypot(x, y)": ("x = 2.5; y = 1.5", "r = math.hypot(x, y)", 50_000),
    "math.gcd(i, 36)": ("k = 24", "r = math.gcd(k, 36)", 50_000),
    "list.append": ("l = []", "l.append(x)", 50_000),
    "dict.get": ("d = {'a': 1, 'b': 2}", "r = d.get('b')", 50_000),
    "str.startswith": ("s = 'hello world'", "r = s.startswith('hell')", 50_000),
    "self.x load": ("p = Point(3)", "r = p.x", 100_000),
    "self.x store": ("p = Point(3)", "p.x = x", 100_000),
    "method call, compiled": ("p = Point(3)", "r = p.area(2)", 50_000),
    "function call, compiled": ("x = 3", "r = compiled(x, 2)", 20_000),
    "function call, interpreted": ("x = 3", "r = interpreted(x, 2)", 20_000),
    "len(list)": ("l = [1, 2, 3]", "r = len(l)", 100_000),
    "isinstance": ("p = Point(3)", "r = isinstance(p, Point)", 50_000),
}
if np is not None:
    CASES |= {
        "np.sqrt(x), float": ("x = 2.5", "r = np.sqrt(x)", 5_000),
        "np.sqrt(a), 10 elements": ("a = np.arange(10.0)", "r = np.sqrt(a)", 5_000),
        "np.add(a, a), 10 elements": ("a = np.arange(10.0)", "r = np.add(a, a)", 5_000),
        "a[i], float64": ("a = np.arange(10.0)", "r = a[3]", 10_000),
    }


def measure():
    times = {}
    for name, (setup, operation, count) in CASES.items():
        lines = ["def run(n):", "    x = 1.0", f"    {setup}", "    for i in range(n):"] + [f"        {operation}"] * 10
        space = dict(globals())
        exec(compile("\n".join(lines), f"<{name}>", "exec"), space)
        times[name] = paired.best_of(5, space["run"], count) / count / 10
    return times


paired.main(__file__, __doc__, measure, ("ns", 1))
