# compiled: tally dot
# exits: >= 1
# Lists that were all ints or floats suddenly hold everything.


def tally(xs):
    s = 0
    for x in xs:
        s += x
    return s


def dot(a, b):
    s = 0.0
    for i in range(len(a)):
        s += a[i] * b[i]
    return s


ints = list(range(20000))
fl = [i * 0.5 for i in range(20000)]
print(tally(ints), tally(fl).hex(), dot(fl, fl).hex(), dot(fl, ints).hex())
for bad in (1.5, True, 2**64, 1j, None, "s", [1], (), b"x", object):
    xs = ints[:]
    xs[10000] = bad
    ys = fl[:100]
    ys[50] = bad
    for f, args in ((tally, (xs,)), (dot, (ys, fl[:100])), (dot, (fl[:100], ys))):
        try:
            r = f(*args)
            print(r.hex() if isinstance(r, float) else repr(r))
        except TypeError as e:
            print(e)
print(tally([1, 2.5, True, 2**70, 3]), tally([0.1] * 10).hex(), tally([]), dot([], []), dot([1], [2]), dot([True], [1j]))
try:
    dot(fl[:10], fl[:9])
except IndexError as e:
    print(e)
print(tally(ints))
