# compiled: fib hot
# keep: gainless
# setprofile and recursion: switched on at the bottom of native recursion, call counts, C calls; cProfile's counts.
import cProfile
import io
import pstats
import sys

log = []


def prof(frame, event, arg):
    log.append((event, frame.f_code.co_name, getattr(arg, "__name__", arg if isinstance(arg, (int, float)) else type(arg).__name__)))


def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def deep(n, at):
    if n == at:
        sys.setprofile(prof)
    r = deep(n - 1, at) + 1 if n else 0
    if n == at + 3:
        sys.setprofile(None)
    return r


def hot(n):
    s = 0
    for i in range(n):
        s += fib(i % 5)
        s += max(i, 3) + len("abc") + abs(-i)
    return s


print(fib(18), hot(500))
for _ in range(30):
    deep(50, -9)
print(deep(60, 5))
for e in log:
    print(e)
log.clear()
for f, a in ((hot, (40,)), (fib, (9,)), (deep, (30, -10)), (sorted, ([3, 1, 2],))):
    p = cProfile.Profile()
    p.enable()
    f(*a)
    p.disable()
    st = pstats.Stats(p, stream=io.StringIO())
    print(sorted((k[2], v[0], v[1], len(v[4])) for k, v in st.stats.items()))
p = cProfile.Profile()
print(p.runcall(hot, 100))
st = pstats.Stats(p, stream=io.StringIO())
print(sorted((k[2], v[0], v[1]) for k, v in st.stats.items()), st.total_calls, st.prim_calls)


class K:
    def __init__(self, x):
        self.x = x

    def m(self, y):
        return self.x + y

    @property
    def p(self):
        return self.x

    def __add__(self, o):
        return K(self.x + o.x)

    def __call__(self, z):
        return self.m(z)


def objects(n):
    k = K(1)
    t = 0
    for i in range(n):
        k = k + K(i)
        t += k.m(1) + k.p + k(3)
        t += sum([j for j in (1, 2)])
        t += sum(j for j in (1, 2))
    return t


print(objects(600))
log.clear()
sys.setprofile(prof)
objects(2)
sys.setprofile(None)
for e in log:
    print(e)
log.clear()


def on(i, at):
    if i == at:
        sys.setprofile(prof)
    elif i == at + 1:
        sys.setprofile(None)
    return 0


def mid(n, at):
    k = K(1)
    t = 0
    for i in range(n):
        t += on(i, at)
        k = K(i) + k
        t += k.m(i)
        t += max(3, i)
        t += k.p
        if k(1) and isinstance(k, K):
            t += int("12") + int(3.5)
    return t


print(mid(900, -5))
print(mid(900, 800))
for e in log:
    print(e)


def raising(frame, event, arg):
    if event == "c_return":
        raise OSError("c_return of " + arg.__name__)


def hot2(n, at):
    s = 0
    for i in range(n):
        if i == at:
            sys.setprofile(raising)
        s += len("ab")
        s += abs(-1)
    return s


print(hot2(3000, -1))
try:
    print(hot2(3000, 2990))
except OSError as e:
    print(e, e.__traceback__.tb_next.tb_lineno - hot2.__code__.co_firstlineno)
sys.setprofile(None)
