# compiled: kept contained
# A last reference that is passed as an argument dies where CPython lets it die: arguments before the other locals,
# those of *args from the last to the first, interpreted, hot, and after a side exit.


class D:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        print("del", self.name)

    def method(self, arg):
        local = D("method local")
        return 1


def plain(a, b):
    return 1


def with_local(a):
    local = D("local")
    return 1


def variable(a, *rest):
    return len(rest)


def named(a, *rest, **more):
    local = D("named local")
    return len(rest)


def kept(a, n):
    b = [a, 1]
    s = 0
    for i in range(n):
        s += i
    if n == 7:
        print("surprise")
        b = D("kept local")
        s += 2**70
    return s


class Quiet:
    pass


def contained(a, n):
    b = [a, 1]
    s = 0
    for i in range(n):
        s += i
    if n == 7:
        print("surprise")
        b = D("contained local")
        s += 2**70
    return s


for i in range(3):
    print(plain(D("a"), D("b")), with_local(D("a")), D("self").method(D("arg")))
    print(variable(D(1), D(2), D(3)), named(D(1), D(2), D(3)))
for i in range(1000):
    kept(None, 5)
print(kept(D("arg"), 7))
print(kept(D("arg"), 5))
for i in range(1000):
    contained(Quiet(), 5)
print(contained(D("arg"), 7))
print(contained(D("arg"), 5))

from functools import partial

for i in range(3):
    print(partial(D("held").method)(D("arg")))
    print(partial(with_local)(D("arg")), list(map(with_local, [D("mapped")])))
