# compiled: <lambda>
# Lambdas and nested functions: fresh objects over one code, each with its own cells and defaults.


def outer(a):
    def inner(b):
        def deepest(c):
            return a * 100 + b * 10 + c

        return deepest(b + 1) + a

    return inner


sq = lambda x: x * x + 1
t = 0
f = outer(2)
for i in range(3500):
    t += f(i) + sq(i) + outer(i)(3)
print(t)
print(outer(1.5)(2), outer("a" and 2**63)(1), outer(True)(False))
try:
    outer("a")(1)
except TypeError as e:
    print(e)
adders = [lambda x, k=k: x + k for k in (1, 2.5, "s", 2**63, None)]
for i in range(1000):
    adders[0](i)
    adders[1](i)
for g in adders:
    try:
        print(repr(g(1)))
    except TypeError as e:
        print(e)
print((lambda *a, **k: (a, k))(1, 2, x=3), (lambda: (yield))().__class__.__name__)
Y = lambda f: (lambda x: x(x))(lambda y: f(lambda v: y(y)(v)))
print(Y(lambda fac: lambda n: 1 if n < 2 else n * fac(n - 1))(25))
comp = lambda *fs: (lambda x: [x := g(x) for g in fs][-1])
print(comp(sq, sq, abs)(2), sq.__name__, f.__qualname__, outer.__code__.co_consts[1].co_name)
print(sorted([3, -1, 2], key=lambda v: -v), max([1, 2, 3], key=lambda v: v % 3))
def rec(n): return (lambda m: rec(m) if m else 0)(n - 1) + n
print(rec(100))
