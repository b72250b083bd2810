# compiled: step
# finally blocks around hot operations: with return, break, exception replacing exception.
order = []


def step(a, b):
    return a // b + a


def fin(a, b):
    try:
        return step(a, b)
    finally:
        order.append(a)


def override(a, b):
    try:
        return step(a, b)
    finally:
        if b == 0:
            return "override"


def replace(a, b):
    try:
        step(a, b)
    finally:
        [1, 2, 3][a]


def loop(xs):
    n = 0
    try:
        for x in xs:
            n += 100 // x
    except ZeroDivisionError:
        n = -n
    else:
        n += 0.5
    finally:
        n *= 2
    return n


t = 0
for i in range(4000):
    t += fin(i, 2) + override(i, 3)
print(t, len(order))
xs = [i % 5 + 1 for i in range(20000)]
print(loop(xs))
xs[19000] = 0
print(loop(xs), override(1, 0))
try:
    fin(7, 0)
except ZeroDivisionError as e:
    print(e, order[-1])
try:
    replace(9, 0)
except IndexError as e:
    print(e, repr(e.__context__))
try:
    replace(9, 1)
except IndexError as e:
    print(e, repr(e.__context__))
try:
    replace(1, 0)
except ZeroDivisionError as e:
    print(e, repr(e.__context__))
xs[5] = "s"
try:
    loop(xs)
except TypeError as e:
    print(e)
xs[5] = 0.25
print(loop(xs[:10]).hex())
