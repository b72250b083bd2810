# compiled: <module>
# Module loop whose callees rebind and delete the very names it uses.
s = 0
step = 1


def twist(i):
    global step, s
    if i == 5000:
        step = 2
    elif i == 10000:
        step = 0.5
    elif i == 15000:
        s = 0
    elif i == 18000:
        globals()["step"] = 2**62


for i in range(20000):
    s += step
    if i % 1000 == 0:
        twist(i)
print(s, step, i)


def kill():
    global s
    del s


n = 0
try:
    for i in range(20000):
        n += 1
        s += 1
        if i == 10000:
            kill()
except NameError as e:
    print(e, i, n)
s = 5
for i in range(20000):
    s = s + 1 if i & 1 else s
    if i == 19000:
        len = lambda v: 99
    if i == 19001:
        s += len([])
        del len
    if i == 19002:
        s += len([])
print(s)
for name in ("a", "b", "c"):
    for i in range(7000):
        globals()[name] = i
print(a, b, c, [k for k in globals() if len(k) == 1])
import sys

main = sys.modules["__main__"]
for i in range(20000):
    s = i
    if i == 15000:
        main.s = "attr"
        print(s)
        del main.s
        print("s" in vars(main))
print(s)
