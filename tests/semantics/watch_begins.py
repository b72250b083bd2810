# compiled: caller loop ends allocates
# warm: recompiles
# keep: gainless
# Somebody begins to watch in what native code calls, which then raises, ends an iterator, or goes on allocating.
import sys
import tracemalloc

log = []
on = None


def tracer(frame, event, arg):
    c = frame.f_code
    log.append((c.co_name, event, frame.f_lineno - c.co_firstlineno, arg[0].__name__ if event == "exception" else None))
    return tracer


def prof(frame, event, arg):
    log.append((frame.f_code.co_name, event))


def raises(x):
    if on == "trace":
        f = sys._getframe(1)
        while f:
            f.f_trace = tracer
            f = f.f_back
        sys.settrace(tracer)
        raise KeyError(x)
    if on == "global":
        sys.settrace(tracer)
        raise KeyError(x)
    if on == "profile":
        sys.setprofile(prof)
        raise KeyError(x)
    return x


def caller(x):
    y = raises(x)
    return y + 1


def loop(n):
    t = 0
    for i in range(n):
        t += caller(i)
    return t


def caught(x):
    try:
        y = raises(x)
    except KeyError:
        y = -1
    return y + 1


def twice(x):
    return caught(x) + caller(x)


def direct(n):
    t = 0
    for i in range(n):
        if i == n - 1:
            t += raises(i)
        t += 1
    return t


def ended(f, *a):
    log.clear()
    try:
        r = f(*a)
    except KeyError as e:
        r = repr(e)
    finally:
        sys.settrace(None)
        sys.setprofile(None)
    print(f.__name__, on, r)
    for e in log:
        if e[0] != "ended":
            print("  ", *e)


for i in range(500):
    caller(i), caught(i), twice(i)
for i in range(5):
    loop(300), direct(300)
for on in ("trace", "global", "profile"):
    for f in (caller, caught, twice, loop, direct):
        ended(f, 400)
on = None


class It:
    def __init__(self, n, switch):
        self.n = n
        self.switch = switch

    def __iter__(self):
        return self

    def __next__(self):
        self.n -= 1
        if self.n < 0:
            if self.switch:
                sys._getframe(1).f_trace = tracer
                sys.settrace(tracer)
            raise StopIteration(5)
        return self.n


def ends(it):
    s = 0
    for x in it:
        s += x
    s += 1
    return s


def unpacks(it):
    a, b, c = it
    return a + b + c


for i in range(300):
    ends(It(5, False)), unpacks(It(3, False))
ended(ends, It(5, True))
ended(ends, It(3000, True))
ended(unpacks, It(3, True))
M = sys.monitoring
M.use_tool_id(3, "t")
for name in ("RAISE", "PY_THROW", "PY_UNWIND", "EXCEPTION_HANDLED"):
    M.register_callback(3, getattr(M.events, name), lambda c, o, e, name=name: log.append((c.co_name, name, repr(e))) if c.co_filename == __file__ and name != "RAISE" else None)


def sets(x):
    if on:
        M.set_events(3, on)
        raise KeyError(x)
    return x


def mcaller(x):
    return sets(x) + 1


def mcaught(x):
    try:
        return sets(x) + 1
    except KeyError:
        return 0


for i in range(500):
    mcaller(i), mcaught(i)
for on in (M.events.RAISE | M.events.PY_THROW, M.events.PY_UNWIND | M.events.EXCEPTION_HANDLED | M.events.PY_THROW, M.events.PY_THROW):
    for f in (mcaller, mcaught):
        log.clear()
        try:
            print(f(3))
        except KeyError as e:
            print(repr(e))
        M.set_events(3, 0)
        print(log)


def gen():
    try:
        yield 1
    except ValueError:
        yield 2


M.set_events(3, M.events.PY_THROW)
log.clear()
g = gen()
next(g)
print(g.throw(ValueError(3)), log)
M.set_events(3, 0)
M.free_tool_id(3)
kept = []


def starts(i, at):
    if i == at:
        tracemalloc.start()


def allocates(n, at):
    del kept[:]
    for i in range(n):
        starts(i, at)
        kept.append([i])
        kept.append(i * 1000003)
        kept.append(
            i * 1.5)
    return len(kept)


def start_here(n, at):
    del kept[:]
    for i in range(n):
        if i >= at:
            tracemalloc.start() if i == at else 0
        kept.append((i, n))
    return len(kept)


for f in (allocates, start_here):
    for i in range(5):
        f(300, -1)
    f(1000, 990)
    base = f.__code__.co_firstlineno
    found = []
    for o in kept[-8:]:
        t = tracemalloc.get_object_traceback(o)
        found.append([x.lineno - base for x in t] if t else None)
    print(found)
    tracemalloc.stop()
    print(f(500, -1))
