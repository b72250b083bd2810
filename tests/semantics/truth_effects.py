# compiled: total listed both
# broken: global
# keep: gainless
# A comparison in a condition rebinds what the code around it has assumed: the comparison runs Python code, its truth not.
step = 1
late = False


class Equal:
    def __eq__(self, other):
        if late:
            rebind()
        return True

    def __lt__(self, other):
        if late:
            rebind()
        return 1

    def __contains__(self, item):
        if late:
            rebind()
        return "yes"


def rebind():
    global step, size
    step = "changed"
    size = lambda x: -1


def size(x):
    return len(x)


def total(e, n):
    s = 0
    for i in range(n):
        if e == i:
            s += 1
        s += step
    return s


def listed(e, n):
    r = []
    while n > 0 and e < n:
        n -= 1
        r.append(step)
        r.append(size(r))
    return r[-4:]


def both(e, n):
    s = 0
    for i in range(n):
        if i in e and not e == i or e < i:
            s += 2
        s += size("ab") if e != i else step
    return s


e = Equal()
for f, n in (total, 4), (listed, 3), (both, 3):
    late = False
    step = 1
    size.__code__ = (lambda x: len(x)).__code__

    for i in range(600):
        f(e, 3)
    print(f(e, 50))
    late = True
    try:
        print(f(e, n))
    except TypeError as error:
        print(error)

    def size(x):
        return len(x)
