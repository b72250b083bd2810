# packages: scipy==1.18.1 numpy==2.5.5
# keep: gainless
# skip: threshold2 nocache links gainless trial text verify gc frames
# compiled: bell rosenbrock predator van_der_pol residuals cubic laplace watch.<locals>.step distance
# Solvers that call compiled functions, with floats, arrays and both by turns; errors raised under C and Fortran frames.
import math
import traceback

import numpy as np
from scipy import integrate, interpolate, ndimage, optimize, spatial, stats
from scipy.sparse import linalg


def bell(x, mu, sigma):
    z = (x - mu) / sigma
    return math.exp(-0.5 * z * z) / (sigma * math.sqrt(2.0 * math.pi))


def rosenbrock(x):
    total = 0.0
    for i in range(len(x) - 1):
        a = x[i + 1] - x[i] * x[i]
        b = 1.0 - x[i]
        total += 100.0 * a * a + b * b
    return total


def predator(t, y, a, b):
    hares, foxes = y
    return [a * hares - b * hares * foxes, b * hares * foxes - a * foxes]


def van_der_pol(t, y, mu):
    return y[1], mu * (1.0 - y[0] * y[0]) * y[1] - y[0]


def residuals(parameters, ts, ys):
    a, k = parameters
    return [a * math.exp(-k * t) - y for t, y in zip(ts, ys)]


def cubic(x):
    return ((x - 2.0) * x + 3.0) * x - 5.0


def laplace(v):
    out = np.empty_like(v)
    n = len(v)
    for i in range(n):
        left = v[i - 1] if i > 0 else 0.0
        right = v[i + 1] if i + 1 < n else 0.0
        out[i] = 2.5 * v[i] - left - right
    return out


def watch(limit):
    steps = 0

    def step(values):
        nonlocal steps
        steps += 1
        if steps > limit:
            raise TimeoutError(f"more than {limit} steps")
        return float(max(values) - min(values))

    return step


def distance(u, v):
    total = 0.0
    for a, b in zip(u, v):
        total += abs(a - b) ** 1.5
    return total ** (1 / 1.5)


def show(name, *values):
    print(name, *(f"{v:.8g}" if isinstance(v, float) else v for v in values))


def main():
    for i in range(40):
        area, _ = integrate.quad(bell, -6.0, i / 5.0, args=(0.5, 1.25))
    show("quad", float(area))
    show("dblquad", float(integrate.dblquad(lambda y, x: bell(x, y, 2.0), 0, 1, -1, 1)[0]))
    try:
        integrate.quad(lambda x: bell(x, 0.0, x), -1.0, 1.0)
    except ZeroDivisionError as error:
        show("quad", type(error).__name__, str(error))

    for method in "Nelder-Mead", "BFGS", "Powell":
        found = optimize.minimize(rosenbrock, [-1.2, 1.0, 0.8], method=method)
        show(method, found.x.round(3), found.success, int(found.nit) > 5)
    ts = [i / 20 for i in range(60)]
    fit = optimize.least_squares(residuals, [1.0, 1.0], args=(ts, [3.0 / (1.0 + t) for t in ts]))
    show("least_squares", fit.x.round(6))
    show("brentq", *(round(optimize.brentq(cubic, 0.0, 2.0 + i / 10), 9) for i in range(30)[::10]))
    show("newton", round(float(optimize.newton(cubic, 1.0 + 0.5j).real), 6), optimize.root(cubic, [1.5]).x.round(9))
    try:
        optimize.brentq(cubic, 3.0, 4.0)
    except ValueError as error:
        show("brentq", str(error))

    for solver in "RK45", "LSODA", "Radau":
        orbit = integrate.solve_ivp(predator, (0, 12), [10.0, 5.0], method=solver, args=(1.1, 0.1), rtol=1e-6)
        show(solver, orbit.y[:, -1].round(4), orbit.status)
    show("odeint", integrate.odeint(van_der_pol, [2.0, 0.0], [0, 5, 10], args=(3.0,), tfirst=True)[-1].round(5))
    operator = linalg.LinearOperator((40, 40), matvec=laplace)
    solution, info = linalg.cg(operator, np.ones(40), rtol=1e-10)
    show("cg", solution[:3].round(8), info)

    step = watch(900)
    filtered = ndimage.generic_filter(np.arange(800.0) % 17, step, size=5)
    show("generic_filter", filtered.sum())
    try:
        integrate.odeint(lambda y, t: -y * step([*y, 0.0]), [1.0, 2.0], [0, 10])
    except TimeoutError:
        traceback.print_exc()

    points = np.array([[i * 7 % 31, i * 11 % 37, i % 5] for i in range(50)], dtype=float)
    show("pdist", spatial.distance.pdist(points, distance).sum().round(6))
    show("KDTree", spatial.KDTree(points).query([3.0, 4.0, 1.0])[1])
    spline = interpolate.CubicSpline(range(9), [math.sin(i) for i in range(9)])
    show("spline", sum(cubic(float(spline(i / 100))) for i in range(800)))
    sample = [bell(i / 100, 4.0, 1.5) for i in range(800)]
    show("ttest", stats.ttest_ind(sample[:400], sample[400:]).pvalue.round(6))
    show("bootstrap", stats.bootstrap((sample[::8],), np.mean, n_resamples=50, rng=3).standard_error.round(6))
    integrate.solve_ivp(predator, (0, 1), [1.0, 2.0, 3.0], args=(1.0, 1.0))


main()
