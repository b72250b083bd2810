# compiled: depth walk
# Recursion far deeper than the C stack would hold if each call used it.
import sys

sys.setrecursionlimit(50000)


def depth(n):
    if n == 0:
        return 0
    return depth(n - 1) + 1


def walk(node):
    if node is None:
        return 0
    return node[0] + walk(node[1])


class T:
    def go(self, n):
        return 0 if n == 0 else self.go(n - 1) + 1


def mutual_a(n):
    return 0 if n <= 0 else 1 + mutual_b(n - 1)


def mutual_b(n):
    return 0 if n <= 0 else 1 + mutual_a(n - 1)


for i in range(3500):
    depth(3)
    T().go(2)
    mutual_a(2)
print(depth(20000), depth(45000))
node = None
for i in range(30000):
    node = (i, node)
for i in range(100):
    walk((1, (2, None)))
print(walk(node), T().go(30000), mutual_a(40000))
try:
    depth(60000)
except RecursionError as e:
    print(e)


class Leaves:
    def go(self, n):
        x = n * 2 + 1
        if n <= 0:
            return x
        return self.go(n - 1) + x


leaves = Leaves()
for i in range(200000):
    leaves.go(0)
print(leaves.go(45000))
print(depth(49000))
while node:
    node = node[1]
print(depth(10))
