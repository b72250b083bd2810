# bump functions Body lengths
total = 0


def bump(n):
    global total
    total += n
    return total


def functions(n):
    def inner(x, k=n, *, z: int = 1):
        return x + n + k

    return inner(1), lambda: n


def lengths(xs):
    return len(xs), len(str(total))


for i in range(50):
    bump(i)
    functions(i)
    lengths([i])


class Body:
    n = 0
    while n < 50:
        n += 1
        last = str(n)
