# compiled: swallowed passed nested manager_raises suppressed
# keep: gainless
# `with` statements whose body raises, in native code.
import contextlib
import sys
import traceback


class Manager:
    def __init__(self, log, swallow):
        self.log = log
        self.swallow = swallow

    def __enter__(self):
        return self

    def __exit__(self, kind, value, tb):
        if kind is not None and len(self.log) < 12:
            self.log.append((kind.__name__, str(value), tb.tb_lineno - tb.tb_frame.f_code.co_firstlineno,
                             sys.exc_info()[1] is value))
        return self.swallow


def swallowed(d, n):
    log = []
    t = 0
    m = Manager(log, True)
    for i in range(n):
        with m as x:
            t += d[i % 4]
            t += 1
        t += 2
    return t, log, sys.exc_info()


def passed(d, n):
    log = []
    t = 0
    m = Manager(log, False)
    for i in range(n):
        try:
            with m:
                t += d[i % 4]
        except KeyError as e:
            t += 100
            if i < 4:
                log.append((e.__traceback__.tb_lasti, e.__traceback__.tb_next is None))
    return t, log


def nested(d, n):
    log = []
    t = 0
    outer, inner = Manager(log, True), Manager(log, False)
    for i in range(n):
        with outer, inner as x:
            t += d[i % 4]
    return t, log


class Bad:
    def __enter__(self):
        return 1

    def __exit__(self, kind, value, tb):
        if kind is not None:
            raise ValueError("exit")


def manager_raises(d, n):
    t = 0
    kept = []
    bad = Bad()
    for i in range(n):
        try:
            with bad as x:
                t += d[i % 4] + x
        except ValueError as e:
            t += 10
            if len(kept) < 2:
                kept.append(e)
    return t, ["".join(traceback.format_exception(e)) for e in kept]


def suppressed(d, n):
    t = 0
    quiet = contextlib.suppress(KeyError)
    for i in range(n):
        with quiet:
            t += d[i % 4]
        t += 1
    return t


d = {0: 1, 1: 2, 3: 5}
print(swallowed(d, 3000))
print(passed(d, 3000))
print(nested(d, 3000))
total, texts = manager_raises(d, 3000)
print(total)
for text in texts:
    print(text)
print(suppressed(d, 3000))


class Odd:
    """Truth of what `__exit__` returns is asked, and may raise."""

    def __init__(self):
        self.asked = 0

    def __bool__(self):
        self.asked += 1
        if self.asked == 900:
            raise OverflowError("truth")
        return True


class Asks:
    def __init__(self):
        self.odd = Odd()

    def __enter__(self):
        return self

    def __exit__(self, *args):
        return self.odd


def asked(d, n):
    t = 0
    m = Asks()
    for i in range(n):
        try:
            with m:
                t += d[i % 4]
        except OverflowError as e:
            t += 1000
            traceback.print_exception(e)
    return t, m.odd.asked


print(asked(d, 4000))
