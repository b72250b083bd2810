# compiled: work outer
# A debugger is started in the middle of a hot loop: where it stops, what it steps through, locals written, jumps,
# breakpoints in a callee, post mortem.
import io
import pdb
import sys


def debugger(commands):
    it = pdb.Pdb(stdin=io.StringIO(commands), stdout=sys.stdout, nosigint=True, readrc=False)
    it.use_rawinput = False
    return it


def work(n, stop):
    s = 0
    for i in range(n):
        s += i * 2
        if i == stop:
            debugger(commands).set_trace()
        s -= 1
        s += 3
    t = s + 1
    return t


commands = ""
for i in range(500):
    work(20, -1)
line = work.__code__.co_firstlineno
for stop, commands in (
    (700, "p i, s\nn\nn\np s\ns\nn\nw\nc\n"),
    (990, "!s = 5\nn\nn\np s\n!i = 999\np i\nc\n"),
    (800, f"n\nj {line + 7}\np s\nn\nc\n"),
    (999, "u\np stop\nd\nr\nc\n"),
):
    print(work(1000, stop))


def inner(x):
    return x + 1


def outer(n):
    t = 0
    for i in range(n):
        t = inner(t)
        t += i
    return t


for i in range(500):
    outer(20)
it = debugger("b inner, x == 40\nc\np x\nw\nr\nn\nn\ncl 1\nc\n")
print(it.runcall(outer, 30))


def fails(n):
    for i in range(n):
        q = 10 // (n - 1 - i)
    return q


try:
    fails(3000)
except ZeroDivisionError as e:
    it = debugger("p i, q\nw\nu\nd\nq\n")
    it.reset()
    it.interaction(None, e.__traceback__)
