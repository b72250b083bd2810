# compiled: escape row
# Mandelbrot with two floats, then complex numbers, ints, infinities and NaN at the same sites.


def escape(cr, ci, limit):
    zr = zi = 0.0
    n = 0
    while n < limit:
        r2 = zr * zr
        i2 = zi * zi
        if r2 + i2 > 4.0:
            break
        zi = 2.0 * zr * zi + ci
        zr = r2 - i2 + cr
        n += 1
    return n


def row(y, w, limit):
    out = []
    for x in range(w):
        out.append(escape(3.0 * x / w - 2.0, y, limit))
    return out


def cescape(c, limit):
    z = 0j
    for n in range(limit):
        z = z * z + c
        if abs(z) > 2:
            return n
    return limit


t = 0
for y in range(40):
    r = row(y / 20 - 1.0, 80, 20)
    t = t * 31 + sum(r) & 0xFFFFFFFF
print(hex(t), r)
print("".join(" .:-=+*#%@"[escape(x / 30 - 1.6, 0.1, 9)] for x in range(60)))
print([cescape(complex(x / 10 - 1.5, 0.3), 50) for x in range(20)])
nan, inf = float("nan"), float("inf")
print(escape(0, 0, 50), escape(1, 1, 50), escape(nan, 0.0, 20), escape(inf, 0.0, 20), escape(-2.0, 0.0, 30), escape(2**70, 0, 9), escape(True, 0.0, 50))
print(row(0.0, 3, 5.5), row(0.0, 0, 5), row(0, 2, 3))
for args in ((1j, 0.0, 5), ("a", 0.0, 5), (0.0, 0.0, None), (0.0, None, 5)):
    try:
        print(escape(*args))
    except TypeError as e:
        print(e)
