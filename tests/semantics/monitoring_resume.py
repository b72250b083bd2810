# compiled: hot leaf later
# exits: >= 1
# A tool of the program's own watches hot code, then unregisters its callbacks: what comes after is native again.
import sys

M = sys.monitoring
E = M.events
TOOL = M.COVERAGE_ID
log = []


def leaf(x):
    return x * 2 + 1


def hot(n):
    s = 0
    for i in range(n):
        s += leaf(i)
    return s


def later(n):
    s = 0.0
    while n > 0:
        s += n * 0.5
        n -= 1
    return s


print([M.get_tool(i) for i in range(6)])
print(hot(5000))
M.use_tool_id(TOOL, "mine")
print([M.get_tool(i) for i in range(6)])


def on_start(code, offset):
    log.append(code.co_name)


print(M.register_callback(TOOL, E.PY_START, on_start))
M.set_events(TOOL, E.PY_START)
print(hot(3), later(3), len(log), log)
log.clear()
print(hot(3000), later(3000), len(log))
log.clear()
print(M.register_callback(TOOL, E.PY_START, None) is on_start)
print(hot(3000), later(3000), len(log))
M.set_events(TOOL, 0)
M.free_tool_id(TOOL)
print([M.get_tool(i) for i in range(6)])
for _ in range(3):
    print(hot(5000), later(5000), len(log))

# Again, later on.
M.use_tool_id(TOOL, "again")
print(M.register_callback(TOOL, E.LINE, lambda code, line: log.append(line - code.co_firstlineno)))
M.set_local_events(TOOL, leaf.__code__, E.LINE)
print(hot(4), log, M.get_local_events(TOOL, leaf.__code__), M.get_events(TOOL))
log.clear()
print(later(5000), hot(2000), len(log))
M.set_local_events(TOOL, leaf.__code__, 0)
print(hot(2000), len(log))
