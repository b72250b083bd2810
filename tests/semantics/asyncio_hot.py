# compiled: crunch callback
# skip: threshold0 threshold2 gc frames verify text
# warm: recompiles
# keep: gainless
# asyncio programs: tasks, cancellation while native code runs its callback, TaskGroup, timeouts, contextvars, queues.
import asyncio
import contextvars
import sys

log = []
var = contextvars.ContextVar("v", default=0)


def crunch(n, f):
    s = 0
    for i in range(n):
        s += f(i)
    return s


def plain(i):
    return i & 7


def callback(i, task=None):
    t = asyncio.current_task()
    if task and i == 350:
        task[0].cancel("msg")
    return 1 if t else 0


async def worker(name, n):
    t = 0
    try:
        for k in range(n):
            t += crunch(300, plain)
            if k % 10 == 0:
                await asyncio.sleep(0)
    except asyncio.CancelledError as e:
        log.append((name, "cancelled", e.args))
        raise
    finally:
        log.append((name, "done", t))
    return t


async def selfcancel():
    me = [asyncio.current_task()]
    r = crunch(400, lambda i: callback(i, me))
    log.append(("r", r))
    try:
        await asyncio.sleep(0)
    except asyncio.CancelledError as e:
        log.append(("self", e.args, me[0].cancelling(), me[0].uncancel()))
    return r


async def failing(k):
    crunch(200, plain)
    await asyncio.sleep(0)
    return crunch(200, lambda i: 10 // (k - i))


async def agen(n):
    try:
        for i in range(n):
            yield crunch(50, plain)
            await asyncio.sleep(0)
    finally:
        log.append("agen closed")


async def consumer(q, out):
    s = 0
    while True:
        item = await q.get()
        if item is None:
            break
        for j in range(item):
            s += j * 2
        out.append(s)
        q.task_done()
    return s


async def ctx(n):
    token = var.set(n)
    s = 0
    for i in range(200):
        s += var.get()
        if i % 50 == 0:
            await asyncio.sleep(0)
    var.reset(token)
    return s, var.get()


async def busy():
    loop = asyncio.get_running_loop()
    end = loop.time() + 0.05
    n = 0
    while loop.time() < end:
        n += 1
    await asyncio.sleep(0)
    return n


async def main():
    for _ in range(5):
        crunch(500, plain)
        crunch(500, callback)
    print(await asyncio.gather(*(worker(i, 30) for i in range(3))))
    t = asyncio.create_task(worker("victim", 1000))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    t.cancel("stop")
    try:
        await t
    except asyncio.CancelledError as e:
        print("cancelled", e.args, t.cancelled())
    print(await asyncio.create_task(selfcancel()))
    try:
        async with asyncio.TaskGroup() as tg:
            a = tg.create_task(worker("a", 500))
            b = tg.create_task(failing(150))
            c = tg.create_task(worker("c", 20))
    except* ZeroDivisionError as g:
        print(g.exceptions, a.cancelled(), c.cancelled())
        tb = g.exceptions[0].__traceback__
        while tb:
            print("  ", tb.tb_frame.f_code.co_name, tb.tb_lineno - tb.tb_frame.f_code.co_firstlineno)
            tb = tb.tb_next
    try:
        async with asyncio.timeout(0.02):
            await busy()
            await asyncio.sleep(1)
    except TimeoutError as e:
        print("timeout", type(e.__cause__).__name__)
    try:
        await asyncio.wait_for(asyncio.sleep(10), 0.01)
    except TimeoutError:
        print("wait_for")
    print([v async for v in agen(3)])
    async for v in agen(5):
        break
    q = asyncio.Queue(3)
    out = []
    c = asyncio.create_task(consumer(q, out))
    for i in range(400):
        await q.put(i)
    await q.put(None)
    print(await c, len(out))
    print(await asyncio.gather(*(ctx(i) for i in range(4))))
    print(await asyncio.to_thread(crunch, 1000, plain))
    loop = asyncio.get_running_loop()
    fut = loop.create_future()
    loop.call_later(0.01, lambda: fut.set_result(crunch(100, plain)))
    print(await fut)
    s = await asyncio.shield(worker("s", 12))
    print(s, len(asyncio.all_tasks()))
    stack = []

    def look(i):
        if i == 150:
            f = sys._getframe()
            while f:
                stack.append(f.f_code.co_name)
                f = f.f_back
            asyncio.current_task().print_stack(file=sys.stdout)
        return i

    crunch(200, look)
    print(stack[:3])
    return 5


print(asyncio.run(main()))
for e in log:
    print(e)


async def sub():
    p = await asyncio.create_subprocess_exec(sys.executable, "-c", "s=0\nfor i in range(5000): s+=i\nprint(s)", stdout=asyncio.subprocess.PIPE)
    out, _ = await p.communicate()
    return out, p.returncode


print(asyncio.run(sub()))


async def boom():
    crunch(200, plain)
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda l, c: print("handler", c["message"], repr(c["exception"])))
    loop.call_soon(crunch, 100, None)
    await asyncio.sleep(0.01)


asyncio.run(boom(), debug=True)
