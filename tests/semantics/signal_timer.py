# compiled: spin pure
# A timer interrupts a hot pure loop: the handler runs, sees the right frame, and its exception leaves the loop.
import signal


class Stop(Exception):
    pass


hits = []
flag = [0]


def on_alarm(sig, frame):
    hits.append((sig == signal.SIGALRM, frame.f_code.co_name, type(frame.f_locals["n"]).__name__))
    flag[0] = 1


def on_alarm_raise(sig, frame):
    raise Stop(frame.f_code.co_name)


def spin(limit):
    n = 0
    while not flag[0]:
        n += 1
        if n == limit:
            break
    return n


def pure(limit):
    n = 0
    x = 0.0
    while n != limit:
        n += 1
        x += 0.5
    return x


print(spin(20000), pure(20000))
signal.signal(signal.SIGALRM, on_alarm)
signal.setitimer(signal.ITIMER_REAL, 0.3)
r = spin(-1)
print(r > 0, hits)
signal.signal(signal.SIGALRM, on_alarm_raise)
signal.setitimer(signal.ITIMER_REAL, 0.3)
try:
    pure(-1)
except Stop as e:
    tb = e.__traceback__.tb_next
    print("stopped in", e, tb.tb_frame.f_locals["n"] > 0, tb.tb_frame.f_locals["x"] == tb.tb_frame.f_locals["n"] * 0.5 or "between")


def forever():
    i = 1
    while True:
        i = i * 5 % 1000003


signal.setitimer(signal.ITIMER_REAL, 0.3)
try:
    forever()
except Stop as e:
    print(e)
signal.setitimer(signal.ITIMER_REAL, 0.2)
try:
    for _ in range(10**12):
        pass
except Stop as e:
    print(e)
print(pure(20000))
