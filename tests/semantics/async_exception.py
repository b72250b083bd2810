# compiled: spin
# Another thread reaches into a hot pure loop: an asynchronous exception, and sys._current_frames with its locals.
import ctypes
import sys
import threading
import time


class Stop(Exception):
    pass


def spin(limit):
    n = 0
    x = 0.0
    while n != limit:
        n += 1
        x += 0.25
    return x


main_id = threading.get_ident()
seen = []


def look():
    time.sleep(0.2)
    for _ in range(3):
        f = sys._current_frames()[main_id]
        loc = dict(f.f_locals)
        seen.append((f.f_code.co_name, sorted(loc), type(loc.get("n")).__name__, type(loc.get("x")).__name__, loc.get("n", 0) > 0))
        del f
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(main_id), ctypes.py_object(Stop))


print(spin(20000))
for i in range(3000):
    spin(3)
for i in range(2):
    t = threading.Thread(target=look)
    t.start()
    try:
        spin(-1)
    except Stop as e:
        tb = e.__traceback__.tb_next
        print("stopped", tb.tb_frame.f_code.co_name, tb.tb_frame.f_locals["limit"], tb.tb_frame.f_locals["n"] > 0)
    t.join()
print(seen[0], len(seen))
print(spin(20000))
