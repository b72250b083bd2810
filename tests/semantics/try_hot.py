# compiled: parse
# Hot operations within try: caught by type, by tuple, by base, not caught, rebinding of the name, nested.


def parse(a, b, xs):
    try:
        r = a + b
        r = r * xs[b]
    except TypeError as e:
        return "type", str(e)
    except (IndexError, KeyError) as e:
        return "lookup", type(e).__name__
    else:
        r += 1
    return r


def nested(xs, d):
    out = []
    for x in xs:
        try:
            try:
                out.append(d // x)
            except ZeroDivisionError:
                out.append(xs[x - 100000])
            except ValueError:
                out.append("never")
        except IndexError as e:
            out.append(repr(e.__context__))
    return out


class Bad(Exception):
    pass


def raising(n):
    c = 0
    for i in range(n):
        try:
            if i % 10 == 0:
                raise Bad(i)
            if i % 77 == 0:
                raise KeyError(i)
        except Bad as e:
            c += e.args[0]
        except KeyError:
            c -= 1
    return c


t = 0
for i in range(3500):
    t += parse(i, i % 3, [1, 2, 3])
print(t, raising(20000))
for args in ((1, 5, [1]), (1, "a", [1]), (1, 1, {2: 3}), (1, 1, {1: 2.5}), (2**63, 0, [2]), (1, 0, "ab"), ([1], 0, [])):
    try:
        print(parse(*args))
    except Exception as e:
        print("out", type(e).__name__, e)
xs = [i % 7 + 1 for i in range(20000)]
print(sum(nested(xs, 100)))
xs[9] = 0
print(nested(xs, 100)[5:12])
xs[9] = "x"
try:
    nested(xs, 1)
except TypeError as e:
    print(e)
try:
    parse(1, 0, [Bad])
except TypeError as e:
    print("esc", e)


def wrong(n):
    for i in range(n):
        try:
            if i == 15000:
                raise Bad
        except 5:
            pass
    return i


try:
    wrong(20000)
except TypeError as e:
    print(e, repr(e.__context__))
