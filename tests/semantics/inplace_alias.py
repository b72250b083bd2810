# compiled: grow repeat shrink both
# An augmented assignment to a list changes the list that other names see.


def grow(n):
    a = []
    b = a
    t = 0
    for i in range(n):
        t += i * 2
        a += [i]
    return len(a), len(b), a is b, t


def repeat(n):
    a = [0]
    b = a
    t = 0
    for i in range(n):
        t += i * 2
        a *= 1
    return a, a is b, t


class Loud:
    def __del__(self):
        print("end")


def shrink(n):
    a = [Loud()]
    b = a
    t = 0
    for i in range(n):
        t += i * 2
        if i == n - 2:
            a *= 0
            print("empty", b)
    return a is b, t


def both(a, b, n):
    t = 0
    for i in range(n):
        t += i * 2
        a += b
    return a, t


print(grow(20000))
print(repeat(20000))
print(shrink(20000))
xs = [1]
print(both(xs, (), 20000)[0] is xs, xs)
print(both(xs, xs, 4)[0] is xs, xs)
print(both(xs, (2,), 2)[0] is xs, xs)
t = (1,)
print(both(t, (2,), 3), t)
print(both("a", "b", 3), both(1, 2, 3), both(1.5, 2, 3))
print(both(xs, range(2), 1), both(xs, "ab", 1))
try:
    both(xs, 1, 1)
except TypeError as e:
    print(e, xs)
