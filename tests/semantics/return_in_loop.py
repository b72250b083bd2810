# compiled: first nth pick
# Returns from the middle of nested loops, of types that change from call to call.


def first(xs, lim):
    for x in xs:
        for y in range(3):
            if x + y > lim:
                return x + y
    return None


def nth(n):
    i = 0
    while True:
        if i * i >= n:
            return i
        i += 1


def pick(k):
    for i in range(10):
        if i == k:
            if k % 3 == 0:
                return i
            elif k % 3 == 1:
                return i * 0.5
            return str(i)
    else:
        return [k]


def early(xs):
    for i, x in enumerate(xs):
        with Nop():
            try:
                if x < 0:
                    return i
            finally:
                cleanup.append(1)
    return -1


class Nop:
    def __enter__(self):
        return self

    def __exit__(self, *a):
        cleanup.append(2)


cleanup = []
t = 0
for i in range(3500):
    t += first((1, 2, 3), 2) + nth(i % 50)
    pick(i % 12)
print(t, [pick(i) for i in range(12)], pick(1.0), pick(True), pick("a"), nth(10**8 // 4))
print(first([], 1), first([1], 10), first([1.5, 2], 1), repr(first([2**63 - 1], 2**63)), first([True], 1), first([1], float("nan")))
print(early([1] * 2000 + [-1]), len(cleanup), early([]), early([-0.5]))
for f in (lambda: first(["a"], 1), lambda: first(None, 1), lambda: nth("a"), lambda: early([1, None])):
    try:
        print(f())
    except TypeError as e:
        print(e)
print(nth(float("inf")) if False else nth(2.25), nth(-1), len(cleanup))


def many(n):
    for i in range(n):
        for j in range(n):
            for k in range(n):
                if i * j * k == 504:
                    return i, j, k
    return ()


print(many(20), many(5))
