# compiled: wave area
# broken: global
# Attributes of modules are watched: rebound while hot code runs, deleted, in a module of one's own with `__getattr__`,
# through a name that is rebound.
import math
import sys
import types

geometry = types.ModuleType("geometry")
geometry.scale = 3
geometry.double = lambda x: x * 2
sys.modules["geometry"] = geometry


def wave(n):
    s = 0.0
    for i in range(n):
        s += math.sqrt(i) + math.sin(i) * math.pi
    return s


def area(n):
    s = 0
    for i in range(n):
        s += geometry.double(i) * geometry.scale
        if i == 700:
            poke(i)
    return s


def poke(i):
    if surprise:
        surprise.pop()()


surprise = []
print(wave(3000), area(3000))
surprise = [lambda: setattr(geometry, "scale", 5)]
print(area(2000))
surprise = [lambda: setattr(geometry, "double", lambda x: x + 1)]
print(area(2000), area(1000))
surprise = [lambda: delattr(geometry, "scale")]
try:
    print(area(2000))
except AttributeError as e:
    print(e)
geometry.__getattr__ = lambda name: print("getattr", name) or 11
print(area(3))
real = math.sqrt
math.sqrt = lambda x: 1.0
print(wave(100))
math.sqrt = real
print(wave(3000))
math = types.SimpleNamespace(sqrt=lambda x: 2.0, sin=lambda x: 0.0, pi=3)
print(wave(10))
try:
    wave(-1), area(2)
    math = None
    wave(2)
except AttributeError as e:
    print(e)
