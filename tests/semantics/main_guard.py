"""A module docstring before everything."""
# compiled: annotated
# args: alpha --beta 3
# Docstrings, annotations, the __main__ guard, sys.argv, __name__ and friends in hot code.
import sys

LIMIT: int = 5
unset: float


def annotated(a: int, b: "undefined" = 2, *, c: list[int] | None = None) -> float:
    """The docstring is no statement."""
    x: int = a
    y: "later.type"
    z: list[undefined_name]
    x += b
    "a bare string"
    ...
    1.5
    if __debug__:
        x += 1
    assert x >= a, "no"
    return x


class K:
    """Doc."""

    v: int = 3
    w: str

    def m(self) -> "K":
        """Method doc."""
        return self


def main(argv: list[str]) -> int:
    s = 0
    for i in range(20000):
        s += i if __name__ == "__main__" else 0
    for i in range(4000):
        s += annotated(i)
        K().m()
    print(s, argv[1:], __name__, annotated.__doc__, K.m.__doc__, __doc__)
    print(annotated.__annotations__["b"], list(annotated.__annotations__), K.__annotations__, __annotations__)
    print(repr(annotated(1.5)), annotated(True), annotated(2**63))
    try:
        annotated(float("nan"))
    except AssertionError as e:
        print("assert", e)
    print(__spec__, __package__, __file__.endswith("main_guard.py"), "__loader__" in globals())
    return 3


if __name__ == "__main__":
    sys.exit(main(sys.argv))
