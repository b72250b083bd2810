# fib twice
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def twice(x):
    return abs(min(x, 3)) + fib(x)


for i in range(8):
    fib(i)
for i in range(50):
    twice(5)
