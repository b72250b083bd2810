# compiled: work nested
# keep: gainless
# sys.exc_info, __context__, __cause__, re-raise, bare raise, in hot loops and their callees and generators; frames kept
# alive by tracebacks, with their locals; traceback.clear_frames; exception groups; notes.
import gc
import sys
import traceback
import weakref


def info():
    t, v, tb = sys.exc_info()
    return t.__name__ if t else None, v.args if v else None


def check(i, at):
    if i == at:
        raise KeyError(i)
    return info()


def work(n, at):
    seen = []
    for i in range(n):
        try:
            r = check(i, at)
        except KeyError as e:
            seen.append((info(), check(i, -1)))
            try:
                check(i, at)
            except KeyError as f:
                seen.append((f.__context__ is e, info()))
            seen.append(info())
        finally:
            r = info()
        if r != (None, None):
            seen.append(r)
    return seen, info()


print(work(1500, -1), work(1500, 1400))


def nested(n, at):
    s = 0
    for i in range(n):
        s += i
        if i == at:
            try:
                return 1 // 0
            except ZeroDivisionError as e:
                raise ValueError("v") from e
    return s


def again(n, mode):
    try:
        nested(n, n - 5)
    except ValueError as e:
        if mode == 0:
            raise
        if mode == 1:
            raise e
        if mode == 2:
            raise TypeError("t") from None
        if mode == 3:
            raise e.with_traceback(None)
        if mode == 4:
            e.add_note("note")
            raise RuntimeError from e.__cause__
        return n


for i in range(10):
    nested(300, -1)
    again(300, 5)
for mode in range(5):
    try:
        again(1000, mode)
    except Exception as e:
        print(mode, "".join(traceback.format_exception(e)))
        print(info())


class Big:
    def __repr__(self):
        return "Big()"

    pass


def keeps(n, at):
    b = Big()
    w = weakref.ref(b)
    x = 0
    for i in range(n):
        x += i * 2
        if i == at:
            raise LookupError(w)
        y = x / 2
    return 0


print(keeps(1000, -1))
saved = []
for at in (500, 999):
    try:
        keeps(1000, at)
    except LookupError as e:
        saved.append(e)
for e in saved:
    f = e.__traceback__.tb_next.tb_frame
    print(f.f_locals["i"], f.f_locals["x"], f.f_locals["y"], e.args[0]() is f.f_locals["b"], f.f_back is None, f.f_lineno - f.f_code.co_firstlineno)
    w = e.args[0]
    try:
        f.clear()
    except RuntimeError as r:
        print(r)
    print(w(), f.f_locals)
saved.clear()


def frames(n, at):
    got = []
    k = Big()
    for i in range(n):
        if i >= at:
            got.append(sys._getframe())
    return got, weakref.ref(k)


got, w = frames(1000, 998)
print(len(got), got[0] is got[1], sorted(got[0].f_locals), got[0].f_locals["i"], w() is not None, got[0].f_back is sys._getframe())
f = got[0]
del got
gc.collect()
print(w() is not None)
f.clear()
print(w())


def gen(n, at):
    try:
        for i in range(n):
            yield check(i, at)
    except KeyError:
        yield info()
        yield check(0, -1)
    yield info()


def consume(n, at):
    out = None
    try:
        raise OSError("outer")
    except OSError:
        last = []
        for v in gen(n, at):
            last = (last + [v])[-4:]
        return last, info()


print(consume(600, -1), consume(600, 400))


def groups(n):
    c = []
    for i in range(n):
        try:
            if i % 3 == 0:
                raise ExceptionGroup("g", [ValueError(i), TypeError(i)])
            if i % 3 == 1:
                raise ValueError(i)
        except* ValueError as g:
            c.append(len(g.exceptions))
        except* TypeError as g:
            c.append(("t", len(g.exceptions)))
    return len(c), c[-3:]


print(groups(600))


def loop_exc(n):
    e = None
    for i in range(n):
        try:
            raise ValueError(i)
        except ValueError as x:
            x.__context__ = None
            e = x
    depth = 0
    while e:
        e = e.__context__
        depth += 1
    return depth


print(loop_exc(700))


class Ctx:
    def __enter__(self):
        return info()

    def __exit__(self, *a):
        self.r = info(), a[0].__name__ if a[0] else None
        return True


def withs(n, at):
    c = Ctx()
    out = []
    for i in range(n):
        with c as v:
            r = check(i, at)
            r = v
        if c.r != ((None, None), None):
            out.append(c.r)
    return out


print(withs(900, -1), withs(900, 800))


def deepctx(n):
    if n == 0:
        raise ValueError("bottom")
    try:
        deepctx(n - 1)
    except ValueError as e:
        raise ValueError(n) from (e if n % 2 else None)


for i in range(40):
    try:
        deepctx(20)
    except ValueError as e:
        last = e
n = 0
while last:
    n += 1
    last = last.__context__
print(n)


def unwinds(n):
    # return in finally, continue in finally, break in finally
    out = []
    for i in range(n):
        try:
            check(i, n - 4)
            if i == n - 2:
                break
        except KeyError:
            out.append(info())
            continue
        finally:
            if i == n - 3:
                out.append(info())
                continue
    return out, i


print(unwinds(900))
import sys
sys.excepthook = lambda t, v, tb: print("hook", t.__name__, v, traceback.extract_tb(tb)[-1].name)
nested(2000, 1990)
