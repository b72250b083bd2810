# compiled: hot loop
# Events that a tool has set and cleared again are left in the bytecode until its next call: nobody is told of them.
import sys

monitoring, events = sys.monitoring, sys.monitoring.events
told = []


class Ends:
    def __del__(self):
        pass


def hot(x):
    t = 0
    for i in range(100):
        t += i * x
    ends = Ends()
    ends = None
    return t


def loop(n):
    t = 0
    for i in range(n):
        t += hot(i)
    return t


monitoring.use_tool_id(3, "tool")
monitoring.register_callback(3, events.PY_RETURN, lambda code, offset, value: told.append(code.co_name))
monitoring.register_callback(3, events.PY_START, lambda code, offset: told.append("start " + code.co_name))
for k in range(400):
    total = loop(8)
    monitoring.set_events(3, events.PY_RETURN | (events.PY_START if k % 3 else 0))
    hot(0)
    if k % 7 == 0:
        loop(2)
    monitoring.set_events(3, 0)
    if k % 100 == 0:
        print(k, total, told)
    told.append(k)
    loop(2)
print(len(told), told[-9:])
