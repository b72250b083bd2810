"""Statements of generated programs. Each maker returns lines, or None where it does not fit.

Programs end: `for` runs over few elements, `while` over a counter that nothing else assigns and that is stepped first,
recursion over a parameter that only ever gets smaller, and each scope has a budget.
"""

from expressions import Expressions

ERRORS = ["ZeroDivisionError", "TypeError", "ValueError", "IndexError", "OverflowError", "Exception", "ArithmeticError"]
ERRORS += ["(ValueError, IndexError, Boom)", "Exception", "Exception"]


def indented(lines):
    return ["    " + line for line in lines]


class Statements(Expressions):
    def block(self, s, count, before=()):
        """Some statements; names that are bound only in here are mostly forgotten after it."""
        names = dict(s.names)
        lines = list(before)
        for _ in range(count):
            if s.budget < 0:
                break
            lines += self.statement(s)
        if not self.c.chance(0.1):
            s.names = {n: k for n, k in s.names.items() if n in names}
        return lines or ["pass"]

    def statement(self, s):
        s.spend(1)
        inside = s.loops > 0
        rows = [
            (20, "assign", self.assign),
            (16, "augment", self.augment),
            (8, "if", self.branch),
            (9, "for", self.loop),
            (4, "while", self.counted),
            (3, "unpack", self.unpack),
            (4, "append", self.append),
            (4, "store item", self.store_item),
            (1, "store slice", self.store_slice),
            (1.5, "store key", self.store_key),
            (3, "try", self.handled),
            (1, "raise", self.raised),
            (1, "with", self.guarded),
            (0.7, "assert", lambda s: [f"assert {self.expression(s, 'bool', 2)}, {self.expression(s, 'int', 1)}"]),
            (0.8, "del", self.forget),
            (1, "closure", self.closure),
            (0.5, "locals", self.look),
            (0.6, "print", self.print),
            (1, "noisy", self.noisy),
            (1, "alias", self.alias),
            (2, "make", self.make),
            (0.6, "change shape", self.change_shape),
            (0.7, "peek", lambda s: ["peek()"]),
            (2, "attribute", self.store_attribute),
            (1, "swap", self.swap),
            (0.5, "change type", self.change_type),
            (2, "call", lambda s: (c := self.call(s, self.c.pick(["int", "list", "none"]))) and [c]),
            (2 if inside else 0, "leave", self.leave),
            (0.7 if s.returns else 0, "return", self.early_return),
            (2 if s.generator else 0, "yield", lambda s: [f"yield {self.expression(s, 'any', 2)}"]),
        ]
        for _ in range(5):
            lines = self.c.weighted(rows)[2](s)
            if lines:
                return lines
        return self.assign(s)

    def target(self, s, kind):
        """A name to assign: known or new."""
        known = [n for n, k in s.names.items() if n not in s.fixed and (k == kind or self.c.chance(0.02))]
        if known and self.c.chance(0.65):
            return self.c.pick(known)
        return s.fresh()

    def value(self, s, kind, depth=3):
        text = self.expression(s, kind, depth)
        return self.capped(text, kind) if s.factor > 1 or s.kind != "function" else text

    def assign(self, s):
        kind = self.c.pick(["int"] * 8 + ["float"] * 4 + ["bool", "str", "list", "list", "tuple", "obj", "none", "dict", "set"])
        if kind == "obj":
            if not self.p.classes:
                return None
            made = self.c.pick(self.p.classes)
            text = f"{made}({self.expression(s, 'int', 1)})"
        else:
            text = self.value(s, kind)
        name = self.target(s, kind)
        s.names[name] = kind
        if self.c.chance(0.05):
            other = self.target(s, kind)
            s.names[other] = kind
            return [f"{name} = {other} = {text}"]
        return [f"{name} = {text}"]

    def augment(self, s):
        kind = self.c.pick(["int", "int", "int", "float", "float", "str", "list"])
        names = [n for n, k in (s.names | s.attributes).items() if k == kind and n not in s.fixed]
        if not names:
            return None
        name = self.c.pick(names)
        e = self.expression
        if kind == "int":
            op = self.c.pick(["+", "+", "+", "-", "*", "//", "%", "&", "|", "^", "<<", ">>"])
            right = {
                "//": lambda: self.divisor(s, 2),
                "%": lambda: self.divisor(s, 2),
                "<<": lambda: self.c.pick(["1", "3", "31", "62"]),
                ">>": lambda: self.c.pick(["1", "2", "33", f"({e(s, 'int', 1)} & 7)"]),
            }.get(op, lambda: e(s, "int", 2))()
            lines = [f"{name} {op}= {right}"]
            if op in ("*", "<<", "+", "-") and ("*" in op + right or "<" in op + right):
                lines.append(f"{name} = {self.capped(name + ' * 1')}")
            return lines
        if kind == "float":
            return [f"{name} {self.c.pick(['+', '-', '*', '/', '+'])}= {e(s, self.c.pick(['float', 'float', 'int']), 2)}"]
        if kind == "str":
            return [f"{name} += {e(s, 'str', 1)}", f"{name} = {name}[-12:]"]
        return [f"{name} += {e(s, self.c.pick(['list', 'tuple']), 1)}", f"del {name}[12:]"]

    def branch(self, s):
        lines = [f"if {self.expression(s, 'bool', 3)}:"] + indented(self.block(s, self.c.between(1, 3)))
        if self.c.chance(0.2):
            lines += [f"elif {self.expression(s, 'bool', 2)}:"] + indented(self.block(s, self.c.between(1, 2)))
        if self.c.chance(0.4):
            lines += ["else:"] + indented(self.block(s, self.c.between(1, 2)))
        return lines

    def repeated(self, s, times, body):
        s.loops, s.factor = s.loops + 1, s.factor * times
        lines = body()
        s.loops, s.factor = s.loops - 1, s.factor // times
        return indented(lines)

    def loop(self, s):
        most = self.c.pick([3, 5, 8, 12])
        if s.factor * most * 6 > s.budget or s.loops > 2:
            return None
        kind = self.c.weighted([(10, "loop plain"), (2, "loop enumerate"), (2, "loop zip"), (1, "loop pairs")])[1]
        before = {n: s.names.get(n) for n in s.names}
        if kind == "loop plain":
            over, name = self.iterable(s, 2, most), self.target(s, "int")
            bound, head = {name: "int"}, f"for {name} in {over}:"
        elif kind == "loop enumerate":
            over, a, b = self.iterable(s, 2, most), s.fresh(), s.fresh()
            start = self.c.pick(["", "", ", 1", ", 2**63 - 2"])
            bound, head = {a: "int", b: "int"}, f"for {a}, {b} in enumerate({over}{start}):"
        elif kind == "loop zip":
            a, b = s.fresh(), s.fresh()
            bound = {a: "int", b: "int"}
            head = f"for {a}, {b} in zip({self.iterable(s, 2, most)}, {self.iterable(s, 2, most)}):"
        else:
            a, b = s.fresh(), s.fresh()
            pairs = ", ".join(f"({self.c.int_literal()}, {self.c.literal(self.c.pick(['int', 'float']))})" for _ in range(3))
            bound, head = {a: "int", b: "int"}, f"for {a}, {b} in [{pairs}]:"
        s.names.update(bound)
        lines = [head] + self.repeated(s, max(2, most // 2), lambda: self.block(s, self.c.between(1, 4)))
        if self.c.chance(0.12):
            lines += ["else:"] + indented(self.block(s, 1))
        if not self.c.chance(0.3):
            s.names = {n: k for n, k in s.names.items() if n in before}
        return lines

    def counted(self, s):
        most = self.c.between(2, 9)
        if s.factor * most * 6 > s.budget or s.loops > 2:
            return None
        name = s.fresh()
        s.names[name] = "int"
        s.fixed.add(name)
        start, step, test = self.c.pick([("0", "+= 1", f"< {most}"), (str(most), "-= 1", "> 0"), (f"2**63 - {most // 2 + 1}", "+= 1", f"< 2**63 + {most // 2}")])
        condition = f"{name} {test}"
        if self.c.chance(0.3):
            condition += f" and {self.expression(s, 'bool', 2)}"
        body = self.repeated(s, most, lambda: self.block(s, self.c.between(1, 3), [f"{name} {step}"]))
        lines = [f"{name} = {start}", f"while {condition}:"] + body
        if self.c.chance(0.12):
            lines += ["else:"] + indented(self.block(s, 1))
        return lines

    def leave(self, s):
        what = self.c.pick(["break", "continue"])
        return [f"if {self.expression(s, 'bool', 2)}:", f"    {what}"] if self.c.chance(0.95) else [what]

    def early_return(self, s):
        return [f"if {self.expression(s, 'bool', 2)}:", f"    return {self.expression(s, s.result, 2)}"]

    def unpack(self, s):
        a, b, c = (self.target(s, "int") for _ in range(3))
        e = lambda kind="int": self.value(s, kind, 2)
        if self.c.chance(0.5):
            line = f"{a}, {b} = {e()}, {e()}"
            names = {a: "int", b: "int"}
        elif self.c.chance(0.5):
            line, names = f"{a}, {b}, *{c} = {self.value(s, 'list', 2)}", {a: "int", b: "int", c: "list"}
        else:
            line, names = f"({a}, {b}), {c} = ({e()}, {e('float')}), {e()}", {a: "int", b: "float", c: "int"}
        s.names.update(names)
        return [line]

    def swap(self, s):
        names = [n for n in s.of_kind("int") if n not in s.fixed]
        if len(names) < 2:
            return None
        a, b = self.c.pick(names), self.c.pick(names)
        return [f"{a}, {b} = {b}, {a}"] if self.c.chance(0.5) else [f"{a}, {b} = {b}, {self.capped(f'({a} + {b} * 2)')}"]

    def lists(self, s):
        return s.of_kind("list") + [n for n, k in s.globals.items() if k == "list"]

    def append(self, s):
        lists = self.lists(s)
        if not lists:
            return None
        xs = self.c.pick(lists)
        value = self.value(s, self.c.pick(["int", "int", "float", "any"]), 2)
        style = self.c.pick(["append", "append", "append", "pop", "insert", "remove", "extend"])
        if style == "pop":
            return [f"if {xs}:", f"    {xs}.pop()"]
        if style == "insert":
            return [f"{xs}.insert({self.c.between(-2, 3)}, {value})", f"del {xs}[14:]"]
        if style == "remove":
            return [f"{xs}.reverse()"]
        if style == "extend":
            return [f"{xs}.extend({self.leaf(s, 'tuple')})", f"del {xs}[14:]"]
        if self.c.chance(0.5):
            return [f"{xs}.append({value})", f"if _len({xs}) > 14:", f"    del {xs}[{self.c.pick(['0', '-1', '7:', ':'])}]"]
        return [f"if _len({xs}) < 14:", f"    {xs}.append({value})"]

    def store_item(self, s):
        lists = self.lists(s)
        if not lists:
            return None
        xs = self.c.pick(lists)
        index = self.c.pick(["0", "-1", "1", f"{self.expression(s, 'int', 1)} % len({xs})", self.expression(s, "int", 1)])
        value = self.capped(self.expression(s, self.c.pick(["int", "int", "int", "float", "any"]), 2))
        if self.c.chance(0.3):
            return [f"{xs}[{index}] {self.c.pick(['+', '-', '^', '%'])}= {value}"]
        return [f"{xs}[{index}] = {value}"]

    def store_slice(self, s):
        lists = self.lists(s)
        if not lists:
            return None
        xs = self.c.pick(lists)
        if self.c.chance(0.4):
            return [f"del {xs}[{self.c.pick(['0', '-1', '1:3', '::2', self.expression(s, 'int', 1)])}]"]
        return [f"{xs}[{self.c.pick(['1:2', ':', ':0', '2:', '::-1'])}] = {self.expression(s, 'list', 1)}", f"del {xs}[12:]"]

    def store_key(self, s):
        d = self.leaf(s, "dict")
        if not d.isidentifier():
            return None
        key = self.c.pick([self.c.key(), f"{self.expression(s, 'int', 1)} % 5"])
        value = self.value(s, "int", 2)
        return self.c.pick([
            [f"{d}[{key}] = {value}"],
            [f"{d}[{key}] = {d}.get({key}, 0) + 1"],
            [f"if {key} in {d}:", f"    del {d}[{key}]"],
            [f"{d}[{key}] += 1"],
        ])  # fmt: skip

    def store_attribute(self, s):
        places = list(s.attributes)
        objects = s.of_kind("obj")
        if objects and self.p.members:
            places.append(f"{self.c.pick(objects)}.{self.c.pick(self.p.members)}")
        if not places:
            return None
        place = self.c.pick(places)
        value = self.capped(self.expression(s, "float" if self.c.chance(0.05) else "int", 2))
        return [f"{place} = {value}"] if self.c.chance(0.5) else [f"{place} = {self.capped(f'({place} * 3 + {value})')}"]

    def handled(self, s):
        lines = ["try:"] + indented(self.block(s, self.c.between(1, 3)))
        style = self.c.pick(["except", "except", "except", "as", "as", "finally", "two"])
        loops, returns = s.loops, s.returns
        if style in ("except", "two"):
            lines += [f"except {self.c.pick(ERRORS)}:"] + indented(self.block(s, self.c.between(1, 2)))
        if style == "two":
            lines += [f"except {self.c.pick(ERRORS)}:"] + indented(self.block(s, 1))
        if style == "as":
            name = s.fresh()
            body = self.block(s, 1, [self.c.pick([f"{self.target(s, 'str')} = type({name}).__name__", f"show({name}.args)", f"report({name})", "pass"])])
            lines += [f"except {self.c.pick(ERRORS)} as {name}:"] + indented(body)
            if self.c.chance(0.1):
                lines += ["    raise" + self.c.pick(["", f" Boom({self.c.between(0, 9)})", f" Boom(1) from {name}"])]
        if style != "finally" and self.c.chance(0.2):
            lines += ["else:"] + indented(self.block(s, 1))
        if style == "finally" or self.c.chance(0.2):
            s.loops, s.returns = 0, False
            lines += ["finally:"] + indented(self.block(s, self.c.between(1, 2)))
        s.loops, s.returns = loops, returns
        return lines

    def raised(self, s):
        what = self.c.pick(["ValueError", "Boom", "IndexError", "KeyError", "Boom"])
        made = self.c.pick(["", "({0})", "({0})", "({0}) from None", "({0}) from KeyError({0})", "({0}) from Boom"])
        return [f"if {self.expression(s, 'bool', 2)}:", f"    raise {what}{made.format(self.expression(s, 'int', 1))}"]

    def guarded(self, s):
        name = self.target(s, "int")
        head = f"with Guard({self.c.pick(['True', 'False', ''])}) as {name}:"
        s.names[name] = "int"
        return [head] + indented(self.block(s, self.c.between(1, 2)))

    def forget(self, s):
        names = [n for n in s.names if n not in s.fixed]
        if not names or s.in_comprehension:
            return None
        name = self.c.pick(names)
        kind = s.names[name]
        if self.c.chance(0.6):
            return [f"del {name}", f"{name} = {self.value(s, kind, 1)}"] if kind != "obj" else None
        if self.c.chance(0.7):
            del s.names[name]
        return [f"if {self.expression(s, 'bool', 1)}:", f"    del {name}"] if self.c.chance(0.5) else [f"del {name}"]

    def closure(self, s):
        if s.kind != "function" or s.loops > 1:
            return None
        held = [n for n in s.of_kind("int") if n in s.names and n not in s.fixed and not n.startswith("G")]
        if not held:
            return None
        name, cell, result = s.fresh(), self.c.pick(held), s.fresh()
        body = [f"nonlocal {cell}", f"{cell} {self.c.pick(['+=', '-=', '^='])} q"] if self.c.chance(0.6) else []
        inner = [f"def {name}(q):", *indented(body), f"    return {self.capped(f'q * 2 + {cell}')}"]
        s.names[result] = "int"
        use = f"{result} = {name}({self.expression(s, 'int', 1)})"
        if self.c.chance(0.5):
            s.spend(30)
            use = f"{result} = sum([{name}(q) for q in range({self.c.between(1, 6)})])"
        return inner + [use]

    def look(self, s):
        if s.kind != "function" or s.in_comprehension:
            return None
        crc = s.fresh()
        s.spend(20)
        return self.c.pick([
            [f"{crc} = mix(0, sorted(locals().items(), key=str))"],
            [f"{crc} = mix(0, sorted(sys._getframe().f_locals.items(), key=str))"],
            [f"{crc} = sys._getframe().f_lineno"],
            [f"{crc} = sys._getframe(1).f_lineno"],
            [f"{crc} = mix(0, sorted(locals()))"],
        ])  # fmt: skip

    def print(self, s):
        names = list(s.names)
        if not names:
            return None
        return [f"if {self.expression(s, 'int', 1)} % 401 == 7:", f"    show({self.c.pick(names)}, {self.c.pick(names)})"]

    def noisy(self, s):
        self.p.noise += 1
        made = f"Noisy({self.p.noise})"
        name = s.fresh()
        counted = [n for n in s.of_kind("int")] or ["0"]
        when = f"if {self.c.pick(counted)} % {self.c.pick(['97', '211', '401'])} == 3:"
        if s.kind == "class":
            return None
        held = self.c.pick([
            [f"{name} = {made}"],
            [f"{name} = [{made}, {made}]"],
            [f"{name} = {made}", f"{name} = None"],
            [f"{name} = {made}", f"del {name}"],
            [f"{made}.name"],
            [f"{name} = ({made}, 1)", f"{name} = {name}[1]"],
            [f"for {name} in [{made}, {made}]:", "    pass"],
        ])  # fmt: skip
        if self.c.chance(0.3):
            return [f"{name} = None", when] + indented(held)
        return [when] + indented(held)

    def make(self, s):
        if not self.p.classes:
            return None
        name = self.target(s, "obj")
        s.names[name] = "obj"
        return [f"{name} = {self.c.pick(self.p.classes[-2:])}({self.expression(s, 'int', 1)})"]

    def change_shape(self, s):
        """What makes instances of one class differ, and classes change."""
        objects = s.of_kind("obj")
        if not objects:
            return None
        o, other = self.c.pick(objects), self.c.pick(self.p.classes)
        what = self.c.pick([
            f"{o}.z = {self.expression(s, 'int', 1)}", f"{o}.extra{self.c.between(0, 3)} = 1", f"del {o}.b", f"del {o}.a",
            f"{o}.__class__ = {other}", f"{o}.__dict__['a'] = 5", f"{o}.__dict__ = {{'a': 1, 'b': 2}}",
            f"type({o}).a = 6", f"type({o}).z = 7", f"type({o}).m0 = lambda self, x: x", f"{o}.m0 = int",
            f"type({o}).__add__ = lambda self, other: 8", f"type({o}).__len__ = lambda self: 4", f"{o}.b = {o}.a",
        ])  # fmt: skip
        return [f"if {self.expression(s, 'int', 1)} % {self.c.pick(['7', '29', '97'])} == 3:", f"    {what}"]

    def alias(self, s):
        kind = self.c.pick(["int", "float", "list", "list", "tuple", "obj"])
        names = s.of_kind(kind)
        if not names:
            return None
        name = self.target(s, kind)
        s.names[name] = kind
        return [f"{name} = {self.c.pick(names)}"]

    def change_type(self, s):
        names = [n for n, k in s.names.items() if n not in s.fixed and k in ("int", "float")]
        if not names:
            return None
        value = self.c.pick(["1.5", "True", "None", "2**64", "'s'", "(1, 2)", "IntLike(4)", "FloatLike(0.5)", "0.0", "-0.0", "2**63"])
        return [f"if {self.expression(s, 'bool', 2)}:", f"    {self.c.pick(names)} = {value}"]
