# compiled: leaf hot
# keep: gainless
# sys.monitoring: every event, set globally and locally from inside a callee of a native loop, with several tools,
# DISABLE and restart_events, callbacks that raise; C_RETURN and C_RAISE; instructions; branches; STOP_ITERATION.
import sys

M = sys.monitoring
E = M.events
names = {getattr(E, n): n for n in dir(E) if n.isupper()}
TOOL = 1
M.use_tool_id(TOOL, "all")
log = []


def leaf(x):
    return x + 1


def boom(x):
    if x == 2:
        raise KeyError(x)
    return x


def gen(n):
    for i in range(n):
        yield i
    return 5


class It:
    def __init__(self, n):
        self.n = n

    def __iter__(self):
        return self

    def __next__(self):
        if self.n == 0:
            raise StopIteration(9)
        self.n -= 1
        return self.n


def show(a):
    if isinstance(a, (int, str, type(None))):
        return a
    if isinstance(a, BaseException):
        return repr(a)
    return getattr(a, "__name__", type(a).__name__)


def handler(event):
    def call(code, *args):
        if code.co_filename == __file__ and code.co_name in wanted:
            log.append((names[event], code.co_name, *map(show, args)))

    return call


wanted = {"hot", "leaf", "boom", "gen", "__next__", "gencaller"}
for e in names:
    if e and e not in (getattr(E, "C_RETURN"), E.C_RAISE):
        M.register_callback(TOOL, e, handler(e))
M.register_callback(TOOL, E.C_RETURN, handler(E.C_RETURN))
M.register_callback(TOOL, E.C_RAISE, handler(E.C_RAISE))


def switch(i, at, ev, local):
    if i == at:
        if local is None:
            M.set_events(TOOL, ev)
        else:
            for c in local:
                M.set_local_events(TOOL, c, ev)
    elif i == at + 2:
        M.set_events(TOOL, 0)
        for f in (hot, leaf, boom, gen, It.__next__):
            M.set_local_events(TOOL, f.__code__, 0)
    return 0


def hot(n, at=-9, ev=0, local=None):
    s = 0
    for i in range(n):
        s += leaf(i)
        s += switch(i, at, ev, local)
        try:
            s += boom(i % 4)
        except KeyError:
            s -= 1
        else:
            s += len("ab")
        for j in gen(2):
            s += j
        for j in It(1):
            s += j
        try:
            s += int("x" if i % 2 else "1")
        except ValueError:
            pass
        s += abs(leaf(-i))
    return s


for _ in range(10):
    hot(60)
    for i in range(60):
        leaf(i)
print(hot(700))
single = [E.PY_START, E.PY_RESUME, E.PY_RETURN, E.PY_YIELD, E.CALL, E.LINE, E.INSTRUCTION, E.JUMP, E.BRANCH, E.STOP_ITERATION,
          E.RAISE, E.EXCEPTION_HANDLED, E.PY_UNWIND, E.PY_THROW, E.RERAISE]
for ev in single:
    log.clear()
    print(names[ev], hot(700, 690, ev))
    for e in log:
        print("  ", e)
for ev in (E.PY_START | E.PY_RETURN, E.CALL, E.LINE | E.BRANCH, E.INSTRUCTION, E.STOP_ITERATION):
    for local in ([hot.__code__], [leaf.__code__], [gen.__code__, hot.__code__]):
        log.clear()
        print(names.get(ev, ev), len(local), local[0].co_name, hot(700, 690, ev, local), len(log), hash(tuple(log)) % 10**9 if 0 else log[:5], log[-3:])
log.clear()


def disabling(code, *a):
    log.append((code.co_name, *map(show, a)))
    return M.DISABLE


M.register_callback(TOOL, E.LINE, disabling)
M.set_local_events(TOOL, hot.__code__, E.LINE)
print(hot(300), len(log))
print(hot(300), len(log))
M.restart_events()
print(hot(300), len(log))
M.set_local_events(TOOL, hot.__code__, 0)
M.register_callback(TOOL, E.LINE, None)
log.clear()


def angry(code, off, *a):
    if code is leaf.__code__:
        raise RuntimeError("angry")


M.register_callback(TOOL, E.PY_START, angry)
try:
    hot(700, 650, E.PY_START)
except RuntimeError as e:
    tb = e.__traceback__
    while tb:
        print(tb.tb_frame.f_code.co_name, tb.tb_lineno - tb.tb_frame.f_code.co_firstlineno)
        tb = tb.tb_next
M.set_events(TOOL, 0)
M.register_callback(TOOL, E.PY_START, None)
# two tools
M.use_tool_id(2, "two")
M.register_callback(2, E.PY_RETURN, lambda c, o, v: log.append(("two", c.co_name, v)) if c.co_name in wanted else None)
M.register_callback(TOOL, E.PY_RETURN, lambda c, o, v: log.append(("one", c.co_name, v)) if c.co_name in wanted else None)
M.set_events(2, E.PY_RETURN)
M.set_local_events(TOOL, leaf.__code__, E.PY_RETURN)
print(hot(3), log)
M.set_events(2, 0)
M.free_tool_id(2)
M.set_local_events(TOOL, leaf.__code__, 0)
log.clear()


def gencaller(n, at):
    t = 0
    for i in range(n):
        t += sum(gen(3))
        t += sum(leaf(x) for x in (1, 2))
        t += max(map(leaf, (1, 2)))
        if i == at:
            M.register_callback(TOOL, E.CALL, handler(E.CALL))
            M.register_callback(TOOL, E.C_RETURN, handler(E.C_RETURN))
            M.set_events(TOOL, E.CALL)
    return t


print(gencaller(300, -1))
print(gencaller(300, 298))
M.set_events(TOOL, 0)
for e in log:
    print(e)
M.free_tool_id(TOOL)
print(hot(50), [M.get_tool(i) for i in range(6)])
