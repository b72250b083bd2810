# compiled: square
# skip: threshold0 threshold2 verify text gc frames
# warm: recompiles
# multiprocessing in all start methods: Pool, Queue, Pipe, Value, Manager-free; functions hot before the fork; errors back;
# os.fork in a loop.
import multiprocessing as mp
import os
import sys


def square(x):
    s = 0
    for i in range(200):
        s += x * i
    return s


def chew(q, out, n):
    t = 0
    while True:
        v = q.get()
        if v is None:
            break
        t += square(v)
    out.put((n, t))


def fails(x):
    r = 0
    for i in range(300):
        r += 1 // (250 - i) if x == 3 else i
    return r


def initial(v):
    global base
    base = v


def uses(x):
    return sum(base + i for i in range(x))


def named(c):
    for i in range(5):
        c.send(square(i))
    c.send(mp.current_process().name)
    c.close()


def counts(v, lock):
    for i in range(500):
        with lock:
            v.value += 1


def forks(n):
    tot = 0
    for i in range(n):
        sys.stdout.flush()
        pid = os.fork()
        if pid == 0:
            s = 0
            for j in range(700):
                s += j * i
            os._exit(s % 101)
        tot += os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return tot


if __name__ == "__main__":
    for i in range(3000):
        square(i)
    print(forks(25))
    for i in range(300):
        square(i)
    for method in ("fork", "spawn", "forkserver"):
        ctx = mp.get_context(method)
        with ctx.Pool(2, initial, (10,)) as pool:
            print(method, sum(pool.map(square, range(400))))
            print(pool.map(uses, range(5)), pool.apply_async(square, (3,)).get(), list(pool.imap(square, range(3))))
            try:
                pool.map(fails, range(5))
            except ZeroDivisionError as e:
                print(type(e), e, str(e.__cause__).count("fails"))
        q, out = ctx.Queue(), ctx.Queue()
        ps = [ctx.Process(target=chew, args=(q, out, i)) for i in range(2)]
        for p in ps:
            p.start()
        for i in range(100):
            q.put(i)
        for p in ps:
            q.put(None)
        got = [out.get() for p in ps]
        for p in ps:
            p.join()
        print(sorted(n for n, t in got), sum(t for n, t in got), [p.exitcode for p in ps])
        a, b = ctx.Pipe()
        p = ctx.Process(target=named, args=(b,), name="me")
        p.start()
        print([a.recv() for _ in range(6)])
        p.join()
        v, lock = ctx.Value("i", 0), ctx.Lock()
        ps = [ctx.Process(target=counts, args=(v, lock)) for _ in range(2)]
        [p.start() for p in ps]
        [p.join() for p in ps]
        print(v.value)
