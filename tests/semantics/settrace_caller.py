# compiled: f
# keep: gainless
# A callee sets a trace function for its caller, hot code with a frame: from the next instruction on each line is told of,
# whatever kind of operation called, and whatever stands around it. The tracer may raise, or go on at another line.
import sys

on = False
log = []


def tracer(frame, event, arg):
    if frame.f_code.co_name == "f":
        log.append(event[0] + str(frame.f_lineno))
    return tracer


def callee(x):
    if on:
        frame = sys._getframe(1)
        while frame.f_code.co_name != "f":
            frame = frame.f_back
        if frame.f_trace is None:
            frame.f_trace = trace
            sys.settrace(trace)
    return x


class Calls:
    def __init__(self, *args):
        callee(1)

    def __setattr__(self, name, value):
        callee(1)

    def __getattr__(self, name):
        return callee(7)

    def __setitem__(self, index, value):
        callee(1)

    def __delitem__(self, index):
        callee(1)

    def __iadd__(self, other):
        callee(1)
        return self

    def __eq__(self, other):
        return callee(True)

    def __bool__(self):
        return callee(False)

    def __iter__(self):
        return iter((callee(1),))

    def __contains__(self, item):
        return callee(True)

    def __enter__(self):
        return callee(self)

    def __exit__(self, *args):
        callee(1)

    def __del__(self):
        callee(1)


class Ends:
    def __iter__(self):
        self.left = 2
        return self

    def __next__(self):
        self.left -= 1
        callee(1)
        if self.left < 0:
            raise StopIteration
        return self.left


statements = {
    "call": "callee(i)",
    "lines": "x = (callee(i) +\n i +\n 3)",
    "arguments": "x = max(callee(i),\n i,\n 4)",
    "attribute": "k.a = i",
    "item": "k[1] = i",
    "delete": "del k[1]",
    "in place": "k += 1",
    "equal": "if k == 3:\n x = 1\nelse:\n x = 2",
    "truth": "if k:\n x = 1\nelse:\n x = 2",
    "while": "while k:\n x = 1",
    "iterator": "for j in ends:\n x = j",
    "destructor": "d = Calls()\nd = None\nx = 1",
    "new": "x = Calls() is k",
    "unpacking": "x, = k",
    "with": "with k:\n x = 2\nx = 4",
    "try": "try:\n callee(i)\n x = 1\nfinally:\n x = 2",
    "conditional": "x = (callee(1)\n if k else\n callee(2))",
}
functions = {
    "plain": "def f(i, k):\n x = i * 2\n%s\n x = 5\n return x + i\n",
    "loop": "def f(i, k):\n x = 0\n for z in range(3):\n  x += z\n%s\n return x + i\n",
    "try": "def f(i, k):\n x = z = 0\n while z < 3:\n  try:\n   z += 1\n%s\n   x = 5\n  except KeyError:\n   x = 2\n return x\n",
    "with": "def f(i, k):\n x = z = 0\n while z < 3:\n  z += 1\n  with k:\n%s\n return x\n",
}
ends = Ends()


def make(around, within):
    depth = {"plain": 1, "loop": 2, "try": 3, "with": 3}[around]
    lines = statements[within].split("\n")
    source = functions[around] % "\n".join(" " * depth + line for line in lines)
    names = dict(globals())
    exec(compile(source, f"<{around}: {within}>", "exec"), names)
    return names["f"]


def run(f, tracing):
    global on, trace
    k = Calls()
    for i in range(420):
        f(i, k)
    log.clear()
    trace, on = tracing, True
    try:
        return f(1, k)
    except ValueError as e:
        return e, e.__traceback__.tb_next.tb_lineno
    finally:
        sys.settrace(None)
        on = False


for around in functions:
    for within in statements:
        f = make(around, within)
        print(around, within, run(f, tracer), *log)


def raises(frame, event, arg):
    if event == "line":
        raise ValueError(frame.f_lineno)
    return raises


def jumps(frame, event, arg):
    log.append(event[0] + str(frame.f_lineno))
    if event == "line" and frame.f_code.co_name == "f":
        frame.f_lineno = frame.f_code.co_firstlineno + 1
        return tracer
    return jumps


for within in "call", "attribute", "lines":
    f = make("plain", within)
    print("raises", within, run(f, raises))
    f = make("plain", within)
    try:
        print("jumps", within, run(f, jumps), *log)
    except ValueError as e:
        print(e)
