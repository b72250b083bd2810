# compiled: Vec.__add__ Vec.__sub__ Vec.__mul__ Vec.__rmul__ total mixed
# exits: >= 1
# Operators of classes whose methods are compiled: called directly, until something else comes first.
import sys
import traceback


class Vec:
    def __init__(self, x, y):
        self.x = x
        self.y = y

    def __add__(self, other):
        return Vec(self.x + other.x, self.y + other.y)

    def __sub__(self, other):
        if type(other) is not Vec:
            return NotImplemented
        return Vec(self.x - other.x, self.y - other.y)

    def __mul__(self, k):
        return Vec(self.x * k, self.y * k)

    def __rmul__(self, k):
        return Vec(k * self.x, k * self.y)

    def __truediv__(self, k):
        return Vec(self.x / k, self.y / k)

    def __pow__(self, k):
        return self.x ** k + self.y ** k

    def __matmul__(self, other):
        return self.x * other.x + self.y * other.y

    def __repr__(self):
        return "Vec(%r, %r)" % (self.x, self.y)


def total(n, a, b):
    s = a
    for i in range(n):
        s = s + b - a
        s = s * 0.5
    return s


def mixed(a, b):
    return 2.0 * a + b * 2.0 - a / 4.0


def scalar(a, b):
    return a @ b + a ** 2


def plus(a, b):
    return a + b


def minus(a, b):
    return a - b


def times(a, b):
    return a * b


def in_place(a, b):
    a += b
    return a


def attempt(f, *args):
    try:
        print(f.__name__, f(*args))
    except Exception:
        kind, value, tb = sys.exc_info()
        print(f.__name__, kind.__name__, value)
        print("".join(traceback.format_tb(tb)[1:]))


u, v = Vec(1.0, 2.0), Vec(0.25, -3.0)
for i in range(3000):
    total(3, u, v)
    mixed(u, v)
    scalar(u, v)
    plus(u, v)
    minus(u, v)
    times(u, 2.0)
    times(2.0, u)
    in_place(u, v)
print(total(50, u, v), mixed(u, v), scalar(u, v))


# A subclass comes first, if it has a reflected method of its own.
class Loud(Vec):
    def __radd__(self, other):
        return "radd %r" % (other,)

    def __rsub__(self, other):
        return "rsub %r" % (other,)


class Quiet(Vec):
    pass


for other in Loud(1.0, 1.0), Quiet(1.0, 1.0):
    attempt(plus, u, other)
    attempt(minus, u, other)
    attempt(plus, other, u)


# The other operand answers where the method declines.
class Right:
    def __rsub__(self, other):
        return "right"

    def __rmul__(self, other):
        return NotImplemented


class Other:
    pass


attempt(minus, u, Right())
attempt(minus, u, Other())
attempt(minus, u, 3)
attempt(minus, 3, u)
attempt(times, 3, Right())
attempt(times, 2.5, Right())
attempt(times, [1], u)
attempt(plus, u, None)
attempt(plus, 1, u)
attempt(in_place, u, "text")
for i in range(500):
    assert minus(u, Right()) == "right"


# Numbers that are a class's own.
class Int(int):
    def __rmul__(self, other):
        return "Int.__rmul__"

    def __add__(self, other):
        return "Int.__add__"


class Float(float):
    def __radd__(self, other):
        return "Float.__radd__"


for i in range(300):
    a = times(2, Int(3)), times(2.5, Int(3)), plus(Int(1), 2), plus(1.5, Float(2)), plus(1, Float(2)), plus(Int(4), Int(5))
print(a)


# In place, once there is such a method.
def iadd(self, other):
    self.x += 100
    return self


w = Vec(1.0, 1.0)
print(in_place(w, v), w)
Vec.__iadd__ = iadd
print(in_place(w, v), w)
del Vec.__iadd__
print(in_place(w, v), w)

# Another method in the class.
add = Vec.__add__
Vec.__add__ = lambda self, other: "other"
print(plus(u, v), in_place(u, v))
Vec.__add__ = add
print(plus(u, v))
del Vec.__sub__
attempt(minus, u, v)


# Errors, and what the frames show.
class Bad:
    def __init__(self, n):
        self.n = n

    def __add__(self, other):
        return Bad(self.n + 1 // other.n)

    def __mul__(self, other):
        return sys._getframe(1).f_code.co_name


def chain(a, b):
    c = a + b
    return c + b


for i in range(2000):
    chain(Bad(1), Bad(2))
attempt(chain, Bad(1), Bad(0))
attempt(times, Bad(1), 1)


# When operands die.
class Dies:
    def __init__(self, name):
        self.name = name

    def __add__(self, other):
        return Dies(self.name + other.name)

    def __del__(self):
        if log:
            print("end of", self.name)


def join(a, b):
    return (Dies(a) + Dies(b)) + Dies("!")


log = False
for i in range(2000):
    join("a", "b")
log = True
print(join("x", "y").name)


# Recursion through an operator.
class Deep:
    def __init__(self, n):
        self.n = n

    def __add__(self, other):
        if self.n == 0:
            return 0
        return 1 + (Deep(self.n - 1) + other)


log = False
for i in range(300):
    assert Deep(20) + None == 20
try:
    Deep(100000) + None
except RecursionError as error:
    print(type(error).__name__)
