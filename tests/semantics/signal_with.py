# compiled: spins work
# warm: recompiles
# A signal handler that raises in a native loop inside with, try and finally; handlers see the frame; nested handlers;
# signals while a C callback of native code runs; signal.raise_signal by a callee; alarm during recursion.
import signal
import sys
import os


class Stop(Exception):
    pass


events = []


class Guard:
    def __init__(self, name):
        self.name = name

    def __enter__(self):
        events.append("enter " + self.name)
        return self

    def __exit__(self, t, v, tb):
        if t is None:
            return None
        f = tb
        lines = []
        while f:
            lines.append(f.tb_frame.f_code.co_name)
            f = f.tb_next
        events.append(("exit", self.name, t.__name__, lines, sys.exc_info()[0].__name__, type(v.__context__).__name__))
        return self.name == "swallow"


def handler(sig, frame):
    raise Stop(frame.f_code.co_name, sorted(frame.f_locals))


signal.signal(signal.SIGALRM, handler)
signal.signal(signal.SIGUSR1, handler)


def arm(t=0.1):
    signal.setitimer(signal.ITIMER_REAL, t)


def send(i, at):
    if i == at:
        os.kill(os.getpid(), signal.SIGUSR1)
    return i


def spin(name, limit):
    n = 0
    with Guard(name):
        while n != limit:
            n += 1
            n += 1
            send(n, 200)
    return "after", name


def spins(limit, when=-1):
    x = 0.0
    try:
        with Guard("outer"):
            try:
                for i in range(10**12):
                    x += 0.5
                    send(i, when)
                    if i == limit:
                        break
            finally:
                events.append(("finally", sys.exc_info()[0]))
    except Stop as e:
        return e.args, x > 0
    return x


print(spins(5000))
events.clear()
print(spin("swallow", -1), events)
events.clear()
try:
    spin("no", -1)
except Stop as e:
    print(e, events)
events.clear()
print(spins(-1, 3000), events)
events.clear()


def work(n, at):
    s = 0
    for i in range(n):
        try:
            with Guard("swallow" if i % 2 else "x"):
                s += send(i, at)
        except Stop as e:
            tb = e.__traceback__
            names = []
            while tb:
                names.append((tb.tb_frame.f_code.co_name, tb.tb_lineno - tb.tb_frame.f_code.co_firstlineno))
                tb = tb.tb_next
            return i, s, e, names
    return s


def quiet(n, at):
    s = 0
    for i in range(n):
        s += send(i, at)
        s ^= 3
    return s


print(quiet(3000, -1))
try:
    quiet(3000, 2500)
except Stop as e:
    tb = e.__traceback__.tb_next
    names = []
    while tb:
        names.append((tb.tb_frame.f_code.co_name, tb.tb_lineno - tb.tb_frame.f_code.co_firstlineno))
        tb = tb.tb_next
    print(e, names)
events.clear()
print(work(3000, -1))
print(work(3000, 2501))
print(work(3000, 2500))
print(events[-1])


def nested(sig, frame):
    events.append(frame.f_code.co_name)
    if len(events) < 3:
        signal.raise_signal(signal.SIGUSR1)
        events.append("back")
    if len(events) > 6:
        raise Stop("deep")


signal.signal(signal.SIGUSR1, nested)
events.clear()
print(quiet(3000, 2900), events)


def key(x):
    if x == 77:
        signal.raise_signal(signal.SIGALRM)
    return -x


def sorter(n):
    out = 0
    for i in range(n):
        out += sorted([i, i + 1, 2], key=key)[0]
    return out


try:
    print(sorter(60))
    for _ in range(50):
        sorter(20)
    print(sorter(200))
except Stop as e:
    print(e)


def rec(n):
    return rec(n - 1) + 1 if n else 0


def recs():
    k = 0
    while True:
        k += rec(50)


for i in range(100):
    rec(40)
arm()
try:
    recs()
except Stop as e:
    print(e.args[0] in ("rec", "recs"), e.args[1] in (["n"], ["k"]))
signal.signal(signal.SIGALRM, lambda s, f: events.append("tick"))
events.clear()
signal.setitimer(signal.ITIMER_REAL, 0.02, 0.02)


def until(k):
    n = 0
    while len(events) < k:
        n += 1
    return n > 0


print(until(5))
signal.setitimer(signal.ITIMER_REAL, 0)
