# keep: gainless
# compiled: hot middle
# Warnings with a stack level: attributed to the line of the hot caller, once per line.
import warnings


def warn(i, level):
    if i % 1000 == 999:
        warnings.warn("w%d" % (i // 1000 % 2), UserWarning, stacklevel=level)
    return i


def middle(i, level):
    return warn(i, level) + 1


def hot(n, level):
    s = 0
    for i in range(n):
        s += middle(i, level)
        s += middle(
            i, level)
    return s


print(hot(5000, 1))
print(hot(5000, 2))
print(hot(5000, 3))
print(hot(5000, 4))
warnings.simplefilter("always")
print(hot(2000, 3), flush=True)
with warnings.catch_warnings(record=True) as w:
    hot(3000, 3)
    print([(str(x.message), x.lineno) for x in w])
warnings.simplefilter("error")
try:
    hot(2000, 2)
except UserWarning as e:
    print(e, e.__traceback__.tb_next.tb_lineno)


def shift(n):
    s = 0
    for i in range(n):
        s += ~(i > 5) if i > n - 3 else i
    return s


warnings.simplefilter("default")
print(shift(20000))
hot(1000, 3)
