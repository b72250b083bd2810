# compiled: fresh nested method_like maybe
# A comprehension whose variable is a local as well: the local's object waits on the value stack and comes back.


class Noisy:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        ended.append(self.name)


ended = []


def fresh(a):
    k = (a, a)
    s = 0
    for x in range(5):
        s += x * x
    r = [k for k in (1, 2, 3)]
    return k, r, s


def nested(a):
    k, x = [a], {a: a}
    s = 0
    for i in range(5):
        s += i * i
    r = [[x for x in (k, k, k)] for k in (a, a + 1)]
    return k, x, r, s


def method_like(a):
    k = Noisy(a)
    s = 0
    for i in range(5):
        s += i * i
    r = {k: [k for k in range(3)] for k in range(2)}
    n = k.name
    k = None
    return n, len(ended), r, s


def maybe(a, bind):
    s = 0
    for i in range(5):
        s += i * i
    if bind:
        k = [a, s]
    r = [k for k in (1, 2, 3) if k > a % 3]
    try:
        return k, r
    except UnboundLocalError as e:
        return str(e), r


def failing(a):
    k = (a, "kept")
    s = 0
    for i in range(5):
        s += i * i
    try:
        r = [6 // k for k in (1, 2, a)]
    except ZeroDivisionError:
        return k, s
    return k, r, s


for i in range(1500):
    d, e, f, g, h = fresh(i), nested(i), method_like(i), maybe(i, i % 2), failing(i % 5)
    junk = [(x, x) for x in range(40)]
    if d != ((i, i), [1, 2, 3], 30) or e[:2] != ([i], {i: i}) or f[:2] != (i, i + 1):
        print("BAD", i, d, e, f)
        break
    if i % 300 < 2:
        print(d, e, f, g, h)
for odd in ("s", 2**70, 1.5):
    print(fresh(odd), failing(odd if odd != "s" else 0))
