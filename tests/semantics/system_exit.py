# compiled: hot
# sys.exit with a code from inside hot code; atexit and finally still run.
import atexit
import sys


def leaf(i):
    if i == 18000:
        sys.exit(43)
    return i


def hot(n):
    s = 0
    try:
        for i in range(n):
            s += leaf(i)
    finally:
        print("finally", s, i)
    return s


atexit.register(lambda: print("atexit", hot(10)))
print(hot(15000))
try:
    hot(20000)
except SystemExit as e:
    print("caught", e.code)
    sys.stderr.write("to stderr\n")
hot(20000)
