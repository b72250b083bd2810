# Complex numbers in hot code that began with floats: poly, magnitude, division, power, comparison errors.
import cmath


def horner(cs, x):
    r = 0.0
    for c in cs:
        r = r * x + c
    return r


def julia(z, c, n):
    for i in range(n):
        if abs(z) > 2:
            return i
        z = z * z + c
    return n


def h(v):
    return (v.real.hex(), v.imag.hex()) if isinstance(v, complex) else v.hex() if isinstance(v, float) else repr(v)


t = 0.0
for i in range(3500):
    t += horner((1.0, -2.0, 0.5), i * 0.001)
print(t.hex(), h(horner((1, 2, 3), 1j)), h(horner((1j, 0.5), 2)), h(horner((1, 2, 3), -0.0)), h(horner((1, 2), 2**70)))
print([julia(complex(x / 10 - 1, y / 5 - 1), -0.8 + 0.156j, 60) for x in range(20) for y in range(8)])
z = 1 + 2j
for op in (lambda: z + 1, lambda: 1 - z, lambda: z * 2.5, lambda: z / 3, lambda: 1 / z, lambda: z**2, lambda: z**-1, lambda: 2**z, lambda: z**0.5, lambda: -z, lambda: +z, lambda: z == 1, lambda: z != z, lambda: bool(0j), lambda: abs(3 + 4j), lambda: complex("1+2j"), lambda: z.conjugate()):
    print(h(op()))
for op in (lambda: z < 1, lambda: z // 1, lambda: z % 2, lambda: int(z), lambda: float(z), lambda: z / 0, lambda: 0j**-1, lambda: round(z), lambda: max(z, 1), lambda: complex("x"), lambda: divmod(z, 1), lambda: 1e308 * z * 1e308, lambda: abs(complex(1e308, 1e308)), lambda: (1e200 + 0j) ** 2):
    try:
        print(h(op()))
    except (TypeError, ZeroDivisionError, ValueError, OverflowError) as e:
        print(type(e).__name__, e)
print(complex(0.0, -0.0), -0j, complex(-0.0, 1) * 1j, {1: "a", 1 + 0j: "b"}, h(cmath.sqrt(-1)))


def dft(xs):
    n = len(xs)
    out = []
    for k in range(n):
        s = 0
        for j in range(n):
            s += xs[j] * cmath.exp(-2j * cmath.pi * k * j / n)
        out.append(s)
    return out


print([f"{v:.6f}" for v in dft([float(i % 5) for i in range(40)])][:6])
print(sum([1j] * 3000), horner([1] * 20000, 1j))
