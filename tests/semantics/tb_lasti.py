# compiled: outer inner tried
# exits: >= 1
# The offset of the instruction in each frame of a traceback, after exits that raised natively below.


def inner(a, b):
    return a * 3 // b


def outer(a, b):
    x = inner(a, 2) + 1
    return x + inner(a + 1, b)


def tried(a, b):
    r = 0
    try:
        r = inner(a, b)
    except ZeroDivisionError as e:
        offsets(e)
        r = -1
    r += inner(a, b + 1)
    return r + inner(a, b)


def offsets(e):
    tb, found = e.__traceback__, []
    while tb is not None:
        found.append((tb.tb_frame.f_code.co_name, tb.tb_lineno, tb.tb_lasti, tb.tb_frame.f_lasti))
        tb = tb.tb_next
    print(found)


total = 0
for i in range(3000):
    total += outer(i, 3) + tried(i, 2)
print(total)
for f in (outer, tried):
    for a in (1, 2**70, 1.5):
        try:
            f(a, 0)
        except ZeroDivisionError as e:
            offsets(e)
    try:
        f("s", 0)
    except TypeError as e:
        offsets(e)


# What raises is the first instruction of a `try`, or the first behind one.
LIMIT = 5


def first(a):
    t = 0
    for v in range(7):
        t += v * a
        try:
            if LIMIT:
                t += 1
        finally:
            t += 2
    return t


def behind(a):
    t = 0
    for v in range(7):
        t += v * a
        try:
            t += 1
        finally:
            pass
        LIMIT
    return t


for f in (first, behind):
    total = 0
    for i in range(3000):
        total += f(i)
    print(total)
del LIMIT
for f in (first, behind, first, behind):
    try:
        f(1)
    except NameError as e:
        offsets(e)
