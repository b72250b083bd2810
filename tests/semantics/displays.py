# keep: gainless
# compiled: rows
# compiled: make
# List and tuple displays: fresh each time, identity of constants, nesting, evaluation order.


def make(a, b):
    t = (a, b, a)
    l = [a, b, [a]]
    return t, l


def rows(n):
    out = []
    for i in range(n):
        out.append((i, i * 0.5))
    return out


def const():
    return (1, 2, 3)


def empty():
    return [], ()


for i in range(3500):
    make(i, i)
    const()
    empty()
r = rows(20000)
print(len(r), r[-1], r[0], sum(a for a, b in r), sum(b for a, b in r).hex())
t, l = make(1.5, "x")
print(t, l, t[0] is t[2], t[0] is l[0], l[2][0] is t[0])
t, l = make(2**80, None)
print(t, l, t[0] is t[2], l[2][0] is t[0])
print(const() is const(), empty()[0] is empty()[0], empty()[1] is empty()[1])
nan = float("nan")
t, l = make(nan, nan)
print(t == (nan, nan, nan), l[:2] == [nan, nan], t.count(nan), nan in l)


def ev(x):
    print("ev", x)
    return x


print([ev(1), (ev(2), ev(3)), {ev(4): ev(5)}, {ev(6)}])
print({1: "a", 1.0: "b", True: "c"}, {1, 1.0, True}, [1, 1.0, True])
l = []
l.append(l)
print(l, [[]] * 2, [0] * 3, (1,) * 3, [1, 2] + [3], () + (1,))
