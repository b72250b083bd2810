#!/usr/bin/env python3
"""Writes random Python programs that end, for `tests/fuzz.rs`.

    generate.py FIRST COUNT FOLDER      programs of the seeds FIRST.. as FOLDER/SEED.py
    generate.py SEED                    one program on standard output

A program first gets functions, methods and loops hot, with the types that they were written for, then surprises them:
other types, rebound globals, builtins, defaults and code, exceptions, destructors. What it prints depends on nothing
but the program: no addresses, no clock, no collector.
"""

import sys
from dataclasses import dataclass, field
from pathlib import Path

from expressions import Scope
from running import FUSES, Running
from statements import indented
from values import Choices

PRELUDE = (Path(__file__).parent / "prelude.py").read_text().rstrip("\n")
KINDS = ["int", "int", "int", "float", "float", "list", "list", "str", "bool", "obj", "any", "tuple"]


@dataclass
class Parameter:
    name: str
    kind: str
    default: str = ""
    depth: bool = False


@dataclass
class Signature:
    name: str
    params: list
    result: str
    cost: int = 0
    star: bool = False
    keyword: str = ""
    named: bool = False


@dataclass
class Program:
    """What has been written so far."""

    functions: list = field(default_factory=list)
    classes: list = field(default_factory=list)
    own_classes: list = field(default_factory=list)
    members: list = field(default_factory=list)
    methods: list = field(default_factory=list)
    globals: dict = field(default_factory=dict)
    noise: int = 0


