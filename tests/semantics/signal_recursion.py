# compiled: fib
# A signal comes in a recursion of native code that has no loop: its handler runs soon, not when all is over, and what
# faulthandler writes meanwhile names the functions.
import faulthandler
import signal
import tempfile
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
with tempfile.TemporaryFile("w+") as file:
    faulthandler.dump_traceback_later(0.3, file=file)
    signal.setitimer(signal.ITIMER_REAL, 1.5)
    try:
        fib(60)
    except Stop:
        pass
    faulthandler.cancel_dump_traceback_later()
    file.seek(0)
    text = file.read()
    print(text.count(" in fib") > 20, text.count(" in <module>"))
print(fib(15))
