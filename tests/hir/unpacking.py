# swap pairs
def swap(p):
    a, (b, c) = p
    return c + a, b


def pairs(ps):
    t = 0
    for i, (a, b) in enumerate(ps):
        t += i * a - b
    return t


for i in range(50):
    swap((1, (2, i)))
pairs([(1, 2)] * 60)
