# compiled: hot
# KeyboardInterrupt raised by a callee of a hot loop; caught, finally, and signal handlers that return.
import os
import signal


def poke(i, how):
    if i == 15000:
        if how == 0:
            signal.raise_signal(signal.SIGINT)
        elif how == 1:
            os.kill(os.getpid(), signal.SIGINT)
        elif how == 2:
            raise KeyboardInterrupt("by hand")
        elif how == 3:
            signal.raise_signal(signal.SIGUSR1)
    return i


def hot(n, how):
    s = 0
    try:
        for i in range(n):
            s += poke(i, how) & 7
        return s
    finally:
        done.append((how, s, i))


done = []
print(hot(20000, -1))
for how in (0, 1, 2):
    try:
        print(hot(20000, how))
    except KeyboardInterrupt as e:
        tb = e.__traceback__.tb_next
        print("interrupted", how, e, tb.tb_lineno, tb.tb_frame.f_locals["i"])
seen = []
signal.signal(signal.SIGUSR1, lambda s, f: seen.append((f.f_code.co_name, f.f_back.f_code.co_name, f.f_back.f_locals["i"])))
print(hot(20000, 3), seen)
signal.signal(signal.SIGINT, lambda s, f: 1 / 0)
try:
    hot(20000, 0)
except ZeroDivisionError as e:
    names = []
    tb = e.__traceback__
    while tb:
        names.append(tb.tb_frame.f_code.co_name)
        tb = tb.tb_next
    print(names)
signal.signal(signal.SIGINT, signal.SIG_IGN)
print(hot(20000, 0), done)
