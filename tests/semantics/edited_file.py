# warm: recompiles
# A module is edited on disk after import while its function is hot; reload brings the new text.
import importlib
import os
import sys
import tempfile
import traceback

sys.dont_write_bytecode = True
with tempfile.TemporaryDirectory() as d:
    sys.path.insert(0, d)
    path = os.path.join(d, "edited_mod.py")

    def write(body, t):
        with open(path, "w") as f:
            f.write(body)
        os.utime(path, (t, t))

    write("K = 2\ndef f(x):\n    return x * K\ndef loop(n):\n    s = 0\n    for i in range(n):\n        s += f(i)\n    return s\n", 1000000)
    import edited_mod

    old = edited_mod.f
    for i in range(500):
        edited_mod.f(i)
    write("# a comment\nK = 2\ndef f(x):\n    return x * K + 1000\ndef loop(n):\n    return -1\n", 2000000)
    for i in range(5000):
        edited_mod.f(i)
    print(edited_mod.f(3), edited_mod.loop(20000))
    importlib.reload(edited_mod)
    for i in range(5000):
        edited_mod.f(i)
    print(edited_mod.f(3), edited_mod.loop(20000), old(3))
    write("\n\nK = 2\ndef f(x):\n    return x * K + 1000\ndef loop(n):\n    return f(n) / 0\n", 3000000)
    importlib.reload(edited_mod)
    try:
        edited_mod.loop(2)
    except ZeroDivisionError as e:
        tb = traceback.extract_tb(e.__traceback__)[-1]
        print(tb.lineno, tb.line, edited_mod.f.__code__.co_firstlineno)
    os.unlink(path)
    for i in range(5000):
        edited_mod.f(i)
    print(edited_mod.f(2.5), edited_mod.f(2**63))
    try:
        edited_mod.f(None)
    except TypeError as e:
        print(e, traceback.extract_tb(e.__traceback__)[-1].lineno)
