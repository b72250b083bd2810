# compiled: spin
# warm: recompiles
# Daemon threads in hot code when the program ends: in a native loop, in what the interpreter goes on with, in a callee of
# native code. Each ends when it wants the GIL, and the process ends as it would.
import sys
import threading
import time

sys.setswitchinterval(1e-5)


def leaf(x):
    return x + 1


def spin(on, how):
    c = 0
    for i in range(3):
        c += i
    if on:
        if how == 0:
            while True:
                c += 1
        if how == 1:
            try:
                raise ValueError
            except ValueError:
                while True:
                    c += 1
        if how == 2:
            while True:
                c = leaf(c)
        if how == 3:
            while True:
                c = len(str(sorted([c, 1], key=leaf)))
        if how == 4:
            while True:
                time.sleep(0)
    return c


for i in range(1500):
    spin(False, 0)
    leaf(i)
for how in range(5):
    for k in range(2):
        threading.Thread(target=spin, args=(True, how), daemon=True).start()
time.sleep(0.2)


class Late:
    def __del__(self):
        print("late")


late = Late()
print("end", flush=True)
