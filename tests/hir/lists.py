# bubble squares
def bubble(xs):
    n = len(xs)
    for i in range(n - 1):
        if xs[i] > xs[i + 1]:
            xs[i], xs[i + 1] = xs[i + 1], xs[i]
    xs += [n]
    return xs


def squares(n):
    out = []
    for i in range(n):
        out.append(i * i)
    return out


for _ in range(50):
    bubble([3, 1, 2])
squares(60)
