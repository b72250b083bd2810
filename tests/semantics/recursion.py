# compiled: fib ack hanoi
# Recursion: simple, double, mutual; with types that change in the middle.


def fib(n):
    if n < 2:
        return n
    return fib(n - 1) + fib(n - 2)


def ack(m, n):
    if m == 0:
        return n + 1
    if n == 0:
        return ack(m - 1, 1)
    return ack(m - 1, ack(m, n - 1))


def is_even(n):
    return True if n == 0 else is_odd(n - 1)


def is_odd(n):
    return False if n == 0 else is_even(n - 1)


def hanoi(n, a, b, c):
    if not n:
        return 0
    return hanoi(n - 1, a, c, b) + 1 + hanoi(n - 1, c, b, a)


def big(n):
    return 1 if n < 2 else n * big(n - 1)


print(fib(20), ack(2, 20), is_even(200), hanoi(11, "a", "b", "c"))
for i in range(100):
    is_even(60)
    big(30)
print(is_even(7), is_odd(7), big(40))
print(repr(fib(12.0)), repr(fib(True)), repr(fib(10.5)), fib(-5))
try:
    fib("a")
except TypeError as e:
    print(e)
try:
    is_even(0.5)
except RecursionError as e:
    print(type(e).__name__)


class N:
    def __init__(self, v):
        self.v = v

    def __lt__(self, o):
        return self.v < o

    def __sub__(self, o):
        return N(self.v - o)

    def __add__(self, o):
        return N(self.v + o.v)

    def __repr__(self):
        return "N(%d)" % self.v


print(fib(N(10)))
real = fib
fib = lambda n: 100
print(real(5))
fib = real
print(fib(15))
