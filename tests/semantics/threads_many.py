# compiled: work shared
# skip: threshold0 threshold2 verify text gc frames
# warm: recompiles
# keep: gainless
# Many threads in one hot function, with a tiny switch interval; thread locals, locks, conditions, exceptions in threads,
# threads that switch tracing and profiling on for themselves, daemons at exit, threads that fork.
import concurrent.futures
import os
import queue
import sys
import threading
import time

sys.setswitchinterval(1e-5)


def work(n, k, box):
    s = 0
    for i in range(n):
        s += i * k
        box[0] = s
        if box[0] is not s:
            return "torn"
    return s


for _ in range(5):
    work(300, 1, [0])
res = {}
barrier = threading.Barrier(12)


def run(j):
    barrier.wait()
    k = (1, 2.5, 2**60, "s", True, 3)[j % 6]
    try:
        res[j] = [work(1500, k, [0]) for _ in range(3)]
    except Exception as e:
        res[j] = repr(e)
    except BaseException as e:
        res[j] = type(e)


ts = [threading.Thread(target=run, args=(j,)) for j in range(12)]
[t.start() for t in ts]
[t.join() for t in ts]
print([(j, str(res[j])[:70]) for j in sorted(res)])
tl = threading.local()
total = 0
lock = threading.Lock()


def shared(n):
    global total
    tl.c = 0
    for i in range(n):
        with lock:
            total += 1
        tl.c += 1
    return tl.c


with concurrent.futures.ThreadPoolExecutor(8) as ex:
    print(list(ex.map(shared, [700] * 16)), total)
log = {}


def tracer(frame, event, arg):
    if frame.f_code.co_filename == __file__:
        log.setdefault(threading.current_thread().name, []).append((event[0], frame.f_code.co_name, frame.f_lineno - frame.f_code.co_firstlineno))
    return tracer


def prof(frame, event, arg):
    if frame.f_code.co_filename == __file__:
        log.setdefault(threading.current_thread().name, []).append((event, frame.f_code.co_name))


def leaf(x):
    return x + 1


def traced(n, at, mode):
    s = 0
    for i in range(n):
        s = leaf(s)
        if i == at:
            if mode == "t":
                sys._getframe().f_trace = tracer
                sys.settrace(tracer)
            elif mode == "p":
                sys.setprofile(prof)
        s -= 1
    sys.settrace(None)
    sys.setprofile(None)
    return s


for _ in range(5):
    traced(300, -1, "")
ts = [threading.Thread(target=traced, args=(1200, 1197, m), name=f"{m}{i}") for i, m in enumerate(["t", "p", "", "t", "", "p"])]
[t.start() for t in ts]
[t.join() for t in ts]
for k in sorted(log):
    print(k, len(log[k]), log[k])
q = queue.Queue(5)
out = []


def producer(n):
    for i in range(n):
        q.put(i)
    q.put(None)


def consumer():
    s = 0
    while (v := q.get()) is not None:
        s += v * v
    out.append(s)


ts = [threading.Thread(target=producer, args=(2000,)), threading.Thread(target=consumer)]
[t.start() for t in ts]
[t.join() for t in ts]
print(out)


def rec(n):
    return rec(n - 1) + 1 if n else 0


def deep(r):
    try:
        rec(10**6)
    except RecursionError as e:
        r.append(str(e))
    r.append(rec(500))


for i in range(200):
    rec(20)
rs = [[] for _ in range(4)]
threading.stack_size(1 << 20)
ts = [threading.Thread(target=deep, args=(r,)) for r in rs]
[t.start() for t in ts]
[t.join() for t in ts]
print(rs)
threading.stack_size(0)
stop = [False]


def spin(n):
    c = 0
    while not stop[0]:
        c += 1
    return c


def frames():
    t = threading.Thread(target=spin, args=(0,))
    t.start()
    time.sleep(0.05)
    f = sys._current_frames()[t.ident]
    names = [f.f_code.co_name, f.f_back.f_code.co_name]
    loc = sorted(f.f_locals)
    stop[0] = True
    t.join()
    return names, loc


print(frames())


class Err:
    def __del__(self):
        res["del"] = threading.current_thread().name


def bad(n):
    e = Err()
    for i in range(n):
        if i == n - 2:
            e = None
            raise SystemExit(3)


threading.excepthook = lambda a: print("hook", a.exc_type.__name__, a.thread.name)


def worse(n):
    s = 0
    for i in range(n):
        s += 1 // (n - 1 - i)


t = threading.Thread(target=bad, args=(1500,), name="bad")
t.start()
t.join()
t = threading.Thread(target=worse, args=(1500,), name="worse")
t.start()
t.join()
print(res["del"])


def forker():
    pid = os.fork()
    if pid == 0:
        os._exit(work(1000, 1, [0]) % 200)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


import warnings

warnings.simplefilter("ignore")
codes = []
ts = [threading.Thread(target=lambda: codes.append(forker())) for _ in range(3)]
[t.start() for t in ts]
[t.join() for t in ts]
print(codes)
stop[0] = False
threading.Thread(target=spin, args=(0,), daemon=True).start()
threading.Thread(target=work, args=(20000, 1, [0])).start()
print("end", flush=True)
