# compiled: hot later
# C_RETURN and C_RAISE tell of functions in C only, whatever pyaot makes of the calls of plain functions: of hot ones, of
# ones that get hot meanwhile, and of ones that are made while somebody listens.
import sys

monitoring = sys.monitoring
E = monitoring.events
TOOL = 2


def hot(n):
    s = 0
    for i in range(n):
        s += i
    return s


def fails(x):
    if x > 10:
        raise ValueError(x)
    return len(str(x))


def later(n):
    s = 0
    for i in range(n):
        s -= i
    return s


def run(n):
    def made(x):
        return abs(x) + 1

    total = 0
    for i in range(n):
        total += hot(3) + made(-i) + (lambda y: y * 2)(i)
    try:
        fails(n)
    except ValueError as e:
        total += e.args[0]
    try:
        int("no number")
    except ValueError:
        total += 1
    return total


def watched(n):
    seen = []
    note = lambda kind: lambda code, offset, callable, arg: seen.append((kind, getattr(callable, "__name__", "?")))
    monitoring.use_tool_id(TOOL, "c")
    for event, kind in (E.CALL, "call"), (E.C_RETURN, "return"), (E.C_RAISE, "raise"):
        monitoring.register_callback(TOOL, event, note(kind))
    monitoring.set_events(TOOL, E.CALL | E.C_RETURN | E.C_RAISE)
    result = run(n)
    monitoring.set_events(TOOL, 0)
    for event in E.CALL, E.C_RETURN, E.C_RAISE:
        monitoring.register_callback(TOOL, event, None)
    monitoring.free_tool_id(TOOL)
    return result, seen


print(run(3000), sum(hot(5) for _ in range(3000)))
print(watched(3))
print(run(3000))
result, seen = watched(700)
print(result, {event: seen.count(event) for event in sorted(set(seen))})
print(sum(later(5) for _ in range(3000)))

# A callback for one event only, which is never due.
monitoring.use_tool_id(TOOL, "c")
monitoring.register_callback(TOOL, E.C_RAISE, print)
print(run(50))
fresh = eval("lambda x: len(x)")
print(sum(fresh("abc") for _ in range(2000)))
monitoring.register_callback(TOOL, E.C_RAISE, None)
monitoring.free_tool_id(TOOL)
print(run(3000), sum(fresh("abc") for _ in range(2000)), sum(later(5) for _ in range(3000)))
