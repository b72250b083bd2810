# adder.<locals>.add counter.<locals>.step
def adder(n):
    def add(x):
        return x + n

    return add


def counter():
    total = 0

    def step(x):
        nonlocal total
        total += x
        return total

    return step


f, g = adder(3), counter()
for i in range(50):
    f(i)
    g(i)
