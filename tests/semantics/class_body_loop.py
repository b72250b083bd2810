# compiled: Table
# Hot loops in class bodies: names become attributes, in order; metaclass namespaces.


class Table:
    rows = []
    total = 0
    for i in range(20000):
        total += i * 2
        if i % 4000 == 0:
            rows.append(total)
        if i == 10000:
            late = i
    x = 0.5
    while x < 1e4:
        x *= 1.001
    del i


print(Table.rows, Table.total, Table.late, Table.x.hex(), hasattr(Table, "i"))
print([k for k in vars(Table) if not k.startswith("__")])


class Log(dict):
    def __setitem__(self, k, v):
        if k != "i" or v % 5000 == 0:
            print("set", k, v)
        dict.__setitem__(self, k, v)

    def __missing__(self, k):
        if k == "ghost":
            return 7
        raise KeyError(k)


class Meta(type):
    @classmethod
    def __prepare__(m, name, bases):
        return Log()

    def __new__(m, name, bases, ns):
        return type.__new__(m, name, bases, dict(ns))


class Odd(metaclass=Meta):
    for i in range(20000):
        if i % 10000 == 9999:
            v = i + ghost


print(Odd.v, Odd.i)


def make(n):
    class Inner:
        s = 0
        for k in range(n):
            s += k
        m = lambda self: n

    return Inner


print([make(k).s for k in (10, 20000)], make(3)().m())
try:

    class Fail:
        for i in range(20000):
            q = 1 // (15000 - i)

except ZeroDivisionError as e:
    print(e, e.__traceback__.tb_next.tb_lineno, e.__traceback__.tb_next.tb_frame.f_locals["i"])
