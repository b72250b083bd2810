# compiled: leaf middle driver
# Somebody evaluates frames (PEP 523), in the middle of hot code and before hot code is called: each call's frame is given
# to that function, in order, until it is gone.
try:
    import _testinternalcapi as capi
except ImportError:
    capi = None


def leaf(x):
    return x * 2 + 1


def middle(x):
    return leaf(x) + leaf(x + 1)


class Counter:
    def __init__(self, n):
        self.n = n

    def step(self):
        self.n = middle(self.n) % 1000
        return self.n


def driver(n, at, record):
    total = 0
    c = Counter(1)
    for i in range(n):
        if i == at:
            record()
        total += middle(i) + c.step()
    return total


for _ in range(30):
    driver(100, -1, None)

seen = []


def begin():
    if capi:
        capi.set_eval_frame_record(seen)


def end():
    if capi:
        capi.set_eval_frame_default()


def names():
    got, seen[:] = list(seen), []
    return got if capi else None


def watched(f, *args):
    begin()
    try:
        result = f(*args)
    finally:
        end()
    return result, names()


result, got = watched(middle, 10)
print(result, got is None or [name for name in got if name != "end"] == ["middle", "leaf", "leaf"])
print(driver(20, 17, begin))
end()
got = names()
print(got is None or [got.count(name) for name in ("leaf", "step", "middle")] == [12, 3, 6])
print(driver(20, -1, None), names() in (None, []))
