# compiled: hot leaf
# warm: recompiles
# coverage.py begins in the middle of a program with hot code: each core reports the same lines and branches. Without
# coverage.py there is nothing to compare.
import os
import sys
import tempfile


def leaf(x):
    if x % 2:
        return x + 1
    elif x > 10**8:
        return -1
    return x


def hot(n, switch=None):
    s = 0
    for i in range(n):
        s += leaf(i)
        if switch and i == n // 2:
            switch()
        elif i > n:
            s -= 1
        try:
            if i % 100 == 7:
                raise KeyError
        except KeyError:
            s += 2
    while s < 0:
        s += 1
    return s


for i in range(10):
    hot(400)
    for k in range(400):
        leaf(k)
print(hot(3000))
try:
    import coverage
except ImportError:
    sys.exit()
for core in "ctrace", "sysmon":
    # Branches are seen by `sys.monitoring` from 3.14 on.
    for branch in (False, True) if core == "ctrace" else (False,):
        os.environ["COVERAGE_CORE"] = core
        found = coverage.Coverage(data_file=None, branch=branch, include=[__file__])
        print(hot(1000, found.start))
        print(hot(1000))
        found.stop()
        with tempfile.TemporaryFile("w+") as file:
            print(core, branch, found.report(file=file, show_missing=True))
            file.seek(0)
            print(file.read().replace(os.path.dirname(__file__), ""))
