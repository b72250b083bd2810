# compiled: advance energy
# Two-body-and-more simulation on lists of floats; then ints, equal positions (zero division), Fractions.


def advance(bodies, dt, n):
    for _ in range(n):
        for i in range(len(bodies)):
            b1 = bodies[i]
            for j in range(i + 1, len(bodies)):
                b2 = bodies[j]
                dx = b1[0] - b2[0]
                dy = b1[1] - b2[1]
                dz = b1[2] - b2[2]
                mag = dt * ((dx * dx + dy * dy + dz * dz) ** -1.5)
                b1[3] -= dx * b2[6] * mag
                b1[4] -= dy * b2[6] * mag
                b1[5] -= dz * b2[6] * mag
                b2[3] += dx * b1[6] * mag
                b2[4] += dy * b1[6] * mag
                b2[5] += dz * b1[6] * mag
        for b in bodies:
            b[0] += dt * b[3]
            b[1] += dt * b[4]
            b[2] += dt * b[5]


def energy(bodies):
    e = 0.0
    for i, (x, y, z, vx, vy, vz, m) in enumerate(bodies):
        e += 0.5 * m * (vx * vx + vy * vy + vz * vz)
        for b in bodies[i + 1 :]:
            dx, dy, dz = x - b[0], y - b[1], z - b[2]
            e -= m * b[6] / ((dx * dx + dy * dy + dz * dz) ** 0.5)
    return e


def fresh():
    return [
        [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 39.47],
        [4.84, -1.16, -0.10, 0.6, 2.81, -0.02, 0.037],
        [8.34, 4.12, -0.4, -1.01, 1.82, 0.008, 0.011],
        [12.89, -15.11, -0.22, 1.08, 0.86, -0.01, 0.0017],
    ]


b = fresh()
print(energy(b).hex())
advance(b, 0.01, 500)
for i in range(3000):
    energy(b[:1])
print(energy(b).hex(), [[v.hex() for v in p[:3]] for p in b[:2]])
b[1][0] = 5
b[2][6] = 2**60
advance(b, 0.01, 3)
print(energy(b).hex(), b[1][0].hex())
b = fresh()
b[3][:3] = b[0][:3]
try:
    advance(b, 0.01, 1)
except ZeroDivisionError as e:
    print(e, [p[3].hex() for p in b])
b = fresh()
b[2][4] = float("nan")
advance(b, 0.01, 2)
print(energy(b), b[0][0].hex())
b[1] = (1,) * 7
try:
    advance(b, 0.01, 1)
except TypeError as e:
    print(e, b[0][0].hex())
b[1] = [1, 2, 3]
advance(b, 0.01, 1)
