"""The choice stream and the literals of generated programs.

Every decision of the generator is taken from one `Choices`, so a seed is a program.
"""

import random

INTS = [
    "0", "1", "-1", "2", "7", "255", "256", "257", "-5", "-6", "2**15", "2**30 - 1", "2**30", "-2**30", "2**31 - 1",
    "2**31", "-2**31", "2**32", "2**53", "2**53 + 1", "2**60 - 1", "2**60", "2**61", "2**62 - 1", "2**62", "-2**62",
    "2**63 - 1", "2**63 - 2", "2**63", "-2**63", "-2**63 + 1", "-2**63 - 1", "2**64 - 1", "2**64", "-2**64", "10**20",
    "-10**25", "3**90", "3037000499", "3037000500", "4294967295",
]  # fmt: skip
FLOATS = [
    "0.0", "-0.0", "0.5", "1.0", "-1.5", "2.25", "0.1", "1e16", "2.0**53", "2.0**53 + 2.0", "2.0**63", "-2.0**63",
    "9.3e18", "1e22", "1e308", "-1e308", "5e-324", "2.2250738585072014e-308", "1e400", "-1e400", "(1e400 - 1e400)",
    "3.0", "-7.0", "1e-9", "123456.789",
]  # fmt: skip
STRINGS = ["''", "'a'", "'ab'", "'xyzzy'", "'é'", "'0'", "'12'", "'%d'", "'\\U0001f40d'", "'a b'"]
BYTES = ["b''", "b'a'", "b'\\xff\\x00'", "b'xyz'"]
MODULI = ["97", "1000003", "(2**31 - 1)", "(2**61 - 1)", "2**62", "(2**63 - 25)", "2**63", "2**64", "2**65", "10**20"]
MASKS = ["0xFF", "0xFFFF", "0xFFFFFFFF", "(2**62 - 1)", "(2**63 - 1)", "(2**64 - 1)"]


class Choices:
    """A stream of choices. `swarm` gives each named alternative a weight for the whole program, often zero, so that
    programs differ in kind and not only in detail."""

    def __init__(self, seed):
        self.random = random.Random(f"pyaot fuzz {seed}")
        self.factors = {}

    def chance(self, probability):
        return self.random.random() < probability

    def between(self, low, high):
        return self.random.randint(low, high)

    def pick(self, items):
        return items[int(self.random.random() * len(items))]

    def swarm(self, name):
        if name not in self.factors:
            self.factors[name] = self.pick([0.0, 0.4, 1.0, 1.0, 1.0, 3.0])
        return self.factors[name]

    def weighted(self, alternatives, plain=False):
        """One of (weight, alternative, ...) rows; the weight is changed by the swarm unless `plain`."""
        weights = [row[0] * (1.0 if plain else self.swarm(row[1])) for row in alternatives]
        if not any(weights):
            weights = [row[0] for row in alternatives]
        return self.random.choices(alternatives, weights)[0]

    def int_literal(self, small=0.7):
        if self.chance(small):
            return str(self.pick([0, 1, 1, 2, 2, 3, 3, 4, 5, 7, 10, 13, 100, -1, -2, -3, -7]))
        return f"({self.pick(INTS)})"

    def float_literal(self):
        if self.chance(0.6):
            return self.pick(["0.5", "1.0", "2.0", "1.5", "-0.25", "3.75", "0.1", "10.0", "-2.0"])
        return f"({self.pick(FLOATS)})"

    def literal(self, kind):
        match kind:
            case "int":
                return self.int_literal()
            case "float":
                return self.float_literal()
            case "bool":
                return self.pick(["True", "False"])
            case "str":
                return self.pick(STRINGS)
            case "bytes":
                return self.pick(BYTES)
            case "none":
                return "None"
            case "list":
                return f"[{self.items()}]"
            case "tuple":
                items = self.items()
                return f"({items},)" if items else "()"
            case "set":
                return "{" + ", ".join(self.int_literal(0.9) for _ in range(self.between(1, 3))) + "}"
            case "dict":
                pairs = (f"{self.key()}: {self.int_literal(0.9)}" for _ in range(self.between(0, 3)))
                return "{" + ", ".join(pairs) + "}"
        raise ValueError(kind)

    def items(self):
        count = self.between(0, 5) if self.chance(0.2) else self.between(3, 6)
        shape = self.weighted([(6, "int"), (2, "float"), (1, "mixed")], plain=True)[1]
        one = {
            "int": lambda: self.int_literal(0.85),
            "float": self.float_literal,
            "mixed": lambda: self.literal(self.pick(["int", "float", "str", "none", "bool"])),
        }[shape]
        return ", ".join(one() for _ in range(count))

    def key(self):
        return self.pick(["0", "1", "2", "'a'", "'b'", "None", "2.5"])

    def odd(self, classes=()):
        """A value of any type, as an expression: what a function did not expect."""
        kind = self.pick(
            ["int", "int", "int", "float", "float", "bool", "str", "bytes", "none", "list", "tuple", "set", "dict"]
            + ["special"] * 4
        )
        if kind == "int":
            return f"({self.pick(INTS)})"
        if kind == "float":
            return f"({self.pick(FLOATS)})"
        if kind != "special":
            return self.literal(kind)
        plain = ["range(3)", "1j", "IntLike(5)", "IntLike(2**63)", "FloatLike(1.5)", "ListLike([1, 2, 3])", "bytearray(b'q')"]
        plain += ["Noisy('n')", "Picky(3)", "Picky(0)", "len", "int", "Exception('e')"]
        return self.pick(plain + [f"{name}({self.int_literal()})" for name in classes] * 2)
