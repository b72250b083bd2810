# compiled: level0
# A traceback through many hot frames with different carets: calls, attributes, subscripts, comparisons, unary.
import sys
import traceback


class A:
    pass


def level0(k, x):
    if k == 0:
        return x.missing.attr + 1
    if k == 1:
        return [1, 2, 3][x : x + 1][0] + {}["key"]
    if k == 2:
        return -x + (1 < x < None)
    if k == 3:
        return len(x) + len([])
    if k == 4:
        return (lambda: x @ x)()
    if k == 5:
        a, b = x
        return a
    if k == 6:
        x.y = 5
    if k == 7:
        return f"{x:zz}" + "%d" % "a"
    if k == 8:
        return not_a_name
    if k == 9:
        return [v / (v - 2) for v in range(5)]
    if k == 10:
        import no_such_module_here
    if k == 11:
        del x[0]
    if k == 12:
        for q in x:
            pass
    if k == 13:
        x()
    if k == 14:
        return {**x}
    if k == 15:
        return x[1:2] + x["a"]
    return k + x


def level1(k, x):
    r = level0(k, x) + level0(99, 1); return r


def level2(k, x):
    return level1(
        k,
        x=x,
    )


t = 0
for i in range(4000):
    t += level2(50, i)
print(t)
for k in range(16):
    try:
        print(level2(k, 5 if k != 14 else 3))
    except Exception:
        traceback.print_exc(file=sys.stdout)
try:
    level2(100, "s")
except TypeError as e:
    print("".join(traceback.format_exception(e)))
    print([s.colno for s in traceback.extract_tb(e.__traceback__)], [s.end_colno for s in traceback.extract_tb(e.__traceback__)])
level2(0, A())
