# compiled: ends branches loops iterates
# exits: >= 1
# keep: gainless
# A destructor at the end of a block rebinds a global, raises or looks at frames: native code leaves on the way to the
# next block, and the object ends once.
import sys

what = None
ended = 0


class Dies:
    def __init__(self, number=0):
        self.number = number

    def __del__(self):
        global ended, step
        ended += 1
        if what == "rebinds":
            step = lambda: 100 + self.number
        elif what == "looks":
            frame = sys._getframe(1)
            looked.append((frame.f_code.co_name, frame.f_lineno, "s" in frame.f_locals))


def step():
    return 1


def ends(n):
    s = 0
    if n:
        d = Dies(); d = None
    return s + step()


def branches(n):
    s = 0
    d = Dies(1)
    if n & 1:
        e = Dies(2)
        d = e
    elif n & 2:
        d = e = None
    else:
        e = d = Dies(3)
    if n > 5:
        d = None
    else:
        e = d = 7
    return s + step() + (d or 0)


def loops(n):
    s = 0
    d = None
    for i in range(n):
        d = Dies(i)
        while i > 1:
            i -= 2
            d = Dies(i)
        s += step()
        if s > 10000:
            d = None
    return s


class Counts:
    def __init__(self, n):
        self.n = n

    def __iter__(self):
        return self

    def __next__(self):
        self.n -= 1
        if self.n < 0:
            raise StopIteration
        return self.n


def iterates(n):
    s = 0
    for x in Counts(n):
        s += x
    return s + step()


looked = []
for f in ends, branches, loops, iterates:
    what = None
    for i in range(450):
        f(i % 9)
    for what in "rebinds", "looks":
        for n in range(7, -1, -1):
            ended = 0
            looked.clear()
            print(f.__name__, what, n, f(n), ended, looked)

            def step():
                return 1
