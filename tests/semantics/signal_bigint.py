# compiled: squares powers
# A signal comes while a hot loop works on large integers: the handler's exception is not lost.
import signal


class Stop(Exception):
    pass


def on_alarm(sig, frame):
    # The last iteration, if the frame is complete.
    seen = frame.f_locals
    raise Stop(frame.f_code.co_name, seen["x"].bit_length(), seen["t"] - seen["i"] * (seen["i"] + 1) in (0, -2 * seen["i"]))


def squares(x, n):
    t = 0
    for i in range(n):
        t += i * 2
        y = x * x
        z = y // 7
    return t, z


def powers(x, n):
    t = 0
    for i in range(n):
        t += i * 2
        y = x**3
        z = y % 1000
    return t, z


print(squares(3, 20000), powers(3, 20000))
print(squares(1 << 100, 20000), powers(1 << 100, 20000))
signal.signal(signal.SIGALRM, on_alarm)
for f in squares, powers:
    for bits in 100, 1500, 100_000, 1_000_000:
        x = (1 << bits) + 1
        signal.setitimer(signal.ITIMER_REAL, 0.1)
        try:
            print(f(x, 10**9))
        except Stop as e:
            print("stopped", e)
print(squares(5, 100), powers(1 << 64, 100))
