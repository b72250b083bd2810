# compiled: Caller.__call__ stepped Node.run
# Endless recursion through functions in C, at a limit that only the C stack's counter keeps: `__call__`, partial objects,
# starred calls of methods, constructors with *args, caches. Hot before, and called again after. Then deep recursion that
# does not go through C.
import functools
import sys


class Caller:
    def __call__(self, a):
        s = 0
        for i in range(30):
            s = (s * 3 + i * 7 + (s >> 2)) & 0xFFFF
        return a and self(a - 1) + (s & 1)


def stepped(a):
    s = 0
    for i in range(30):
        s = (s * 3 + i * 7 + (s >> 2)) & 0xFFFF
    return a and step(a - 1) + (s & 1)


step = functools.partial(stepped)


class Node:
    def __init__(self, *a):
        s = 0
        for i in range(30):
            s = (s * 3 + i * 7 + (s >> 2)) & 0xFFFF
        self.s = s
        self.next = a[0] and Node(a[0] - 1)

    def run(self, *a):
        s = 0
        for i in range(30):
            s = (s * 3 + i * 7 + (s >> 2)) & 0xFFFF
        return a[0] and self.run(*(a[0] - 1,)) + (s & 1)


@functools.lru_cache(None)
def cached(*a):
    s = 0
    for i in range(30):
        s = (s * 3 + i * 7 + (s >> 2)) & 0xFFFF
    return a[0] and cached(a[0] - 1) + (s & 1)


class Chain:
    def __init__(self, a):
        s = 0
        for i in range(30):
            s = (s * 3 + i * 7 + (s >> 2)) & 0xFFFF
        self.s = s
        self.next = a and Chain(a - 1)


node = Node(0)
FUNCTIONS = [Caller(), step, stepped, lambda n: Node(n).s, node.run, cached]
for f in FUNCTIONS:
    for i in range(1500):
        r = f(i % 5)
    print(r, f(50))
cached.cache_clear()
sys.setrecursionlimit(10**6)
for f in FUNCTIONS:
    try:
        print(f(100_000))
    except RecursionError as e:
        print(type(e).__name__)
for f in FUNCTIONS:
    print(f(100))
# The interpreter of 3.13 runs these constructors without the C stack.
for n in (50, 3000, 60_000) if sys.version_info >= (3, 13) else (50, 300):
    chain, depth = Chain(n), 0
    while chain:
        chain, depth = chain.next, depth + 1
    print(depth)
