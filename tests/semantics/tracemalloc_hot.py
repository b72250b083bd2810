# compiled: pairs top
# skip: gc
# tracemalloc is started when functions are native: each allocation is of the line that it would be.
import tracemalloc


def pairs(n):
    out = []
    for i in range(n):
        out.append([i + 1000, i * 1.5])
    return out


class Point:
    def __init__(self, x):
        self.x = x + 5000
        self.y = [x]


def points(n):
    r = []
    for i in range(n):
        r.append(Point(i))
    return r


def floats(n):
    r = [0.0] * n
    for i in range(n):
        r[i] = i * 0.5
    return r


def top(n):
    a = pairs(n)
    b = points(n)
    return a, b, floats(n)


for i in range(450):
    pairs(10)
    top(3)
tracemalloc.start(5)
keep = top(2000)
now = tracemalloc.take_snapshot()
for each in now.statistics("lineno")[:6]:
    print(each.traceback[0].lineno - top.__code__.co_firstlineno, each.count // 100)
for object in keep[0][1500], keep[0][1500][1], keep[1][1500].y, keep[2][1500]:
    print([frame.lineno for frame in tracemalloc.get_object_traceback(object)])
tracemalloc.stop()
print(len(top(1000)))
