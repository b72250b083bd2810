# compiled: hot leaf
# sys.monitoring events set by a callee in the middle of a hot loop, globally and for one code object.
import sys

M = sys.monitoring
E = M.events
TOOL = M.PROFILER_ID
M.use_tool_id(TOOL, "test")
log = []


def leaf(x):
    return x * 2


def on_line(code, line):
    log.append(("line", code.co_name, line - code.co_firstlineno))


def on_start(code, off):
    log.append(("start", code.co_name))


def on_return(code, off, val):
    log.append(("return", code.co_name, val))


def on_raise(code, off, exc):
    log.append(("raise", code.co_name, type(exc).__name__))


M.register_callback(TOOL, E.LINE, on_line)
M.register_callback(TOOL, E.PY_START, on_start)
M.register_callback(TOOL, E.PY_RETURN, on_return)
M.register_callback(TOOL, E.RAISE, on_raise)


def switch(i, mode):
    if i == 19000:
        if mode == "global":
            M.set_events(TOOL, E.PY_START | E.PY_RETURN)
        elif mode == "local":
            M.set_local_events(TOOL, hot.__code__, E.LINE)
        elif mode == "leaf":
            M.set_local_events(TOOL, leaf.__code__, E.PY_START | E.PY_RETURN | E.LINE)
    if i == 19002:
        M.set_events(TOOL, 0)
        M.set_local_events(TOOL, hot.__code__, 0)
        M.set_local_events(TOOL, leaf.__code__, 0)
    return 0


def hot(n, mode):
    s = 0
    for i in range(n):
        s += leaf(i)
        if i > 18999:
            s += switch(i, mode)
    return s


for i in range(3000):
    leaf(i)
for mode in ("none", "global", "local", "leaf", "none"):
    print(mode, hot(20000, mode))
    for e in log:
        print("  ", e)
    log.clear()


def bad(n):
    s = 0
    for i in range(n):
        s += leaf(i) // (15000 - i)
    return s


M.set_events(TOOL, E.RAISE)
try:
    bad(20000)
except ZeroDivisionError as e:
    print(e, log)
M.set_events(TOOL, 0)
log.clear()


def disabled(code, off):
    log.append(code.co_name)
    return M.DISABLE


M.register_callback(TOOL, E.PY_START, disabled)
M.set_events(TOOL, E.PY_START)
for i in range(3000):
    leaf(i)
M.set_events(TOOL, 0)
print(log, M.get_tool(TOOL), [M.get_tool(i) for i in range(2)])
M.free_tool_id(TOOL)
print(hot(18000, "none"))
