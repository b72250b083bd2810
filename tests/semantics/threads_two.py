# compiled: work
# warm: recompiles
# Two threads in one hot function, and a loop that waits for another thread; a tiny switch interval.
import sys
import threading

sys.setswitchinterval(1e-5)


def work(n, k, out):
    s = 0
    for i in range(n):
        s += i * k
        if i % 1000 == 0:
            out.append(s)
    return s


results = {}


def run(name, k):
    out = []
    try:
        results[name] = (work(20000, k, out), len(out), out[-1])
    except TypeError as e:
        results[name] = str(e)


print(work(20000, 1, []))
ts = [threading.Thread(target=run, args=(str(k), k)) for k in (1, 2.5, "s", 2**50, True)]
for t in ts:
    t.start()
for t in ts:
    t.join()
for k in sorted(results):
    print(k, repr(results[k]))
ready = [False]
box = [0]


def wait_for():
    n = 0
    while not ready[0]:
        n += 1
    return n >= 0


def setter():
    for i in range(3000):
        box[0] = i
    ready[0] = True


t = threading.Thread(target=setter)
t.start()
print(wait_for(), box)
t.join()
lock = threading.Lock()
count = 0


def locked(n):
    global count
    for i in range(n):
        with lock:
            count += 1


ts = [threading.Thread(target=locked, args=(2000,)) for _ in range(3)]
[t.start() for t in ts]
[t.join() for t in ts]
print(count)
tl = threading.local()


def local(n):
    tl.x = 0
    for i in range(n):
        tl.x += i
    results["tl%d" % n] = tl.x


ts = [threading.Thread(target=local, args=(n,)) for n in (1000, 3000)]
[t.start() for t in ts]
[t.join() for t in ts]
print(results["tl1000"], results["tl3000"], hasattr(tl, "x"))


def boom():
    work(20000, None, [])


threading.excepthook = lambda a: print(a.exc_type.__name__, a.exc_value)
t = threading.Thread(target=boom)
t.start()
t.join()
