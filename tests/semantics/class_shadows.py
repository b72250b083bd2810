# keep: gainless
# compiled: Late make.<locals>.Twice
# A name that a class body binds is not the global of that name, whenever it is bound.
x = [1.5]


def one(n):
    return 1


class Early:
    def abs(n):
        return 7

    x = (2,)
    t = 0
    u = 0
    for i in range(20000):
        u += i * 2
        t += abs(-1)
    for i in range(20000):
        u += i * 2
        t = t + x[0]
        x = x


print(Early.t, Early.u)


class Late:
    t = 0
    for i in range(20000):
        t += abs(-1) * 2
        if i == 15000:
            abs = one
    for i in range(20000):
        t += one(i) * 2
        if i == 15000:
            locals()["one"] = lambda n: 3


print(Late.t)


def make(late):
    class Twice:
        if late:
            abs = one
        t = 0
        for i in range(20000):
            t += abs(-3) * 2

    return Twice.t


print(make(False), make(True), make(False))
space = {"abs": lambda n: 5}
exec("t = 0\nfor i in range(20000):\n    t += abs(-2) * 2\n", globals(), space)
print(space["t"])
