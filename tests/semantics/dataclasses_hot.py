# warm: recompiles
# compiled: step total
# Dataclasses, namedtuples and enums in hot loops; frozen stores, replaced fields, compared and ordered.
import dataclasses
import enum
from collections import namedtuple


@dataclasses.dataclass
class Body:
    x: float
    v: float = 1.0
    tags: list = dataclasses.field(default_factory=list)


@dataclasses.dataclass(frozen=True, order=True)
class Frozen:
    a: int
    b: int = 2


@dataclasses.dataclass(slots=True)
class Slotted:
    x: float
    v: float


Pt = namedtuple("Pt", "x y")


class Color(enum.Enum):
    RED = 1
    BLUE = 2


class Num(enum.IntEnum):
    ONE = 1
    TWO = 2


def step(b, dt):
    b.x += b.v * dt
    return b.x


def total(ps):
    s = 0
    for p in ps:
        s += p.x * p.y
    return s


b = Body(0.0)
for i in range(5000):
    step(b, 0.5)
ps = [Pt(i, i % 3) for i in range(20000)]
print(b, total(ps))
s = Slotted(1.0, 2.0)
for i in range(3000):
    step(s, 0.25)
print(s, step(Body(1, 2), 3), step(Body(2**63 - 1, 1), 1), step(Body(x=1j), 1))
ps[5] = Pt(1.5, 2)
ps[6] = Pt(2**62, 8)
print(total(ps))
ps[7] = Frozen(1)
for f in (lambda: total(ps), lambda: step(Frozen(1), 1), lambda: step(Pt(1, 2), 1), lambda: Body(), lambda: setattr(Frozen(1), "a", 2), lambda: setattr(s, "zz", 2), lambda: step(Body("a"), 1)):
    try:
        print(f())
    except (AttributeError, TypeError, dataclasses.FrozenInstanceError) as e:
        print(type(e).__name__, e)
fs = sorted(Frozen(i * 7 % 10, -i) for i in range(10))
print(fs[:2], Frozen(1) == Frozen(1, 2), hash(Frozen(1)) == hash(Frozen(1)), dataclasses.replace(Frozen(1), b=9), dataclasses.asdict(b))


def count(xs):
    r = 0
    for x in xs:
        if x is Color.RED:
            r += 1
        elif x == Num.TWO:
            r += x
    return r, type(r).__name__


print(count([Color.RED, Color.BLUE, 2] * 3000), count([Num.TWO, Num.ONE]), Num.ONE + Num.TWO, [10, 20, 30][Num.TWO], Color(1), Pt(1, 2)._replace(x=5))
