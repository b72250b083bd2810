# compiled: hot add Point.norm
# pickle and copy of functions, methods, instances and closures that are native; functions' attributes; FunctionType.
import copy
import functools
import inspect
import pickle
import types
import operator


def add(x, y=2, *, z=3):
    return x + y + z


add.attr = [1]


class Point:
    __slots__ = ("x", "y")

    def __init__(self, x, y):
        self.x = x
        self.y = y

    def norm(self):
        return self.x * self.x + self.y * self.y

    def __reduce__(self):
        return Point, (self.x, self.y)


class Base:
    def __init__(self):
        self.a = 1
        self.l = [1]

    def __getstate__(self):
        return {"a": self.a + 1, "l": self.l}

    def __setstate__(self, s):
        self.__dict__.update(s)
        self.set = True

    def __copy__(self):
        b = type(self).__new__(type(self))
        b.a, b.l = -1, self.l
        return b


def hot(n, f):
    s = 0
    for i in range(n):
        s += f(i)
    return s


for i in range(5):
    hot(500, add)
    p = Point(1, 2.5)
    for j in range(500):
        p.norm()
print(hot(3000, add), p.norm())
f2 = pickle.loads(pickle.dumps(add))
print(f2 is add, copy.copy(add) is add, copy.deepcopy(add) is add, copy.deepcopy([add, {1: add}])[1][1] is add)
m = pickle.loads(pickle.dumps(p.norm))
print(m(), m.__self__ is p, copy.copy(p.norm)(), copy.deepcopy(p).norm())
pp = functools.partial(add, 5, z=9)
print(pickle.loads(pickle.dumps(pp))(1), copy.deepcopy(pp)(2), hot(600, pp))
for f in (lambda x: x, add.__call__, hot.__get__(3)):
    try:
        r = pickle.loads(pickle.dumps(f))
        print(type(r).__name__)
    except Exception as e:
        print(type(e).__name__, str(e).split(" at 0x")[0])


def closure(k):
    c = 0

    def inner(x):
        nonlocal c
        c += k
        return x + c

    return inner


a, b = closure(1), closure(2.5)
print(hot(1000, a), hot(1000, b))
g = types.FunctionType(a.__code__, globals(), "renamed", None, b.__closure__)
print(g(1), b(1), g.__name__, g.__closure__[0].cell_contents, g.__code__ is a.__code__)
g.__closure__[0].cell_contents = "s" if False else 1000
print(b(1))
h = types.FunctionType(add.__code__, {"__name__": "x"}, "h", (100,))
try:
    print(h(1))
except TypeError as e:
    print(e)
h.__kwdefaults__ = {"z": 7}
print(h(1), inspect.signature(h), inspect.signature(add), add.__dict__, add.__defaults__, add.__kwdefaults__)
c2 = add.__code__.replace(co_name="other", co_consts=add.__code__.co_consts)
print(c2 == add.__code__, hash(c2) == hash(add.__code__), types.FunctionType(c2, globals(), "o", (1,))(1, z=2))
print(inspect.getsource(add).splitlines()[0], inspect.getclosurevars(a).nonlocals, inspect.isfunction(add))
print(vars(type(add)).keys() == vars(types.FunctionType).keys(), sorted(set(dir(add)) - set(dir(object)))[:4])
b1 = Base()
print(vars(pickle.loads(pickle.dumps(b1))), vars(copy.copy(b1)), vars(copy.deepcopy(b1)), copy.copy(b1).l is b1.l)


def many(n):
    t = 0
    for i in range(n):
        q = pickle.loads(pickle.dumps(Point(i, 1)))
        t += q.norm()
        q = copy.copy(q)
        t -= copy.deepcopy(q).norm()
        b = copy.copy(b1)
        t += b.a
    return t


print(many(800))


@functools.lru_cache(maxsize=16)
def cached(n):
    return n if n < 2 else cached(n - 1) + cached(n - 2)


print([cached(i) for i in range(300)][-1], cached.cache_info())


@functools.singledispatch
def disp(x):
    return "obj"


@disp.register
def _(x: int):
    return "int"


@disp.register
def _(x: float):
    return "float"


def dispatches(n):
    c = {}
    for i in range(n):
        r = disp(i if i % 3 else i * 0.5 if i % 2 else "s")
        c[r] = c.get(r, 0) + 1
    return c


print(dispatches(900))
print(functools.reduce(add, range(500)), list(map(add, range(3))), sorted(range(6), key=lambda v: -v), operator.call(add, 1))


@functools.wraps(add)
def wrapped(*a, **k):
    return add(*a, **k)


print(hot(700, wrapped), wrapped.__wrapped__ is add, inspect.signature(wrapped), wrapped.attr)
