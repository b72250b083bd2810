# compiled: inner switcher work
# keep: gainless
# settrace switched on inside a callee of a native loop, inside a try, inside a generator; and off again; f_trace alone;
# trace functions that raise in the middle, opcodes events, threads that switch tracing on.
import sys
import threading

log = []


def tracer(frame, event, arg):
    c = frame.f_code
    if c.co_filename == __file__:
        log.append((c.co_name, frame.f_lineno - c.co_firstlineno, event,
                    arg[0].__name__ if isinstance(arg, tuple) else arg if isinstance(arg, (int, float, type(None))) else type(arg).__name__))
    return tracer


def switcher(i, at, off):
    if i == at:
        sys.settrace(tracer)
        f = sys._getframe(1)
        while f is not None:
            f.f_trace = tracer
            f = f.f_back
    if i == off:
        f = sys._getframe(1)
        while f is not None:
            f.f_trace = None
            f = f.f_back
        sys.settrace(None)
    return i


def inner(n, at, off, boom):
    s = 0
    for i in range(n):
        try:
            s += switcher(i, at, off)
            if i == boom:
                raise KeyError(i)
            s -= 1
        except KeyError as e:
            s += e.args[0]
        finally:
            s += 2
    return s


def gen(n, at, off, boom):
    for k in range(3):
        try:
            yield inner(n, at, off, boom)
        finally:
            k += 1


def outer(*a):
    out = []
    for v in gen(*a):
        out.append(v)
    return out


for _ in range(20):
    inner(200, -1, -1, -1)
print(outer(400, -1, -1, -1))
for args in ((300, 290, 295, -1), (300, 290, 296, 292), (300, 298, -1, 299), (300, 0, 3, 1)):
    log.clear()
    try:
        print(args, outer(*args))
    finally:
        sys.settrace(None)
    print(len(log))
    for e in log[:60]:
        print("  ", e)


# opcode events
def optracer(frame, event, arg):
    frame.f_trace_opcodes = True
    if event == "opcode":
        log.append(frame.f_lasti)
    return optracer


def oponce(i, at):
    if i == at:
        f = sys._getframe(1)
        f.f_trace = optracer
        f.f_trace_opcodes = True
        sys.settrace(optracer)
    if i == at + 2:
        sys.settrace(None)
    return 1


def ops(n, at):
    s = 0
    for i in range(n):
        s += oponce(i, at) * i
    return s


log.clear()
print(ops(3000, -5), ops(3000, 2990), len(log))


# a thread that switches tracing on for all
def work(n):
    s = 0
    for i in range(n):
        s += i & 3
        s ^= switcher(i, -1, -1)
    return s


def other(n):
    threading.settrace(tracer)
    t = threading.Thread(target=work, args=(n,))
    t.start()
    t.join()
    threading.settrace(None)


for _ in range(10):
    work(300)
log.clear()
other(5)
print(len(log), log[:6], log[-3:])


# settrace_all_threads while another thread is in native code
go = [False, 0]


def spin():
    n = 0
    while not go[0]:
        n += 1
    x = n * 0
    return x


log.clear()
seen = []


def tr2(frame, event, arg):
    seen.append((frame.f_code.co_name, event))
    return tr2


t = threading.Thread(target=spin)
t.start()
import time
time.sleep(0.1)
threading.settrace_all_threads(tr2)
go[0] = True
t.join()
threading.settrace_all_threads(None)
sys.settrace(None)
print(("spin", "return") in seen or "no return event", sorted({e for n, e in seen if n == "spin"}))
# a tracer that raises in the native loop's callee's caller


def bad(frame, event, arg):
    if event == "line" and frame.f_code.co_name == "work2":
        raise ValueError(frame.f_lineno - frame.f_code.co_firstlineno)
    return bad


def setbad(i, at):
    if i == at:
        sys._getframe(1).f_trace = bad
        sys.settrace(bad)
    return i


def work2(n, at):
    s = 0
    try:
        for i in range(n):
            s += setbad(i, at)
            s += 1
    except ValueError as e:
        return s, e.args, sys.gettrace()
    return s


print(work2(3000, -1), work2(3000, 2500))
