"""Draws the Mandelbrot set in characters: pyaot examples/mandelbrot.py [rows]"""

import sys

SHADES = " .:-=+*#%@"


def escape_time(re, im, limit):
    """How many steps it takes from 0 until |z| > 2, at most limit."""
    x = y = 0.0
    for step in range(limit):
        xx = x * x
        yy = y * y
        if xx + yy > 4.0:
            return step
        y = 2.0 * x * y + im
        x = xx - yy + re
    return limit


def draw(rows, limit=1000):
    columns = rows * 5 // 2
    total = 0
    for row in range(rows):
        im = 2.4 * row / (rows - 1) - 1.2
        line = []
        for column in range(columns):
            re = 3.0 * column / (columns - 1) - 2.2
            steps = escape_time(re, im, limit)
            total += steps
            line.append(SHADES[-1] if steps == limit else SHADES[steps % 9])
        print("".join(line).rstrip())
    print("steps:", total)


if __name__ == "__main__":
    draw(int(sys.argv[1]) if len(sys.argv) > 1 else 30)
