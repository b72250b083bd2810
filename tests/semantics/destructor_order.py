# compiled: run
# __del__ runs at the same point of a hot loop as in CPython: on rebinding, on del, on return, on exception.


class D:
    def __init__(self, n):
        self.n = n

    def __del__(self):
        log.append(("del", self.n, len(log)))


log = []


def run(n):
    s = 0
    keep = None
    for i in range(n):
        if i % 5000 == 0:
            log.append(("make", i))
            keep = D(i)
            log.append(("made", i))
        s += i
    log.append("end")
    return s


def temps(n):
    s = 0
    for i in range(n):
        s += D(i).n
        x = [D(-i)]
        x[0] = 5
        del x
    return s


def raising(n):
    a = D("a")
    b = D("b")
    for i in range(n):
        c = D(i) if i > n - 3 else None
        if i == n - 1:
            log.append("raise")
            1 / 0


print(run(20000), log)
log.clear()
print(temps(3000), log[:6], log[-4:], len(log))
log.clear()
try:
    raising(3000)
except ZeroDivisionError as e:
    log.append("caught")
log.append("after")
print(log)
log.clear()


def swap_args(a, b):
    a = b
    log.append("rebound")
    b = None
    log.append("both")
    return 1


for i in range(3500):
    swap_args(None, None)
log.clear()
swap_args(D(1), D(2))
print(log)
log.clear()
xs = [D(i) for i in range(4)]
for x in xs:
    if x.n == 1:
        xs.clear()
        log.append("cleared")
log.append("done")
del x
print(log)


class Nosy:
    def __del__(self):
        global K
        K = "changed by del"


K = 1


def nosy(n):
    out = []
    for i in range(n):
        o = Nosy() if i == n - 5 else None
        out.append(K)
    return out[-6:]


print(nosy(20000))
t = D("exit")
