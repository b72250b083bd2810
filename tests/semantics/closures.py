# compiled: make.<locals>.add counter.<locals>.step
# Cells that change under a hot closure: value, type, deletion.


def make(k):
    def add(x):
        return x + k

    def change(v):
        nonlocal k
        k = v

    def drop():
        nonlocal k
        del k

    return add, change, drop


def counter():
    n = 0

    def step():
        nonlocal n
        n += 1
        return n

    return step


add, change, drop = make(5)
step = counter()
t = 0
for i in range(4000):
    t += add(i) + step()
print(t)
change(2.5)
print(add(1))
change(2**63)
print(add(1))
change("s")
print(add("x"))
drop()
try:
    add(1)
except NameError as e:
    print(type(e).__name__, e)
change(3)
print(add(1), step(), counter()(), step())
print(step.__closure__[0].cell_contents)
step.__closure__[0].cell_contents = 2**63 - 2
print([step() for _ in range(4)])
step.__closure__[0].cell_contents = 0.5
print(step(), step())
fs = [lambda y, j=j: y + j + k for j in range(3) for k in [j * 10]]
print([f(1) for f in fs])
late = []
for q in range(3):
    late.append(lambda: q)
print([f() for f in late])


def loop_cell(n):
    s = 0
    for i in range(n):
        s += i
    return (lambda: (s, i))()


print(loop_cell(20000), loop_cell(20000))
