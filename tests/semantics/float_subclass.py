# compiled: scale dot
# exits: >= 1
# A float subclass with its own operators inside a list of plain floats.


class F(float):
    def __mul__(self, other):
        print("mul", float(self).hex())
        return F(float(self) + 100)

    def __rmul__(self, other):
        print("rmul")
        return 7

    def __add__(self, other):
        return "sum"

    def __eq__(self, other):
        return "eq"

    __hash__ = float.__hash__


class G(float):
    pass


def scale(x, k):
    return x * k


def dot(xs, ys):
    s = 0.0
    for i in range(len(xs)):
        s += xs[i] * ys[i]
    return s


t = 0.0
for i in range(3500):
    t += scale(i * 0.25, 2.0)
xs = [i * 0.5 for i in range(20000)]
ys = [1.0] * 20000
print(t.hex(), dot(xs, ys).hex())
print(scale(F(2.0), 3.0), scale(3.0, F(2.0)), scale(3, F(2.0)), type(scale(F(1), 1.0)).__name__)
print(scale(G(2.0), 3.0), type(scale(G(2.0), 3.0)).__name__)
ys[12345] = F(2.5)
print(dot(xs, ys))
ys[12345] = G(1.0)
print(dot(xs, ys).hex())
xs[19999] = F(1.0)
print(dot(xs, ys).hex())
print(F(1.0) == 1.0, 1.0 == F(1.0), F(1.0) + 1, [F(1.0)].count(1.0))
