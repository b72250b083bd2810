# packages: cython==3.3.1 setuptools==84.2.1
# keep: gainless
# compiled: Spring.force parabola middle squares Walled.force drive odd
# A Cython-made extension: its classes subclassed, its functions given compiled callbacks, its errors caught and raised.
import array
import asyncio
import traceback

from cython_particles import Escaped, Particle, gather, integrate, pairs, smooth, total


class Spring(Particle):
    def force(self, x):
        return -2.5 * x - 0.1 * self.v


class Walled(Particle):
    def force(self, x):
        if x > 3.0:
            raise OverflowError(f"wall at {x:.6f}")
        return 1.0


def parabola(x):
    if x > 50.0:
        raise ValueError("far out")
    return x * x - 1.0


def middle(a, b, c):
    return (a + 2.0 * b + c) / 4.0


def squares(n):
    values = []
    for i in range(n):
        values.append(i * i)
    return values


def drive(particles, n):
    for i in range(n):
        for particle in particles:
            particle.advance(3, 0.01)
            particle.v *= 0.999
    return sum(particle.x for particle in particles)


def odd(i):
    return i * 3 if i % 2 else i


async def later(i):
    await asyncio.sleep(0)
    return odd(i)


def caught(what, function, *args):
    try:
        print(what, function(*args))
    except Exception as error:
        print(what, type(error).__name__, error, repr(error.__cause__))


def main():
    print(Particle(1.0, 0.0).advance(1000, 0.01), Spring(1.0, 0.0).advance(1000, 0.01))
    herd = [Particle(1.0, 0.5), Spring(0.5, 0.0), Spring(2.0, -1.0)]
    print(drive(herd, 600), herd[1].steps, [round(p.x, 9) for p in sorted(herd)])
    print(type(herd[1] + herd[0]).__name__, (herd[0] + herd[1]).x)
    caught("add", lambda: herd[0] + 1)
    print(sum(Walled(i / 10, 0.0).advance(100, 0.01) for i in range(9)))
    caught("wall", Walled(0.0, 0.0).advance, 1000, 0.01)
    caught("type", Particle, "a", 1)

    print(sum(integrate(parabola, 0.0, b) for b in range(1, 20)))
    caught("far", integrate, parabola, 0.0, 60.0)
    caught("str", integrate, lambda x: "text", 0.0, 1.0)
    caught("int", integrate, lambda x: 1 if x < 0.5 else 2**70, 0.0, 1.0)
    caught("division", integrate, lambda x: 1 / (x - 0.5), 0.0, 1.0)

    print(total(squares(2000)), total(float(i) for i in squares(500)), total([2**62] * 4))
    caught("total", total, [1, "a"])
    data = array.array("d", [i * 7 % 13 for i in range(2000)])
    smooth(data, middle)
    print(sum(data), data[1999])
    caught("view", smooth, array.array("i", [1, 2]), middle)
    caught("smooth", smooth, data, lambda a, b: a)

    seen = 0
    walk = pairs(odd, 900)
    for i, value in walk:
        seen += i ^ value
    print(seen)
    walk = pairs(odd, 3)
    print(next(walk), walk.send("sent"), next(walk))
    caught("throw", walk.throw, KeyError("in"))
    print(asyncio.run(gather(later, 700)))
    try:
        asyncio.run(gather(lambda i: later(i) if i < 5 else None, 10))
    except TypeError:
        traceback.print_exc()
    try:
        integrate(parabola, 49.0, 60.0)
    except Escaped:
        traceback.print_exc()
    Walled(2.9, 1.0).advance(100, 0.01)


main()
