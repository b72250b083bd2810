# compiled: rest named both mixed kept Box.__init__ Box.get outer
# keep: gainless
# skip: frames@3.12
# Functions with *args and **kwargs, hot; then other types, wrong calls, the tuple and the dict kept, changed and shared,
# what dies with them and when, and uncaught.
import functools
import sys
import traceback


def rest(*args):
    s = 0
    for x in args:
        s += x
    return s


def named(**kwargs):
    s = 0
    for k in kwargs:
        s += kwargs[k] * len(k)
    return s


def both(a, b=2, *args, c=3, **kwargs):
    return a + b * 10 + c * 100 + len(args) * 1000 + len(kwargs) * 10000


def mixed(a, /, *args, k, **kwargs):
    return (a, args, k, kwargs)


def kept(*args, **kwargs):
    kwargs["n"] = len(args)
    held.append((args, kwargs))
    args = args[1:]
    return args


class Box:
    def __init__(self, *parts, **more):
        self.parts = parts
        self.more = more

    def get(self, *path):
        return self.parts[path[0]] + len(self.more)


def twice(f):
    @functools.wraps(f)
    def wrapper(*args, **kwargs):
        return f(*args, **kwargs) + f(*args, **kwargs)

    return wrapper


@twice
def product(a, b=3):
    return a * b


def outer(*args):
    def inner():
        nonlocal args
        args = args[:1]
        return sum(args)

    return inner(), args


held = []
t = 0
for i in range(3000):
    t += rest(i, 1, 2) + rest() + rest(i)
    t += named(a=i, bb=2) + named()
    t += both(i) + both(i, 1, 2, 3) + both(i, c=5) + both(1, d=4, e=i) + both(b=i, a=1)
    t += len(mixed(i, 2, 3, k=4, z=5)) + mixed(1, k=i, a=7)[3]["a"]
    t += len(kept(i, i, x=1))
    t += Box(i, 2, q=3).get(1, 2)
    t += product(i) + product(i, b=2) + product(a=1)
    t += outer(i, 2, 3)[0]
print(t, len(held), held[-1], held[0][0] is held[1][0])

WRONG = [
    lambda: both(),
    lambda: both(1, a=2),
    lambda: both(1, 2, b=3),
    lambda: mixed(1),
    lambda: mixed(k=1),
    lambda: mixed(a=1, k=2),
    lambda: mixed(1, k=2, **{"k": 3}),
    lambda: both(1, **{3: 4}),
    lambda: both(*3),
    lambda: named(1),
    lambda: rest(a=1),
    lambda: rest("a"),
    lambda: named(a="b"),
    lambda: product(1, 2, 3),
    lambda: Box().get(0),
    lambda: Box(1).get(),
]
for wrong in WRONG * 3:
    try:
        print(wrong())
    except (TypeError, IndexError) as e:
        print(type(e).__name__, e)
print(rest(0.5, 2**70), rest(True), named(abc=2.5), both(1.5, *range(9), **{"z": 1}), mixed(*"ab", k="c", d="e"))
print(rest(*range(40)), len(kept(*range(50))), both(*range(35), **{f"k{i}": i for i in range(35)}))


class Loud:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        log.append(self.name)


def dies(*args, **kwargs):
    x = Loud("x")
    log.append("in")
    args = ()
    log.append("args gone")
    kwargs.clear()
    log.append("kwargs clear")
    return 1


def ends(a, *args, **kwargs):
    x = Loud("local")
    log.append(len(args))
    return a


def lends(*args):
    log.append(sys.getrefcount(args))


log = []


def calls(n):
    for i in range(n):
        dies(Loud("a"), Loud("b"), k=Loud("k"), l=Loud("l"))
        log.append("-")
        ends(Loud("first"), Loud("second"), third=Loud("third"))
        log.append("-")
        o = Loud("o")
        lends(o, Loud("p"))


calls(1500)
first, log = log, []
calls(1)
print(first[:20], first[-20:], log)
log.clear()
dies(Loud("a"), Loud("b"), k=Loud("k"))
ends(Loud("first"), Loud("second"), third=Loud("third"))
lends(Loud("p"))
print(log)


def frames(*args, **kwargs):
    return dict(sys._getframe().f_locals), sys._getframe().f_code.co_varnames


def recursive(n, *args, **kwargs):
    if n == 0:
        return args, kwargs
    return recursive(n - 1, n, *args[:3], last=n, **{} if n % 2 else {"odd": 1})


for i in range(1000):
    frames(i, k=i)
    recursive(5, i)
print(frames(1, 2, x=3), recursive(7))
try:
    recursive(100000)
except RecursionError as e:
    print(type(e).__name__)


def fails(*args, **kwargs):
    s = 0
    for x in args:
        s += x
    return s / kwargs["by"]


for i in range(2000):
    fails(i, 2, by=1)
for bad in (lambda: fails(1, by=0), lambda: fails(1), lambda: fails(1, "a")):
    try:
        bad()
    except Exception:
        traceback.print_exc()
fails("a", by=1)
