"""Classes that Python code subclasses, functions that call Python code back, generators, memory views."""
cimport cython


class Escaped(ArithmeticError):
    pass


cdef class Particle:
    cdef public double x, v
    cdef readonly long steps

    def __init__(self, double x, double v):
        self.x = x
        self.v = v

    cpdef double force(self, double x) except? -1.0:
        return -x

    def __add__(self, other):
        if not isinstance(other, Particle):
            return NotImplemented
        return type(self)(self.x + (<Particle>other).x, self.v + (<Particle>other).v)

    def __lt__(self, Particle other):
        return self.x < other.x

    def advance(self, long n, double dt):
        """`force` is called as C calls it: an override in Python is found."""
        cdef long i
        for i in range(n):
            self.v += self.force(self.x) * dt
            self.x += self.v * dt
            self.steps += 1
        return self.x


cdef double simpson(object f, double a, double b, long n) except *:
    cdef double h = (b - a) / n, total = f(a) + f(b)
    cdef long i
    for i in range(1, n):
        total += f(a + i * h) * (4.0 if i % 2 else 2.0)
    return total * h / 3.0


def integrate(f, double a, double b, long n=100):
    try:
        return simpson(f, a, b, n)
    except ValueError as error:
        raise Escaped(f"between {a} and {b}") from error


def total(values):
    result = 0
    for value in values:
        result += value
    return result


@cython.boundscheck(True)
def smooth(double[:] data, f):
    cdef Py_ssize_t i
    for i in range(1, data.shape[0] - 1):
        data[i] = f(data[i - 1], data[i], data[i + 1])


def pairs(f, n):
    for i in range(n):
        got = yield i, f(i)
        if got:
            yield got


async def gather(f, n):
    result = 0
    for i in range(n):
        result += await f(i)
    return result
