# del of locals, items, slices and attributes in hot loops.


def run(n):
    s = 0
    for i in range(n):
        t = i * 2
        u = [t]
        s += t
        del t, u
    try:
        t
    except UnboundLocalError as e:
        return s, str(e)


def trim(xs):
    n = 0
    while xs:
        n += xs[-1]
        del xs[-1]
    return n


def half(d, n):
    for i in range(n):
        d[i] = i
        if i % 2:
            del d[i]
    return len(d)


class O:
    pass


def attrs(n):
    o = O()
    for i in range(n):
        o.x = i
        o.y = 1
        del o.x
    return vars(o)


def loopvar(n):
    for i in range(n):
        j = i
        del i
    return j, "i" in locals()


print(run(20000), trim(list(range(20000))), half({}, 5000), attrs(5000), loopvar(20000))
print(trim([2**63, 1, 0.5]), half([0] * 10, 0))
for f in (lambda: half([0] * 10, 12), lambda: trim((1, 2)), lambda: trim("ab"), lambda: half((), 1), lambda: attrs("x")):
    try:
        print(f())
    except (IndexError, TypeError, ValueError) as e:
        print(type(e).__name__, e)


def branches(n):
    x = 5
    c = 0
    for i in range(n):
        if i == n - 2:
            del x
        try:
            c += x
        except UnboundLocalError:
            c = -c
    return c


print(branches(20000))
ys = [1, 2, 3]
del ys[1]
print(ys)
try:
    del nothing
except NameError as e:
    print(e)
del ys[:], run
print(ys, "run" in globals())
