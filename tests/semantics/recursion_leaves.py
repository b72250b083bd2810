# compiled: down
# exits: >= 1
# keep: gainless
# Each call of a deep recursion leaves native code before it calls itself again: as deep as under python.
import sys

raising = False


def work():
    if raising:
        raise KeyError


def down(n):
    x = n * 2
    if n == 0:
        return 0
    try:
        work()
    except KeyError:
        x += 1
    return down(n - 1) + 1


for i in range(20000):
    down(3)
raising = True
for limit in 1000, 6000:
    sys.setrecursionlimit(limit)
    for n in 900, 1600, 5000:
        try:
            print(limit, n, down(n))
        except RecursionError as e:
            print(limit, n, e)
