# compiled: early hot
# The program takes every tool id there is, in its own order, and sees no events, callbacks or names but its own.
import sys

M = sys.monitoring
E = M.events
log = []


def early(n):
    s = 0
    for i in range(n):
        s += i % 7
    return s


def hot(n):
    s = 0
    for i in range(n):
        s += early(3)
    return s


print(early(5000), hot(3000))
for tool in (4, 0, 3, 1, 5, 2):
    M.use_tool_id(tool, f"tool {tool}")
    try:
        M.use_tool_id(tool, "twice")
    except ValueError as e:
        print(e)

    def on_jump(code, start, end, tool=tool):
        log.append((tool, code.co_name, start < end))

    print(tool, M.register_callback(tool, E.JUMP, on_jump))
    print([M.get_tool(i) for i in range(6)], [M.get_events(i) for i in range(6) if M.get_tool(i)])
    print([M.get_local_events(i, early.__code__) for i in range(6) if M.get_tool(i)])
    print(early(3000), len(log))
    M.set_local_events(tool, early.__code__, E.JUMP)
    print(early(4), hot(1), log)
    log.clear()
    M.set_local_events(tool, early.__code__, 0)
    print(early(3000), hot(2000), log)
for tool in range(6):
    M.register_callback(tool, E.JUMP, None)
    M.free_tool_id(tool)
print(early(3000), hot(3000), log, [M.get_tool(i) for i in range(6)])
