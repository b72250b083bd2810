# norm mixed
def norm(x, y):
    return (x * x + y * y) ** 0.5


def mixed(x, n):
    return x / 2 + n if x > n else n * 0.5


for i in range(50):
    norm(i + 0.5, 2.0)
    mixed(i + 0.5, 10)
