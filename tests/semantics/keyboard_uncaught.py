# compiled: hot
# An uncaught KeyboardInterrupt out of a hot loop: traceback, then death by SIGINT.
import signal


def poke(i):
    if i == 15000:
        signal.raise_signal(signal.SIGINT)
    return i


def hot(n):
    s = 0
    for i in range(n):
        s += poke(i)
    return s


print(hot(12000), flush=True)
print(hot(20000))
