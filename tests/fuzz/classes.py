"""Classes of generated programs: attributes, slots, methods, properties, and operators that run code."""

from expressions import Scope
from statements import Statements, indented

BINARY = ["add", "sub", "mul", "floordiv", "mod", "and", "or", "xor", "lshift", "truediv"]
COMPARE = ["lt", "le", "gt", "ge", "eq", "ne"]


class Classes(Statements):
    def make_class(self, name):
        base = self.c.pick(["", "", "", "", "(int)", "(float)", "(list)"])
        if self.p.own_classes and self.c.chance(0.3):
            base = f"({self.c.pick(self.p.own_classes)})"
        plain = not base or base[1:-1] in self.p.own_classes
        lines = []
        if self.c.chance(0.2) and not base:
            lines.append("__slots__ = ('a', 'b')")
        if plain:
            lines += ["def __init__(self, a):"]
            lines += ["    super().__init__(a)"] if base else []
            lines += [f"    self.a = a", f"    self.b = {self.c.pick(['1', '0.5', 'a', '[]', '2**63'])}"]
            lines += ["def __repr__(self):", f"    return '{name}(%s, %s)' % (text(self.a), text(self.b))"]
        elif base != "(list)":
            lines += ["a = 3", "b = 2.5"]
        else:
            lines += ["a = 4", "b = 1", "def __init__(self, a):", "    list.__init__(self, [a, 1, 2])"]
        value = "self.a" if plain else {"(int)": "int(self)", "(float)": "float(self)", "(list)": "_len(self)"}[base]
        for _ in range(self.c.between(1, 5)):
            lines += self.special(name, value, plain)
        for _ in range(self.c.between(0, 2)):
            lines += self.method(f"m{len(self.p.methods)}", plain)
        if plain and self.c.chance(0.3) and "__slots__" not in lines[0]:
            lines += ["@property", "def c(self):", f"    return {self.simple(value)}"]
            lines += ["@c.setter", "def c(self, v):", f"    self.a = v"]
            self.p.members.append("c")
        if self.c.chance(0.15):
            lines += ["def __del__(self):", "    print('gone', text(self))"]
        return [f"class {name}{base}:"] + indented(lines)

    def simple(self, value):
        """A small expression over the instance's value."""
        return self.c.pick([
            value, f"{value} + 1", f"{value} * 2", f"-{value}", "7", "2.5", f"{value} == 3", f"G0 + {value}", "None",
            f"({value}, 1)", f"{value} // 2", "2**63", "'s'",
        ])  # fmt: skip

    def special(self, name, value, plain):
        result = self.simple(value)
        other = "getattr(other, 'a', other)"
        effect = self.c.pick([[]] * 5 + [["global G0", "G0 = G0 ^ 1"], ["GL.append(1)", "del GL[9:]"], ["show('in')"], ["peek()"], ["peek()"]])
        kind = self.c.pick(["binary", "binary", "compare", "compare", "bool", "len", "getitem", "iter", "unary", "call", "index", "contains", "setitem", "getattr"])
        if kind == "binary":
            op = self.c.pick(BINARY)
            sign = {"add": "+", "sub": "-", "mul": "*", "floordiv": "//", "mod": "%"}.get(op, "+")
            result = self.c.pick([result, f"{name}({value})", f"{value} {sign} {other}", "NotImplemented"])
            side = self.c.pick(["", "", "r", "i"])
            body = [f"def __{side}{op}__(self, other):", *indented(effect), f"    return {result}"]
        elif kind == "compare":
            op = self.c.pick(COMPARE)
            sign = {"lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==", "ne": "!="}[op]
            result = self.c.pick([f"{value} {sign} {other}", "True", "[]", "NotImplemented", result])
            body = [f"def __{op}__(self, other):", *indented(effect), f"    return {result}"]
            if op == "eq":
                body += ["def __hash__(self):", "    return 5"]
        elif kind == "unary":
            body = [f"def __{self.c.pick(['neg', 'invert', 'abs', 'pos'])}__(self):", *indented(effect), f"    return {result}"]
        elif kind == "bool":
            body = ["def __bool__(self):", *indented(effect), f"    return {self.c.pick(['True', 'False', f'bool({value})', '1'])}"]
        elif kind == "len":
            body = ["def __len__(self):", *indented(effect), f"    return {self.c.pick(['0', '3', '2', '-1', '2**63'])}"]
        elif kind == "getitem":
            body = ["def __getitem__(self, i):", *indented(effect), "    if i == 4:", "        raise IndexError(i)", f"    return {result}"]
        elif kind == "setitem":
            body = ["def __setitem__(self, i, v):", *indented(effect), f"    {'self.b = v' if plain else 'pass'}"]
        elif kind == "iter":
            body = ["def __iter__(self):", f"    return iter({self.c.pick(['(1, 2.5, 3)', '[1, 2]', 'range(4)', '()'])})"]
        elif kind == "call":
            body = ["def __call__(self, *args):", *indented(effect), f"    return {result}"]
        elif kind == "index":
            body = [f"def {self.c.pick(['__index__', '__int__', '__float__'])}(self):", f"    return {self.c.pick(['1', '2', '2.0', '2**64'])}"]
        elif kind == "contains":
            body = ["def __contains__(self, x):", *indented(effect), f"    return {self.c.pick(['True', 'False', '5'])}"]
        else:
            body = ["def __getattr__(self, name):", "    if name == 'z':", f"        return 5", "    raise AttributeError(name)"]
        return body

    def method(self, method, plain):
        s = Scope("function", self.c.pick([15, 40]), {"x": "int"})
        s.attributes = {"self.a": "int", "self.b": "int"} if plain else {}
        s.globals = self.p.globals
        s.calls = list(self.p.functions) if self.c.chance(0.3) else []
        s.result = "int"
        body = self.block(s, self.c.between(0, 3))
        self.p.methods.append(method)
        return [f"def {method}(self, x):", *indented(body), f"    return {self.expression(s, 'int', 2)}"]
