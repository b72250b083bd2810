# compiled: hot leaf
# The callbacks of a tool stay registered; while no event is set, hot code is native, and it is watched when one is set.
import sys

M = sys.monitoring
E = M.events
M.use_tool_id(0, "debugger")
log = []


def leaf(x):
    return x * 3 - 1


def middle(x):
    return leaf(x) + leaf(x + 1)


def hot(n):
    s = 0
    for i in range(n):
        s += middle(i)
    return s


def on_event(code, *rest):
    log.append((code.co_name, rest[-1] if code.co_name == "leaf" else None))


for event in (E.PY_START, E.PY_RETURN, E.JUMP, E.LINE):
    M.register_callback(0, event, on_event)
print(hot(3000), log)
for n in (2, 2000):
    for code in (leaf.__code__, middle.__code__, hot.__code__):
        for event in (E.PY_RETURN, E.LINE, E.JUMP):
            M.set_local_events(0, code, event)
            print(code.co_name, event, hot(n), len(log), log[:3])
            M.set_local_events(0, code, 0)
            log.clear()
            print(hot(n), len(log))
M.set_events(0, E.PY_START)
print(hot(5), log)
log.clear()
M.set_events(0, 0)
print(hot(4000), log, M.get_events(0))
