# compiled: work
# Chaining: __context__, __cause__, bare raise, raise from None, tracebacks counted entry by entry, uncaught at the end.
import traceback


def work(x, y):
    return x * 10 // y


def wrap(x, y, how):
    try:
        return work(x, y)
    except ZeroDivisionError as e:
        if how == 0:
            raise
        if how == 1:
            raise e
        if how == 2:
            raise ValueError("wrapped") from e
        if how == 3:
            raise ValueError("hidden") from None
        if how == 4:
            raise ValueError("context")
        return [][x]


def chain(e):
    out = []
    while e is not None:
        tb = e.__traceback__
        lines = []
        while tb:
            lines.append(tb.tb_lineno)
            tb = tb.tb_next
        out.append((type(e).__name__, str(e), lines, e.__suppress_context__))
        e = e.__cause__ or e.__context__
    return out


t = 0
for i in range(4000):
    t += wrap(i, 3, 0)
print(t)
for how in range(6):
    try:
        wrap(1, 0, how)
    except Exception as e:
        print(how, chain(e))
        traceback.print_exc()


def again(n):
    last = None
    for i in range(n):
        try:
            work(i, i - 15000)
        except ZeroDivisionError as e:
            last = e
    try:
        raise last
    except ZeroDivisionError as e:
        return chain(e)


print(again(20000))
try:
    raise KeyError("a")
except KeyError:
    try:
        work(1, 0)
    except ZeroDivisionError as e:
        print(chain(e))


def group():
    try:
        raise ExceptionGroup("g", [ValueError(1), TypeError(2)])
    except* ValueError as eg:
        print(eg.exceptions)


try:
    group()
except ExceptionGroup as e:
    print(e.exceptions)
wrap(5, 0, 2)
