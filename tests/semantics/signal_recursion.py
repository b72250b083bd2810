# compiled: fib
# skip: threshold0 threshold2 verify text gc frames interp
# warm: recompiles
# A signal comes in a recursion of native code that has no loop: its handler runs soon, not when all is over.
import signal
import time


def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


class Stop(Exception):
    pass


def stop(number, frame):
    raise Stop(frame.f_code.co_name)


fib(20)
signal.signal(signal.SIGALRM, stop)
signal.setitimer(signal.ITIMER_REAL, 0.1)
begun = time.monotonic()
try:
    # Minutes of native code; the handler ends it.
    fib(60)
except Stop as e:
    print(e, e.__traceback__.tb_next.tb_frame.f_code.co_name, time.monotonic() - begun < 20)
print(fib(15))
