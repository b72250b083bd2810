# compiled: check loop until
# All forms of raise and assert in hot functions and loops, with causes and contexts, classes that make something else,
# the traceback's lines and instructions; then uncaught.
import traceback


class E(Exception):
    def __init__(self, *args):
        super().__init__(*args)


class No:
    pass


class Odd(Exception):
    def __new__(cls, *args):
        return 5


class Other(Exception):
    def __new__(cls, *args):
        return KeyError("other")


class Picky(Exception):
    def __init__(self):
        raise LookupError("constructor")


def check(x, kind):
    if kind == 1:
        raise ValueError
    if kind == 2:
        raise ValueError(x)
    if kind == 3:
        raise E(x) from KeyError
    if kind == 4:
        raise E(x) from KeyError(x)
    if kind == 5:
        raise E from None
    if kind == 6:
        raise No
    if kind == 7:
        raise E(x) from No()
    if kind == 8:
        raise Odd
    if kind == 9:
        raise Other
    if kind == 10:
        raise E(x) from 3
    if kind == 11:
        raise 3
    if kind == 12:
        raise
    if kind == 13:
        raise x
    assert kind != 14
    assert kind != 15, ("message", x)
    if kind == 16:
        raise Picky
    if kind == 17:
        raise E from Picky
    if kind == 18:
        raise E from Odd
    return x + kind


KINDS = 19


def entries(e):
    t = e.__traceback__
    while t:
        yield t.tb_frame.f_code.co_name, t.tb_lineno, t.tb_lasti
        t = t.tb_next


def loop(n):
    out = []
    for i in range(n):
        try:
            out.append(check(i, i % KINDS))
        except BaseException as e:
            out.append((type(e).__name__, str(e), repr(e.__cause__), e.__suppress_context__, *entries(e)))
    return out


def in_handler(n):
    out = []
    for i in range(n):
        try:
            1 // 0
        except ZeroDivisionError:
            try:
                check(i, i % KINDS)
            except BaseException as e:
                out.append((type(e).__name__, repr(e.__context__), repr(e.__cause__), *entries(e)))
    return out


def until(n):
    i = 0
    while True:
        i += 1
        if i > n:
            raise StopIteration(i)


for run in loop, in_handler:
    found = run(3800)
    for line in found[:KINDS] + found[-KINDS:]:
        print(line)
for kind in 3, 4, 5, 12, 14, 15, 17:
    try:
        check(1, kind)
    except BaseException:
        traceback.print_exc()
for _ in range(3):
    try:
        until(100000)
    except StopIteration as e:
        traceback.print_exc()
        print(e.value)
check(1, 4)
