# compiled: leaf consume
# keep: gainless
# Generators that call hot functions and are consumed by hot loops; send, throw, close; async functions.


def leaf(x):
    return x * x % 1000


def gen(n):
    for i in range(n):
        yield leaf(i)


def consume(it):
    s = 0
    for v in it:
        s += v
    return s


def echo():
    got = []
    try:
        while True:
            got.append(leaf((yield len(got))))
    except ValueError as e:
        yield str(e), got[-1]
    finally:
        print("finally", len(got))


print(consume(gen(10000)), consume(leaf(i) for i in range(10000)), consume(range(20000)))
e = echo()
next(e)
for i in range(3000):
    e.send(i)
print(e.throw(ValueError("thrown")))
e.close()


def delegate(n):
    r = yield from gen(n)
    return r


print(consume(delegate(5000)), consume([1.5, 2]), consume(iter([True, 2**64])))


def bad(n):
    for i in range(n):
        yield 10 // (n - 2 - i)


try:
    consume(bad(5000))
except ZeroDivisionError as x:
    tb = x.__traceback__
    while tb.tb_next:
        tb = tb.tb_next
    print(x, tb.tb_frame.f_code.co_name, tb.tb_frame.f_locals)
g = gen(10)
for v in g:
    if v > 10:
        break
print(v, next(g), list(g))
import asyncio


async def co(n):
    s = 0
    for i in range(n):
        s += leaf(i)
        if i % 2000 == 0:
            await asyncio.sleep(0)
    return s


async def main():
    return await asyncio.gather(co(4000), co(5000))


print(asyncio.run(main()))


def inf():
    n = 0
    while True:
        yield n
        n += 1


import itertools

print(consume(itertools.islice(inf(), 5000)), consume(itertools.chain([1], (2,), {3})))
try:
    consume(gen("x"))
except TypeError as x:
    print(x)
