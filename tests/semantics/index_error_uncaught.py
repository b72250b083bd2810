# compiled: at
# An IndexError out of nested hot calls, uncaught, with a multi-line expression under the carets.


def at(xs, i, j):
    return xs[i][j] + xs[
        j
    ][i]


def diag(m, n):
    s = 0
    for k in range(n):
        s += at(m, k % 50, k % 50)
    return s


class Grid:
    def __init__(self, n):
        self.m = [[i * j for j in range(n)] for i in range(n)]

    def sum(self, n):
        total = 0
        while n > 0:
            total, n = total + diag(self.m, n), n - 1000
        return (lambda t: t + at(self.m, 49, 50))(total)


g = Grid(50)
print(diag(g.m, 20000))
print(g.sum(5000))
