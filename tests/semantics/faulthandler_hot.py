# compiled: native inner
# keep: gainless
# faulthandler: dump_traceback in hot code, dump_traceback_later during a native loop, all threads, a real crash in native
# code's callee and in a native loop, fatal errors.
import faulthandler
import os
import re
import subprocess
import sys
import tempfile
import threading
import time


def dump(i, at, f):
    if i == at:
        faulthandler.dump_traceback(f)
    return i


def inner(n, at, f):
    s = 0
    for i in range(n):
        s += dump(i, at, f)
        s -= 1
    return s


def work(n, at, f):
    t = 0
    for i in range(2):
        t += inner(n, at, f)
    return t


def text(f):
    f.seek(0)
    return re.sub(r"0x[0-9a-f]+", "0x", f.read().replace(os.path.dirname(os.path.abspath(__file__)), ""))


for i in range(20):
    work(200, -1, None)
with tempfile.TemporaryFile("w+") as f:
    work(1000, 990, f)
    print(text(f))


def native(n):
    s = 0
    while s < n:
        s += 1
    return s


native(5000)
with tempfile.TemporaryFile("w+") as f:
    faulthandler.dump_traceback_later(0.3, file=f)

    def spin(end):
        n = 0
        while time.monotonic() < end:
            n += 1
        return n

    spin(time.monotonic() + 0.6)
    t = text(f)
    print(re.sub(r"line \d+", "line", t))
with tempfile.TemporaryFile("w+") as f:
    faulthandler.dump_traceback_later(0.3, file=f)
    x = 0
    stop = []
    threading.Timer(0.6, stop.append, (1,)).start()

    def pure():
        x = 0
        while not stop:
            x += 1
        return x

    pure()
    t = re.sub(r"line \d+", "line", text(f))
    print(t[-120:] if 0 else [l for l in t.splitlines() if "pure" in l or "module" in l])
    faulthandler.cancel_dump_traceback_later()
crash = {
    "segv": "import ctypes\ndef f(n):\n    s = 0\n    for i in range(n):\n        s += i\n        if i == 2900:\n            ctypes.string_at(0)\n    return s\ndef g(n):\n    return f(n) + 1\nf(2000)\ng(3000)\n",
    "callback": "import ctypes\ndef key(x):\n    if x == 2900:\n        ctypes.string_at(0)\n    return x\ndef g(n):\n    for i in range(n):\n        sorted((i, i), key=key)\ng(3000)\n",
    "abort": "import os\ndef f(n):\n    for i in range(n):\n        if i == 2900:\n            os.abort()\nf(3000)\n",
    "raise": "import signal\ndef leaf(i):\n    if i == 2900:\n        signal.raise_signal(signal.SIGSEGV)\n    return i\ndef f(n):\n    s = 0\n    for i in range(n):\n        s += leaf(i)\nf(3000)\n",
    "recursion": "def f(n):\n    if n == 0:\n        import faulthandler\n        faulthandler._sigsegv()\n    return f(n - 1) + 1\nfor i in range(600):\n    try:\n        f.__defaults__\n        f(-1) if 0 else None\n    except RecursionError: pass\nf(150)\n",
    "method": "import ctypes\nclass P:\n    def __init__(self, x):\n        self.x = x\n    def m(self, at):\n        if self.x == at:\n            ctypes.memset(8, 1, 1)\n        return self.x\ndef f(n):\n    t = 0\n    for i in range(n):\n        t += P(i).m(2500)\n    return t\nf(3000)\n",
    "thread": "import ctypes, threading\ndef f(n):\n    s = 0\n    for i in range(n):\n        s += i\n        if i == 2900:\n            ctypes.string_at(0)\nt = threading.Thread(target=f, args=(3000,))\nt.start()\nt.join()\n",
}
with tempfile.TemporaryDirectory() as d:
    for name, source in crash.items():
        p = os.path.join(d, name + ".py")
        with open(p, "w") as f:
            f.write(source)
        r = subprocess.run([sys.executable, "-X", "faulthandler", p], capture_output=True, text=True)
        err = re.sub(r"0x[0-9a-f]+", "0x", r.stderr.replace(d, ""))
        print(name, r.returncode, r.stdout)
        print(err.split("\nThread")[0])
    r = subprocess.run([sys.executable, os.path.join(d, "segv.py")], capture_output=True, text=True)
    print(r.returncode, r.stderr)