class Writer(Running):
    def __init__(self, seed):
        self.c = Choices(seed)
        self.p = Program()
        self.lines = []

    def program(self):
        self.some_globals()
        parts = [self.function] * self.c.between(1, 4) + [self.generator] * self.c.between(0, 1)
        parts += [self.a_class] * self.c.pick([0, 0, 1, 1, 2])
        self.c.random.shuffle(parts)
        for part in parts:
            part()
            if part == self.function and self.c.chance(0.5):
                self.drive(self.p.functions[-1])
        rest = [self.module_loop] * self.c.pick([0, 1, 1, 2]) + [self.class_body] * self.c.pick([0, 0, 0, 1])
        rest += [self.drive_any] * self.c.between(1, 3) + [self.rebind] * self.c.pick([0, 1, 1, 2]) + [self.odd_calls] * 2
        self.c.random.shuffle(rest)
        self.hot()
        for part in rest:
            part()
        for _ in range(self.c.pick([0, 1, 1, 2])):
            self.framed_function()
            if self.c.chance(0.5):
                self.c.pick([self.rebind, self.odd_calls])()
                self.drive(self.p.functions[-1])
        self.lines.append("show(PEEKS, PEEKED)")
        if self.c.chance(0.25):
            f = self.c.pick(self.p.functions)
            self.lines += [f"show({f.name}({self.odd_arguments(f)}))"]
            self.lines += self.c.pick([[], ["sys.exit(3)"], ["sys.exit('over')"], ["1 // (G0 - G0)"]])
        return PRELUDE + "\n\n\n" + "\n".join(self.lines) + "\n"

    def some_globals(self):
        self.p.globals = {"G0": "int", "G1": "int", "GF": "float", "GL": "list", "GD": "dict"}
        for name, kind in self.p.globals.items():
            self.lines.append(f"{name} = {self.c.literal(kind)}")
        for name in FUSES:
            self.lines.append(f"{name} = Fuse({self.c.pick([23, 211, 1009, 5003, 10**9])})")
        self.p.classes = ["Picky", "Fuse"]
        self.p.members = ["v"]

    def a_class(self):
        name = f"C{len(self.p.own_classes)}"
        self.lines += ["", "", *self.make_class(name), "", ""]
        self.p.own_classes.append(name)
        self.p.classes.append(name)
        if "a" not in self.p.members:
            self.p.members += ["a", "a", "b"]

    # Functions

    def parameters(self, count):
        params = []
        for i in range(count):
            kind = self.c.pick(KINDS)
            default = ""
            if (params and params[-1].default) or self.c.chance(0.12):
                default = self.c.literal(kind if kind not in ("obj", "any") else "int")
            params.append(Parameter(f"p{i}", kind, default))
        return params

    def scope(self, f, budget):
        s = Scope("function", budget, {p.name: p.kind for p in f.params})
        s.fixed |= {p.name for p in f.params if p.depth}
        s.globals = self.p.globals
        s.calls = [g for g in self.p.functions if g.cost < budget]
        s.result = f.result
        if self.c.chance(0.25):
            # No calls, so that `is` on numbers meets no documented difference.
            s.calls, s.identity = [], True
        return s

    def function(self):
        n = len(self.p.functions)
        f = Signature(f"f{n}", self.parameters(self.c.between(1, 4)), self.c.pick(["int"] * 5 + ["float"] * 3 + ["list", "str", "any", "tuple", "bool"]))
        recursive = self.c.chance(0.15)
        if recursive:
            f.params = [p for p in f.params if not p.default]
            f.params.append(Parameter("d", "int", depth=True))
        f.star = self.c.chance(0.15)
        f.named = self.c.chance(0.1)
        f.keyword = "kw" if self.c.chance(0.08) else ""
        budget = self.c.pick([20, 60, 120, 250])
        s = self.scope(f, budget)
        head = [p.name + (f"={p.default}" if p.default else "") for p in f.params]
        if f.star:
            head.append("*rest")
            s.names["rest"] = "tuple"
        if f.keyword:
            head += ([] if f.star else ["*"]) + [f"{f.keyword}=3"]
            s.names[f.keyword] = "int"
        if f.named:
            head.append("**more")
            s.names["more"] = "dict"
        body = []
        if self.c.chance(0.2):
            body += ["global G0, GF"]
            s.names |= {"G0": "int", "GF": "float"}
            s.globals = {k: v for k, v in s.globals.items() if k not in ("G0", "GF")}
        if recursive:
            body += ["if d <= 0:", f"    return {self.expression(s, f.result, 1)}"]
            s.own, f.cost = f.name, 15
            s.calls = [*s.calls, f] if not s.identity else []
        body += self.block_kept(s, self.c.between(1, 6))
        if recursive and self.c.chance(0.7):
            s.identity = False
            args = ", ".join("d - 1" if p.depth else self.expression(s, p.kind, 2) for p in f.params)
            other = self.expression(s, f.result, 1)
            body += [f"return {self.capped(f'({f.name}({args}) + {other} * 1)')}" if f.result in ("int", "float") else f"return {f.name}({args})"]
        else:
            text = self.expression(s, f.result, 3)
            body += [f"return {self.capped(text, f.result) if self.c.chance(0.5) else text}"] if self.c.chance(0.97) else []
        f.cost = (budget - s.budget) * (8 if recursive else 1) + 10
        self.lines += ["", "", f"def {f.name}({', '.join(head)}):", *indented(body), "", ""]
        self.p.functions.append(f)

    def framed_function(self):
        f = Signature(f"f{len(self.p.functions)}", self.parameters(self.c.between(0, 2)), "int")
        body = self.framed(f)
        head = ", ".join(p.name + (f"={p.default}" if p.default else "") for p in f.params)
        self.lines += ["", "", f"def {f.name}({head}):", *indented(body), "", ""]
        self.p.functions.append(f)
        self.drive(f, least=450 if f.cost < 600 else 8)

    def block_kept(self, s, count):
        """Statements of which all names stay."""
        lines = []
        for _ in range(count):
            if s.budget > 0:
                lines += self.statement(s)
        return lines

    def generator(self):
        f = Signature(f"g{len(self.p.functions)}", [Parameter("p0", "int")], "generator")
        s = self.scope(f, 60)
        s.generator = True
        s.returns = False
        body = [f"for i in range(p0 % {self.c.between(2, 6)}):"]
        s.names["i"] = "int"
        s.fixed.add("i")
        body += self.repeated(s, 3, lambda: self.block(s, self.c.between(1, 2), [f"yield {self.expression(s, 'int', 2)}"]))
        f.cost = 60 - s.budget + 20
        self.lines += ["", "", f"def {f.name}(p0):", *indented(body), "", ""]
        if not self.p.functions:
            self.function()
        self.p.functions.append(f)

    # What calls them

    def typed_arguments(self, f, k):
        """Arguments as the function expects them, made from the counter `k`."""
        out = []
        for p in f.params:
            if p.depth:
                out.append(f"{k} % {self.c.between(2, 5)}")
                continue
            if p.default and self.c.chance(0.5):
                break
            kind = p.kind if p.kind != "any" else self.c.pick(["int", "float", "list", "str"])
            out.append({
                "int": lambda: self.c.pick([k, k, f"{k} - 200", f"{k} * 3 % 17", f"{k} % 10 - 5", "3", "G0"]),
                "float": lambda: self.c.pick([f"{k} * 0.5", f"float({k})", "1.5", f"{k} / 7", "GF"]),
                "bool": lambda: f"{k} % 2 == 0",
                "list": lambda: self.c.pick([f"[{k}, 2, 3]", "GL", "[1.5, 2.5]", f"[{k} % 5, {k}, 1]", "list(GL)"]),
                "str": lambda: self.c.pick(["'ab'", f"'s' * ({k} % 3)", f"str({k})"]),
                "tuple": lambda: f"({k}, 2)",
                "obj": lambda: f"{self.c.pick(self.p.classes)}({k} % 7)",
            }[kind]())  # fmt: skip
        else:
            if f.star and self.c.chance(0.5):
                out.append(self.c.pick(["4", f"{k}, {k}", f"*range({k} % 4)", f"*[{k}, 1.5]"]))
            if f.keyword and self.c.chance(0.5):
                out.append(f"{f.keyword}={k}")
            if f.named and self.c.chance(0.5):
                out.append(self.c.pick([f"x={k}", f"**{{'x': {k}, 'y': 2}}", f"x=1.5, **dict(z={k})"]))
        return ", ".join(out)

    def odd_arguments(self, f):
        odd = self.c.pick([0.3, 0.6, 1.0])
        out = []
        for p in f.params:
            if p.depth:
                out.append(self.c.pick(["3", "2", "4", "True", "0", "2.0"]))
            elif p.default and self.c.chance(0.4):
                break
            elif self.c.chance(odd) or p.kind == "any":
                out.append(self.c.odd(self.p.classes))
            elif p.kind == "obj":
                out.append(f"{self.c.pick(self.p.classes)}(2)")
            else:
                out.append(self.c.literal(p.kind))
        return ", ".join(out)

    def times(self, cost):
        most = max(4, 100_000 // (cost + 8))
        return min(most, self.c.pick([5, 60, 410, 450, 450, 600, 900, 1200]))

    def hot(self):
        """Something that surely gets compiled: numbers in a loop, in a function that is called often."""
        f = Signature(f"f{len(self.p.functions)}", self.parameters(self.c.between(1, 3)), self.c.pick(["int", "int", "float"]))
        for p in f.params:
            p.kind = self.c.pick(["int", "int", "float", "list"])
            p.default = self.c.literal(p.kind) if p.default else ""
        budget = self.c.pick([60, 120])
        s = self.scope(f, budget)
        total = s.fresh()
        s.names[total] = "int"
        body = [f"{total} = {self.c.int_literal()}"]
        name = s.fresh()
        s.names[name] = "int"
        s.fixed.add(name)
        most = self.c.between(3, 8)
        inner = lambda: self.block(s, self.c.between(1, 4), [f"{total} = {self.capped(f'({total} * 3 + {name})')}"])
        if self.c.chance(0.5):
            body += self.make(s)
        body += [f"for {name} in range({most}):", *self.repeated(s, most, inner)]
        body += self.block_kept(s, self.c.between(0, 2))
        body += [f"return {self.expression(s, f.result, 2)}"]
        f.cost = budget - s.budget + 10
        head = ", ".join(p.name + (f"={p.default}" if p.default else "") for p in f.params)
        self.lines += ["", "", f"def {f.name}({head}):", *indented(body), "", ""]
        self.p.functions.append(f)
        self.drive(f, least=450)

    def drive_any(self):
        self.drive(self.c.pick(self.p.functions))

    def drive(self, f, least=0):
        """Calls the function often, in one of several ways."""
        n = max(least, self.times(f.cost))
        call = f"{f.name}({self.typed_arguments(f, 'k')})"
        if f.result == "generator":
            call = f"list({call})"
        style = self.c.pick(["plain", "plain", "caught", "inner", "inner", "comprehension", "function", "while", "late"])
        if style == "plain":
            lines = ["crc = 0", f"for k in range({n}):", f"    r = {call}", "    crc = mix(crc, r)", f"show('{f.name}', crc, r)"]
            lines = lines if self.c.chance(0.3) else self.tried(lines)
        elif style == "caught":
            lines = self.tried([f"r = [{call} for k in range({n})]", "show(mix(0, r), r[-2:])"])
        elif style in ("inner", "late"):
            odd = []
            if style == "late":
                odd = [f"if k == {max(1, n - 3)}:", f"    r = {f.name}({self.odd_arguments(f)})"]
            body = self.tried([f"r = {call}", *odd, "crc = mix(crc, r)"], ["crc = mix(crc, type(e).__name__ + text(e.args))", "if k % 200 == 0:", "    report(e)"])
            lines = ["crc, r = 0, None", f"for k in range({n}):", *indented(body), f"show('{f.name}', crc, r)"]
        elif style == "comprehension":
            lines = [f"show(mix(0, [{call} for k in range({n})]))"]
            lines = self.tried(lines)
        elif style == "while":
            lines = ["k = crc = 0", f"while k < {n}:", f"    r = {call}", "    k += 1", "    crc = mix(crc, r)", f"show('{f.name}', crc, r)"]
            lines = self.tried(lines)
        else:
            name = f"drive{len(self.lines)}"
            total = self.c.pick(["t = mix(t, r)", "t = t + r", "t = r", "out.append(r)"])
            lines = [f"def {name}(n):", "    t, out = 0, []", "    for k in range(n):", f"        r = {call}", f"        {total}", "    return t, mix(0, out)"]
            lines += ["", "", *self.tried([f"show({name}({n}))"])]
        self.lines += lines

    def tried(self, lines, handler=("report(e)",)):
        return ["try:", *indented(lines), "except Exception as e:", *indented(handler)]

    def odd_calls(self):
        f = self.c.pick(self.p.functions)
        for _ in range(self.c.between(1, 6)):
            args = self.odd_arguments(f)
            if f.result == "generator" or self.c.chance(0.5):
                self.lines.append(f"attempt({f.name}{', ' if args else ''}{args})")
            else:
                n = self.c.pick([1, 2, 14, 30])
                body = self.tried([f"r = {f.name}({args})", "crc = mix(crc, r)"], ["crc = mix(crc, text(e.args))"] + (["report(e)"] if n < 3 else []))
                self.lines += ["crc = 0", f"for k in range({n}):", *indented(body), f"show('{f.name} odd', crc)"]
        if self.c.chance(0.5):
            self.drive(f)

    def rebind(self):
        """Changes something that compiled code relies on, and calls again."""
        f = self.c.pick(self.p.functions)
        earlier = [g.name for g in self.p.functions[: self.p.functions.index(f)] if g.result == f.result]
        plain = [g for g in self.p.functions if g.result != "generator"]
        number = len(self.lines)
        change = self.c.weighted([
            (3, "G0", lambda: [f"G0 = {self.c.pick(['1.5', 'None', '2**63', 'True', 'G0 + 1', 'IntLike(3)'])}"]),
            (2, "GF", lambda: [f"GF = {self.c.pick(['3', 'None', '1e308', 'FloatLike(2.5)', 'GF + 1'])}"]),
            (2, "GL", lambda: [f"GL = {self.c.pick(['(1, 2, 3)', '[]', '[1.5]', 'ListLike([4, 5])', 'GL[:2]'])}"]),
            (2, "abs", lambda: [f"abs = {self.c.pick(['lambda x: 4', 'int', 'abs'])}"]),
            (2, "len", lambda: [f"len = {self.c.pick(['lambda x: 2', 'lambda x: 2**63', '_len'])}"]),
            (2, "min", lambda: [f"min = {self.c.pick(['max', 'lambda *a: a[0]'])}"]),
            (2, "range", lambda: [f"range = lambda *a: {self.c.pick(['[1, 2]', '(3, 1.5)', 'iter([0, 5])'])}"]),
            (1, "sqrt", lambda: ["sqrt = lambda x: x"]),
            (1, "del shadow", lambda: ["float = int", f"attempt({f.name}, {self.odd_arguments(f)})", "del float"]),
            (3, "function", lambda: [f"{f.name} = {self.c.pick(['lambda *a, **k: 3', 'lambda *a, **k: 2.5', *earlier])}"]),
            (2, "code", lambda: [f"def other{number}(*a, **k):", f"    return {self.c.pick(['1', '2.5', 'a[0]'])}", "", "", f"{f.name}.__code__ = other{number}.__code__"]),
            (1, "defaults", lambda: [f"{f.name}.__defaults__ = {self.c.pick(['(1, 2.5)', '(2**63,)', '(None,)'])}"]),
            (3, "class", lambda: self.change_class()),
            (1, "builtins", lambda: ["__builtins__.max = min"]),
        ])[2]()  # fmt: skip
        if f.result == "generator":
            change = [f"G1 = {self.c.int_literal()}"]
        self.lines += change
        for g in [f] + ([self.c.pick(plain)] if plain else []):
            if self.c.chance(0.7):
                self.drive(g)
            else:
                self.lines.append(f"attempt({g.name}, {self.odd_arguments(g)})")

    def change_class(self):
        name = self.c.pick(self.p.classes)
        value = self.c.int_literal()
        return self.c.pick([
            [f"{name}.a = {value}"], [f"{name}.z = {value}"], [f"{name}.v = property(lambda self: {value})"],
            [f"{name}.m0 = lambda self, x: {value}"], [f"{name}.__add__ = lambda self, other: {value}"],
            [f"{name}.__lt__ = lambda self, other: {value}"], [f"{name}.__bool__ = lambda self: peek() > 3"],
            [f"{name}.__getattribute__ = lambda self, name: {value}"], [f"{name}.__getattr__ = lambda self, name: peek()"],
            [f"{name}.__setattr__ = lambda self, name, value: None"], [f"{name} = {self.c.pick(self.p.classes)}"],
            [f"{name}.__init__ = lambda self, a: None"],
        ])  # fmt: skip

    # Loops of module and class bodies

    def module_loop(self):
        s = Scope("module", 40_000, prefix=f"w{len(self.lines)}_")
        s.names = dict(self.p.globals)
        s.calls = [g for g in self.p.functions if g.cost < 150]
        start = []
        for kind in self.c.pick([["int", "float"], ["int", "int"], ["int", "list"], ["int", "float", "list", "str"]]):
            name = s.fresh()
            s.names[name] = kind
            start.append(f"{name} = {self.c.literal(kind)}")
        name = s.fresh()
        s.names[name] = "int"
        s.fixed.add(name)
        n = self.c.pick([20, 300, 1050, 1100, 1500, 2100])
        body = self.repeated(s, n, lambda: self.block(s, self.c.between(1, 5)))
        if self.c.chance(0.3):
            numbers = [n for n in s.of_kind("int") + s.of_kind("float") if n not in s.fixed]
            body += indented([f"if {name} == {n - 40}:", f"    {self.c.pick(numbers)} = {self.c.odd(self.p.classes)}"])
        shown = [n for n, k in s.names.items() if n.startswith("w")][:3]
        head = f"for {name} in range({n}):"
        if self.c.chance(0.2):
            head = f"for {name} in range({n} - 1, -1, -1):"
        self.lines += start + (self.tried([head, *body]) if self.c.chance(0.9) else [head, *body])
        self.lines += self.tried([f"show({', '.join(shown)})"], ["show(type(e).__name__)"])

    def class_body(self):
        name = f"B{len(self.lines)}"
        s = Scope("class", 20_000, {"x": "int", "y": "float", "i": "int"}, prefix="c")
        s.fixed.add("i")
        s.calls = [g for g in self.p.functions if g.cost < 100]
        s.globals = self.p.globals
        n = self.c.pick([30, 1050, 1300])
        body = self.repeated(s, n, lambda: self.block(s, self.c.between(1, 3)))
        lines = [f"class {name}:", f"    x = {self.c.int_literal()}", f"    y = {self.c.float_literal()}"]
        lines += indented([f"for i in range({n}):", *body])
        self.lines += self.tried([*lines, f"show({name}.x, {name}.y, {name}.i)"])


def main():
    if len(sys.argv) == 2:
        sys.stdout.write(Writer(int(sys.argv[1])).program())
        return
    first, count, folder = int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
    for seed in range(first, first + count):
        (folder / f"{seed}.py").write_text(Writer(seed).program(), encoding="utf-8")


if __name__ == "__main__":
    main()
