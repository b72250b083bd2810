# compiled: checked
# assert in hot code: passing for long, then failing, with message expressions that have effects.


def checked(x, top):
    assert x < top
    assert x >= 0, f"negative: {x}"
    return x + 1


def msg():
    calls.append(1)
    return "made"


def loop(n, at):
    s = 0
    for i in range(n):
        assert i != at, (msg(), i, s)
        s += i
    return s


calls = []
t = 0
for i in range(4000):
    t += checked(i, 5000)
print(t, loop(20000, -1), calls)
for a in ((5, 5), (-1, 5), (5, float("nan")), (0.5, 1), (True, 2), (2**70, 2**71), (-0.0, 1)):
    try:
        print(repr(checked(*a)))
    except AssertionError as e:
        print(type(e).__name__, e, e.args)
try:
    loop(20000, 15000)
except AssertionError as e:
    print(e, calls)


class T:
    def __lt__(self, o):
        return []

    def __ge__(self, o):
        return T()

    def __bool__(self):
        raise ValueError("truth")

    def __add__(self, o):
        return "added"


class U(T):
    def __lt__(self, o):
        return [0]


for x in (T(), U()):
    try:
        checked(x, 1)
    except (AssertionError, ValueError) as e:
        print(type(e).__name__, e)
try:
    assert (), "empty"
except AssertionError as e:
    print(e)
AssertionError = KeyError
try:
    checked(9, 1)
except Exception as e:
    print(type(e).__name__)
checked(-5, 1)
