# compiled: plain named other nested chained again cause loop_else final returns unwound deep
# keep: gainless
# Exceptions caught in native code: each form of handler, with what it shows of the exception.
import sys
import traceback


class E(Exception):
    def __init__(self, v):
        super().__init__("value", v)
        self.v = v


class F(E):
    pass


def check(i, m):
    if i % m == 0:
        raise E(i) if i % 2 else F(i)
    return i


def lines(e):
    """Entries of the traceback: function, line within it, instruction."""
    out = []
    tb = e.__traceback__
    while tb is not None:
        code = tb.tb_frame.f_code
        out.append((code.co_name, tb.tb_lineno - code.co_firstlineno, tb.tb_lasti))
        tb = tb.tb_next
    return out


def story(e, depth=0):
    if e is None or depth > 4:
        return None
    return (type(e).__name__, e.args, lines(e), e.__suppress_context__,
            story(e.__cause__, depth + 1), story(e.__context__, depth + 1))


def plain(d, n):
    t = 0
    for i in range(n):
        try:
            t += d[i % 7]
        except KeyError:
            t += 100
    return t


def named(n):
    t = 0
    last = None
    for i in range(n):
        try:
            t += check(i, 5)
        except E as e:
            t -= e.v & 3
            last = e
    return t, story(last), sys.exc_info()


def other(words):
    t = 0
    seen = []
    for w in words:
        try:
            t += int(w)
        except (ValueError, TypeError) as e:
            if len(seen) < 4:
                seen.append(story(e))
            t -= 1
        else:
            t += 2
        finally:
            t += 1
    return t, seen


def nested(n):
    t = 0
    kept = []
    for i in range(n):
        try:
            try:
                t += check(i, 4)
            except F as e:
                t += 1
                if i % 16 == 8:
                    check(i + 1, i + 1)
                t += 3
            t += 1
        except E as e:
            t += 7
            if len(kept) < 3:
                kept.append(e)
    return t, [story(e) for e in kept]


def chained(n):
    kept = []
    t = 0
    for i in range(n):
        try:
            try:
                check(i, 3)
            except E as e:
                {}[i]
        except KeyError as e:
            t += e.args[0]
            if len(kept) < 2:
                kept.append(e)
    return t, [story(e) for e in kept]


def again(n):
    kept = []
    t = 0
    for i in range(n):
        try:
            try:
                check(i, 3)
            except E:
                t += 1
                raise
        except E as e:
            t += 2
            if len(kept) < 2:
                kept.append(e)
    return t, [story(e) for e in kept]


def cause(n):
    kept = []
    t = 0
    for i in range(n):
        try:
            try:
                check(i, 3)
            except E as e:
                if i % 2:
                    raise KeyError(i) from e
                raise ValueError(i) from None
        except (KeyError, ValueError) as e:
            t += 2
            if len(kept) < 2:
                kept.append(e)
    return t, [story(e) for e in kept]


def loop_else(n):
    t = 0
    i = 0
    while i < n:
        i += 1
        try:
            if i % 3 == 0:
                continue
            t += check(i, 5)
            if i == n - 7:
                break
        except E:
            t += 1
            continue
        finally:
            t += 1
    else:
        t += 1000
    return t, i


def final(d, n):
    t = 0
    for i in range(n):
        try:
            try:
                t += d[i % 5]
            finally:
                t += 1
        except KeyError as e:
            if i < 5:
                t += len(lines(e))
            t += 10
    return t


def returns(i, d):
    try:
        return d[i]
    except KeyError:
        return -i
    finally:
        d["n"] = d.get("n", 0) + 1


def unwound(i):
    x = [i]
    if i % 3 == 0:
        raise E(x[0])
    return i


def deep(i):
    y = (i, i + 1)
    return unwound(y[0]) + 1


print(plain({0: 1, 2: 5, 4: 7}, 3000))
print(named(3000))
print(other(["12", "x", "7", None, "", "3"] * 300))
print(nested(2000))
print(chained(2000))
print(again(2000))
print(cause(2000))
print(loop_else(3000))
print(final({0: 1, 1: 2, 3: 4}, 3000))
d = {1: 5, 3: 7}
s = 0
for i in range(3000):
    s += returns(i & 3, d)
print(s, d["n"])
got = []
for i in range(3000):
    try:
        s += deep(i)
    except E as e:
        if i < 4 or i == 2997:
            got.append(e)
print(s)
for e in got:
    print(story(e))
    inner = e.__traceback__
    while inner is not None:
        print(inner.tb_frame.f_code.co_name, sorted(k for k in inner.tb_frame.f_locals if len(k) == 1),
              inner.tb_frame.f_lineno - inner.tb_frame.f_code.co_firstlineno)
        inner = inner.tb_next
traceback.print_exception(got[-1])
print(sys.exc_info())
