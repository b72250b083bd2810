# compiled: maybe
# A local that was always bound is suddenly not: after del, after a path not taken.


def maybe(flag):
    if flag:
        x = flag * 2
    return x + 1


def deleted(n, at):
    s = 0
    for i in range(n):
        v = i * 2
        if i == at:
            del v
        s += v
    return s


def empty_loop(n):
    for i in range(n):
        pass
    return i


t = 0
for i in range(1, 3500):
    t += maybe(i) + empty_loop(2)
print(t, deleted(20000, -1))
for f, a in ((maybe, (0,)), (deleted, (20000, 19000)), (empty_loop, (0,))):
    try:
        print(f(*a))
    except UnboundLocalError as e:
        print(e)
print(maybe(4), deleted(100, 100))


def exc_var():
    try:
        1 / 0
    except ZeroDivisionError as e:
        pass
    return e


def double_del():
    a = 1
    del a
    del a


def cell():
    def inner():
        return free

    if t < 0:
        free = 1
    return inner()


for f in (exc_var, double_del, cell):
    try:
        f()
    except NameError as e:
        print(type(e).__name__, e)
deleted(20000, 12000)
