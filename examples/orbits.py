"""Planets on their way around a star, with classes and lists: pyaot examples/orbits.py [steps]"""

import math
import sys


class Body:
    def __init__(self, name, mass, x, y, vx, vy):
        self.name = name
        self.mass = mass
        self.x, self.y = x, y
        self.vx, self.vy = vx, vy


def advance(bodies, dt):
    for i, a in enumerate(bodies):
        for b in bodies[i + 1 :]:
            dx = a.x - b.x
            dy = a.y - b.y
            distance = math.sqrt(dx * dx + dy * dy)
            pull = dt / (distance * distance * distance)
            a.vx -= dx * b.mass * pull
            a.vy -= dy * b.mass * pull
            b.vx += dx * a.mass * pull
            b.vy += dy * a.mass * pull
    for body in bodies:
        body.x += dt * body.vx
        body.y += dt * body.vy


def energy(bodies):
    total = 0.0
    for i, a in enumerate(bodies):
        total += 0.5 * a.mass * (a.vx * a.vx + a.vy * a.vy)
        for b in bodies[i + 1 :]:
            total -= a.mass * b.mass / math.hypot(a.x - b.x, a.y - b.y)
    return total


def main(steps):
    bodies = [Body("star", 1000.0, 0.0, 0.0, 0.0, 0.0)]
    for number, radius in enumerate([10.0, 16.0, 25.0, 40.0], 1):
        speed = math.sqrt(1000.0 / radius)
        bodies.append(Body(f"planet {number}", 0.01 * number, radius, 0.0, 0.0, speed))
    before = energy(bodies)
    for _ in range(steps):
        advance(bodies, 0.001)
    for body in bodies:
        print(f"{body.name:9} {body.x:10.4f} {body.y:10.4f}")
    print(f"energy changed by {energy(bodies) / before - 1:.2e}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5_000)
