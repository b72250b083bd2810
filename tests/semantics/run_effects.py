# compiled: loop add
# What a call in the middle of native code can do: rebind what the code uses, look at its frame, raise, and drop the last
# reference to what is being used.
import sys


def helper(k):
    return actions[k]() if k in actions else k


def add(a, b):
    return a + b


def loop(n, at):
    x = 1.5
    label = "s"
    items = [1, 2, 3]
    s = 0
    for i in range(n):
        y = i * 2
        s += add(i, 1) + len(items)
        helper(i if i in at else -1)
        label += "t" if i % 500 == 0 else ""
    return s, x, label, items, y


actions = {}
print(loop(3000, ()))


def look():
    f = sys._getframe(2)
    print(f.f_code.co_name, f.f_lineno - f.f_code.co_firstlineno, {k: v for k, v in sorted(f.f_locals.items()) if k != "at"})


def rebind():
    global add
    add = lambda a, b: a * b


def shadow():
    global len
    len = lambda o: 100


def boom():
    raise KeyError("boom")


len_ = len
for action in (look, rebind, shadow, boom):
    actions = {700: action, 1500: look}
    try:
        print(loop(2000, (700, 1500)))
    except KeyError as e:
        tb = e.__traceback__
        while tb:
            print(tb.tb_frame.f_code.co_name, tb.tb_lineno, sorted(tb.tb_frame.f_locals)[:5])
            tb = tb.tb_next
        print(sorted((k, str(v)[:20]) for k, v in e.__traceback__.tb_next.tb_frame.f_locals.items() if k != "at"))


class Last:
    def __init__(self, log):
        self.log = log

    def __del__(self):
        self.log.append(("del", sys._getframe(1).f_code.co_name))

    def __add__(self, other):
        global held
        held = None
        return len_(self.log) + other


def drop(n):
    global held
    log = []
    s = 0
    for i in range(n):
        held = Last(log)
        s += held + i
    return s, len_(log), log[-1]


print(drop(1500))
