# compiled: hot leaf
# sys.settrace switched on by a callee in the middle of a hot loop: line events of the running caller, calls, returns.
import sys


def leaf(x):
    return x + 1


def switch(i):
    if i == 18000:
        sys.settrace(tracer)
        sys._getframe(1).f_trace = tracer
    elif i == 18003:
        sys.settrace(None)
        sys._getframe(1).f_trace = None
    return 0


events = []


def tracer(frame, event, arg):
    c = frame.f_code
    events.append((c.co_name, frame.f_lineno - c.co_firstlineno, event, arg if not isinstance(arg, tuple) else arg[0].__name__, frame.f_locals.get("s")))
    return tracer


def hot(n):
    s = 0
    for i in range(n):
        s += leaf(i)
        if i % 2:
            s -= 1
        switch(i)
    return s


for i in range(3000):
    leaf(i)
print(hot(20000))
for e in events:
    print(e)
events.clear()
sys.settrace(tracer)
r = [leaf(i) for i in range(3)]
sys.settrace(None)
print(r, len(events), events[0])
events.clear()


def raises(n):
    t = 0
    for i in range(n):
        if i == n - 3:
            sys.settrace(tracer)
        t += leaf(i) // (n - 1 - i)
    return t


try:
    raises(20000)
except ZeroDivisionError as e:
    sys.settrace(None)
    print(e, [e[:4] for e in events])
print(hot(100), leaf(1))


def jumpy(frame, event, arg):
    if event == "line" and frame.f_lineno == frame.f_code.co_firstlineno + 3:
        frame.f_lineno += 1
        sys.settrace(None)
        return None
    return jumpy


def jumped(x):
    y = 1
    y += x
    y += 100
    return y


for i in range(3500):
    jumped(i)
sys.settrace(jumpy)
r = jumped(5)
sys.settrace(None)
print(r, jumped(5))
