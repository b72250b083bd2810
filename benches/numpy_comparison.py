#!/usr/bin/env python3
"""Programs around NumPy under two runtimes in turn: where pyaot pays and where it does not. Needs NumPy.

  venv/bin/python numpy_comparison.py 'venv/bin/python' 'env VIRTUAL_ENV=venv target/release/pyaot'
  numpy_comparison.py --measure                                 # one runtime: JSON

Every case runs once unrecorded, for both runtimes to get warm; then the best of five counts.
"""
import math

import numpy as np
import paired


def whole_arrays(a):
    for _ in range(10):
        a = np.sqrt(a * a + 1.0)
    return a


def matrix_product(m):
    return m @ m


def small_arrays(n):
    v = np.arange(3.0)
    total = 0.0
    for _ in range(n):
        total += float(np.dot(v, v))
    return total


def ufuncs_on_floats(n):
    total = 0.0
    for i in range(n):
        total += np.sqrt(i + 0.5)
    return total


def elements(a):
    total = 0.0
    for i in range(len(a)):
        total += a[i] * 0.5
    return total


def elements_as_list(a):
    values = a.tolist()
    total = 0.0
    for i in range(len(values)):
        total += values[i] * 0.5
    return total


def stores(a):
    for i in range(len(a)):
        a[i] = i * 0.5


def stores_by_list(a):
    values = [0.0] * len(a)
    for i in range(len(values)):
        values[i] = i * 0.5
    a[:] = values


def step(x):
    r = x
    for _ in range(20):
        r = 0.5 * (r + x / r)
    return r


def called_back(a):
    return np.vectorize(step)(a)


def simulation(n):
    rng = np.random.default_rng(1)
    xs = rng.random(n).tolist()
    inside = 0
    for i in range(0, n - 1, 2):
        x = xs[i]
        y = xs[i + 1]
        if math.sqrt(x * x + y * y) <= 1.0:
            inside += 1
    return 8.0 * inside / n


ARRAY = np.arange(1.0, 20_001.0)
CASES = {
    "whole arrays, 20,000 elements": (whole_arrays, ARRAY),
    "matrix product, 200 x 200": (matrix_product, np.ones((200, 200))),
    "np.dot of 3 elements, in a loop": (small_arrays, 10_000),
    "np.sqrt of a float, in a loop": (ufuncs_on_floats, 20_000),
    "a[i] read in a loop": (elements, ARRAY),
    "the same over a.tolist()": (elements_as_list, ARRAY),
    "a[i] = x in a loop": (stores, np.zeros(20_000)),
    "the same into a list, then a[:] = list": (stores_by_list, np.zeros(20_000)),
    "np.vectorize of a numeric function": (called_back, ARRAY),
    "random numbers by NumPy, the rest in a loop": (simulation, 50_000),
}


def measure():
    return {name: paired.best_of(5, function, argument) for name, (function, argument) in CASES.items()}


paired.main(__file__, __doc__, measure, ("ms", 1e6))
