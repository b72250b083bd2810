# compiled: guard
# raise in hot code: classes, instances, wrong types, custom classes whose constructor fails, uncaught with notes.


class Err(Exception):
    def __init__(self, code, *rest):
        super().__init__(code, *rest)
        self.code = code


class Picky(Exception):
    def __init__(self):
        raise LookupError("constructor")


def guard(x, what):
    if x > 4000:
        raise what
    return x


def loop(n):
    bad = 0
    for i in range(n):
        try:
            if i % 4 == 3:
                raise Err(i)
        except Err as e:
            bad += e.code
    return bad


t = 0
for i in range(4000):
    t += guard(i, None)
print(t, loop(20000))
for what in (ValueError, ValueError("inst"), Err(3, "x"), Picky, 5, None, "text", int, KeyError("k"), StopIteration, BaseException("base"), OSError(2, "os"), UnicodeDecodeError("utf8", b"x", 0, 1, "why")):
    try:
        guard(5000, what)
    except BaseException as e:
        tb = e.__traceback__.tb_next
        print(type(e).__name__, e, tb.tb_lineno, tb.tb_next is not None)
same = ValueError("same")
for i in range(3):
    try:
        guard(9999, same)
    except ValueError as e:
        n = 0
        tb = e.__traceback__
        while tb:
            n += 1
            tb = tb.tb_next
        print(e is same, n)


def reraise(n):
    try:
        try:
            guard(n, Err(1))
        except Err as e:
            e.add_note("a note")
            raise
    finally:
        guard(0, None)


for i in range(3000):
    reraise(1)
try:
    raise
except RuntimeError as e:
    print(e)
try:
    raise ValueError from 5
except TypeError as e:
    print(e)
reraise(5000)
