"""Expressions of generated programs.

An expression has a kind that it mostly keeps to; kinds are what the generator means, not a promise. A `Scope` says
which names can be read, and what the code may still cost.
"""

from values import MASKS, MODULI

KINDS = ["int", "int", "int", "float", "float", "bool", "str", "list", "tuple", "none"]


class Scope:
    """Where code is being written. `factor`: how often the code at hand runs each time the scope runs."""

    def __init__(self, kind, budget, names=None, prefix="v"):
        self.kind = kind
        self.names = dict(names or {})
        self.fixed = set()  # counters, which the code must not assign
        self.prefix = prefix
        self.serial = 0
        self.budget = budget
        self.factor = 1
        self.loops = 0  # loops that `break` and `continue` can leave
        self.returns = kind == "function"
        self.generator = False
        self.calls = []  # signatures that can be called here
        self.attributes = {}  # expressions such as `self.x` that can be read and assigned
        self.identity = False  # `is` on numbers cannot meet a documented difference
        self.globals = {}
        self.own = None  # the function's own name, if it may call itself
        self.result = "any"
        self.in_comprehension = 0

    def fresh(self):
        self.serial += 1
        return f"{self.prefix}{self.serial}"

    def spend(self, cost):
        self.budget -= cost * self.factor

    def of_kind(self, kind):
        names = [n for n, k in self.names.items() if k == kind]
        names += [n for n, k in self.attributes.items() if k == kind]
        return names


class Expressions:
    """Mixed into the writer, which has `c`, the choices, and `p`, the program so far."""

    def expression(self, s, kind, depth=3):
        s.spend(1)
        if self.c.chance(0.012):
            kind = self.c.pick(KINDS)
        if kind == "any":
            kind = self.c.pick(KINDS)
        make = getattr(self, f"_{kind}", None)
        if make is None or depth <= 0 or self.c.chance(0.2):
            return self.leaf(s, kind)
        return make(s, depth - 1)

    def leaf(self, s, kind):
        names = s.of_kind(kind)
        outer = [n for n, k in s.globals.items() if k == kind]
        if names and self.c.chance(0.75):
            return self.c.pick(names)
        if outer and self.c.chance(0.4):
            return self.c.pick(outer)
        if kind == "obj":
            return self.c.pick(names or ["Picky(1)"])
        if kind == "any":
            return self.c.pick(list(s.names) or ["None"])
        return self.c.literal(kind)

    def capped(self, text, kind="int"):
        """Keeps a value that is computed from itself in a loop from growing without end."""
        if kind == "int" and ("*" in text or "<<" in text):
            return f"({text}) % {self.c.pick(MODULI)}" if self.c.chance(0.6) else f"({text}) & {self.c.pick(MASKS)}"
        if kind in ("str", "list", "tuple", "bytes"):
            return f"({text})[{self.c.pick([':12', ':9', '-10:', ':12:1'])}]"
        return text

    def call(self, s, result):
        """A call of a generated function that returns `result`, if one is affordable here."""
        fits = [f for f in s.calls if f.result == result and f.cost * s.factor < s.budget]
        if not fits:
            return None
        f = self.c.pick(fits)
        s.spend(f.cost)
        return f"{f.name}({self.arguments(s, f)})"

    def arguments(self, s, f, odd=0.01):
        out = []
        for p in f.params:
            if p.depth:
                out.append(f"{p.name} - 1" if f.name == s.own else str(self.c.between(0, 3)))
                continue
            if p.default and self.c.chance(0.4):
                break
            value = self.c.odd(self.p.classes) if self.c.chance(odd) else self.expression(s, p.kind, 1)
            out.append(value)
        else:
            if f.star:
                out += [self.expression(s, "int", 1) for _ in range(self.c.between(0, 2))]
            if f.keyword and self.c.chance(0.5):
                out.append(f"{f.keyword}={self.expression(s, 'int', 1)}")
            if f.named and self.c.chance(0.5):
                out.append(self.c.pick(["x={}", "**{{'x': {}}}", "z=2, **dict(y={})"]).format(self.expression(s, "int", 1)))
        return ", ".join(out)

    # One method for each kind, with the alternatives as rows of weight, name, maker.

    def alternatives(self, s, d, rows):
        for _ in range(4):
            made = self.c.weighted(rows)[2]()
            if made is not None:
                return made
        return self.leaf(s, "int")

    def _int(self, s, d):
        e = lambda kind="int": self.expression(s, kind, d)
        lit = self.c.int_literal
        return self.alternatives(s, d, [
            (30, "int add", lambda: f"({e()} {self.c.pick('++--*')} {e()})"),
            (6, "int mul", lambda: f"({e()} * {e()})"),
            (10, "int div", lambda: f"({e()} {self.c.pick(['//', '%', '%'])} {self.divisor(s, d)})"),
            (8, "int bits", lambda: f"({e()} {self.c.pick('&|^')} {e()})"),
            (3, "int left", lambda: f"({e()} << {self.c.pick([str(self.c.between(0, 70)), f'({e()} & 31)'])})"),
            (3, "int right", lambda: f"({e()} >> {self.c.pick([str(self.c.between(0, 70)), f'({e()} & 63)', e()])})"),
            (4, "int unary", lambda: f"({self.c.pick('-~+')}{e()})"),
            (2, "int abs", lambda: f"abs({e()})"),
            (4, "int minmax", lambda: f"{self.c.pick(['min', 'max'])}({e()}, {e()})"),
            (1, "int minmax3", lambda: f"{self.c.pick(['min', 'max'])}({e()}, {e()}, {e()})"),
            (4, "int len", lambda: f"len({e(self.c.pick(['list', 'list', 'tuple', 'str']))})"),
            (3, "int of", lambda: f"int({e(self.c.pick(['float', 'float', 'int', 'bool', 'str']))})"),
            (4, "int cond", lambda: f"({e()} if {e('bool')} else {e()})"),
            (3, "int andor", lambda: f"({e()} {self.c.pick(['and', 'or'])} {e()})"),
            (2, "int walrus", lambda: self.walrus(s, "int", d)),
            (10, "int item", lambda: self.item(s, d)),
            (9, "int call", lambda: self.call(s, "int")),
            (5, "int attribute", lambda: self.attribute(s, "int")),
            (3, "int method", lambda: self.method_call(s, d)),
            (2, "int sum", lambda: f"sum({e('list')})"),
            (2, "int sum of", lambda: self.sum_of(s, d)),
            (4, "int object", lambda: self.of_object(s, d)),
            (1, "int peek", lambda: "peek()"),
            (0.4, "int line", lambda: "sys._getframe().f_lineno"),
            (2, "int pow", lambda: f"({e()} ** {self.c.pick(['2', '3', f'({e()} & 3)', f'({e()} & 3)'])})"),
            (2, "int of bools", lambda: f"({e('bool')} + {e('bool')})"),
            (1, "int divmod", lambda: f"divmod({e()}, {self.divisor(s, d)})[{self.c.pick('01')}]"),
            (1, "int round", lambda: f"{self.c.pick(['round', 'floor'])}({e('float')})"),
            (1, "int count", lambda: f"{e('list')}.{self.c.pick(['count', 'index'])}({e()})"),
            (1, "int get", lambda: f"{self.leaf(s, 'dict')}.get({self.c.key()}, {lit()})"),
            (1, "int closure", lambda: f"(lambda q: q + {e()})({e()})"),
        ])  # fmt: skip

    def divisor(self, s, d):
        style = self.c.pick(["literal", "literal", "or", "or", "bare"])
        if style == "literal":
            return self.c.pick(["2", "3", "7", "10", "-2", "-3", "1000", "2**31", "(2**63)", "-1", "1"])
        e = self.expression(s, "int", d - 1)
        return f"({e} or {self.c.pick(['1', '7', '-3'])})" if style == "or" else e

    def item(self, s, d):
        lists = s.of_kind("list") + [n for n, k in s.globals.items() if k == "list"] + s.of_kind("tuple")
        if not lists:
            return None
        xs = self.c.pick(lists)
        style = self.c.pick(["wrapped", "wrapped", "plain", "negative", "bare"])
        if style == "wrapped":
            return f"{xs}[{self.expression(s, 'int', d)} % {self.c.pick([f'len({xs})', '3', '2'])}]"
        if style == "bare":
            return f"{xs}[{self.expression(s, 'int', d - 1)}]"
        return f"{xs}[{self.c.pick(['0', '1', '2']) if style == 'plain' else self.c.pick(['-1', '-2', '-3'])}]"

    def attribute(self, s, kind):
        objects = s.of_kind("obj")
        if not objects or not self.p.members:
            return None
        return f"{self.c.pick(objects)}.{self.c.pick(self.p.members)}" if self.c.chance(0.97) else f"{self.c.pick(objects)}.z"

    def of_object(self, s, d):
        """Operators, calls and subscripts of an instance."""
        objects = s.of_kind("obj")
        if not objects:
            return None
        s.spend(20)
        o, e = self.c.pick(objects), self.expression(s, "int", d - 1)
        op = self.c.pick(["+", "-", "*", "//", "%", "&", "|", "<", "==", ">=", "+", "<"])
        return self.c.pick([
            f"({o} {op} {e})", f"({e} {op} {o})", f"{o}[{e}]", f"len({o})", f"-{o}", f"{o}({e})", f"int({o})",
            f"({e} if {o} else 2)", f"({o} {op} {self.c.pick(objects)})", f"({e} in {o})", f"sum([q for q in {o}])",
        ])  # fmt: skip

    def method_call(self, s, d):
        objects = s.of_kind("obj")
        if not objects or not self.p.methods:
            return None
        s.spend(40)
        return f"{self.c.pick(objects)}.{self.c.pick(self.p.methods)}({self.expression(s, 'int', d)})"

    def walrus(self, s, kind, d):
        names = [n for n in s.of_kind(kind) if n in s.names and n not in s.fixed]
        if not names or s.in_comprehension or s.kind == "class":
            return None
        return f"({self.c.pick(names)} := {self.capped(self.expression(s, kind, d), kind)})"

    def sum_of(self, s, d):
        body = self.comprehension(s, d)
        return f"sum({body})" if self.c.chance(0.3) else f"sum([{body}])"

    def comprehension(self, s, d, kind="int"):
        """The inside of a list comprehension or generator expression."""
        if s.kind == "class":
            return f"q for q in {self.leaf(s, 'list')}"
        name = self.c.pick(["q", "r"])
        outer = s.names.get(name)
        s.in_comprehension += 1
        over = self.iterable(s, d, 6)
        factor, s.factor = s.factor, s.factor * 5
        s.names[name] = "int"
        fixed = name in s.fixed
        s.fixed.add(name)
        body = f"{self.expression(s, kind, d)} for {name} in {over}"
        if self.c.chance(0.3):
            body += f" if {self.expression(s, 'bool', d - 1)}"
        s.factor = factor
        s.in_comprehension -= 1
        if not fixed:
            s.fixed.discard(name)
        if outer is None:
            del s.names[name]
        else:
            s.names[name] = outer
        return body

    def iterable(self, s, d, most):
        """Something with few elements to loop over."""
        e = lambda: self.expression(s, "int", d - 1)
        return self.c.weighted([
            (8, "over range", lambda: f"range({self.c.between(0, most)})"),
            (4, "over range2", lambda: f"range({self.c.between(-3, 2)}, {self.c.between(0, most)})"),
            (3, "over range3", lambda: f"range({self.c.between(-5, 6)}, {self.c.between(-5, 6)}, {self.c.pick([1, 2, 3, -1, -2])})"),
            (4, "over range n", lambda: f"range({e()} % {self.c.between(2, most)})"),
            (1, "over big range", lambda: f"range({self.c.pick(['2**63 - 3, 2**63 + 1', '-2**63 - 2, -2**63 + 2', '2**62, 2**62 + 3'])})"),
            (8, "over list", lambda: self.leaf(s, "list")),
            (3, "over tuple", lambda: self.leaf(s, "tuple")),
            (2, "over slice", lambda: f"{self.leaf(s, 'list')}[{self.c.pick(['1:', ':-1', '::2', '::-1'])}]"),
            (1, "over reversed", lambda: f"reversed({self.leaf(s, 'list')})"),
            (1, "over display", lambda: f"({e()}, {e()}, {e()})"),
            (1, "over set", lambda: f"sorted({self.leaf(s, 'set')})"),
            (1, "over dict", lambda: f"list({self.leaf(s, 'dict')}.values())"),
            (1, "over generator", lambda: self.call(s, "generator") or "range(3)"),
            (1, "over map", lambda: f"map(abs, {self.leaf(s, 'list')})"),
        ])[2]()  # fmt: skip

    def _float(self, s, d):
        e = lambda kind="float": self.expression(s, kind, d)
        return self.alternatives(s, d, [
            (30, "float add", lambda: f"({e()} {self.c.pick('+-*')} {e()})"),
            (6, "float div", lambda: f"({e()} / {self.c.pick([e(), '2.0', '3.0', f'({e()} or 1.0)', '3'])})"),
            (5, "float mixed", lambda: f"({e()} {self.c.pick('+-*')} {e('int')})"),
            (5, "float mixed left", lambda: f"({e('int')} {self.c.pick('+-*/')} {e()})"),
            (5, "float true div", lambda: f"({e('int')} / {self.divisor(s, d)})"),
            (3, "float floor", lambda: f"({e()} {self.c.pick(['//', '%'])} {self.c.pick([e(), '2.0', '-1.5', '3'])})"),
            (3, "float unary", lambda: f"({self.c.pick('-+')}{e()})"),
            (3, "float of", lambda: f"float({e('int')})"),
            (2, "float abs", lambda: f"{self.c.pick(['abs', 'fabs'])}({e()})"),
            (2, "float minmax", lambda: f"{self.c.pick(['min', 'max'])}({e()}, {e()})"),
            (2, "float math", lambda: f"{self.c.pick(['sqrt', 'sin', 'fabs'])}({e()})"),
            (2, "float sqrt", lambda: f"sqrt(abs({e()}))"),
            (2, "float pow", lambda: f"({e()} ** {self.c.pick(['2', '2.0', '0.5', '3', '-1'])})"),
            (3, "float cond", lambda: f"({e()} if {e('bool')} else {e()})"),
            (2, "float andor", lambda: f"({e()} {self.c.pick(['and', 'or'])} {e()})"),
            (2, "float walrus", lambda: self.walrus(s, "float", d)),
            (4, "float item", lambda: self.item(s, d)),
            (6, "float call", lambda: self.call(s, "float")),
            (1, "float sum", lambda: f"sum([{self.comprehension(s, d, 'float')}])"),
        ])  # fmt: skip

    def _bool(self, s, d):
        e = lambda kind: self.expression(s, kind, d)
        op = lambda: self.c.pick(["<", "<=", ">", ">=", "==", "!=", "<", ">"])
        return self.alternatives(s, d, [
            (20, "bool int", lambda: f"{e('int')} {op()} {e('int')}"),
            (10, "bool float", lambda: f"{e('float')} {op()} {e('float')}"),
            (4, "bool mixed", lambda: f"{e('int')} {op()} {e('float')}"),
            (2, "bool any", lambda: f"{e('any')} {self.c.pick(['==', '!=', '==', '<'])} {e('any')}"),
            (2, "bool str", lambda: f"{e('str')} {op()} {e('str')}"),
            (5, "bool chain", lambda: f"{e('int')} {op()} {e('int')} {op()} {e('int')}"),
            (4, "bool not", lambda: f"(not {e('bool')})"),
            (6, "bool andor", lambda: f"({e('bool')} {self.c.pick(['and', 'or'])} {e('bool')})"),
            (3, "bool in", lambda: f"{e('int')} {self.c.pick(['in', 'not in'])} {e(self.c.pick(['list', 'tuple']))}"),
            (2, "bool in more", lambda: f"{e('int')} in {self.leaf(s, self.c.pick(['set', 'dict', 'list']))}"),
            (3, "bool none", lambda: f"{e('any')} {self.c.pick(['is', 'is not'])} None"),
            (3, "bool is", lambda: self.identity(s)),
            (2, "bool type", lambda: f"isinstance({e('any')}, {self.c.pick(['int', 'float', '(int, float)', 'str'])})"),
            (3, "bool truth", lambda: e("int")),
            (1, "bool truth any", lambda: e("any")),
            (1, "bool xor", lambda: f"({e('bool')} {self.c.pick('&|^')} {e('bool')})"),
            (3, "bool literal", lambda: self.c.literal("bool")),
        ])  # fmt: skip

    def identity(self, s):
        if s.identity:
            names = list(s.names)
        else:
            names = s.of_kind("list") + s.of_kind("obj") + s.of_kind("bool") + s.of_kind("none")
        if len(names) < 2 or s.in_comprehension:
            return None
        return f"({self.c.pick(names)} {self.c.pick(['is', 'is not'])} {self.c.pick(names)})"

    def _str(self, s, d):
        e = lambda kind: self.expression(s, kind, d)
        return self.alternatives(s, d, [
            (10, "str add", lambda: f"({e('str')} + {e('str')})"),
            (3, "str mul", lambda: f"({e('str')} * {self.c.between(0, 3)})"),
            (8, "str format", lambda: self.formatted(s, d)),
            (4, "str of", lambda: f"str({e('int')})[-9:]"),
            (3, "str item", lambda: f"{e('str')}[{self.c.between(-2, 2)}]"),
            (3, "str slice", lambda: f"{e('str')}[{self.c.pick(['1:', ':2', '::-1', '-2:'])}]"),
            (2, "str cond", lambda: f"({e('str')} if {e('bool')} else {e('str')})"),
            (1, "str percent", lambda: f"('%d-%s' % ({e('int')} % 1000, {e('str')}))"),
            (1, "str method", lambda: f"{e('str')}.{self.c.pick(['upper()', 'strip()', 'title()', 'zfill(4)'])}"),
            (3, "str call", lambda: self.call(s, "str")),
        ])  # fmt: skip

    def formatted(self, s, d):
        return "f'{" + self.leaf(s, "int").replace("'", '"') + self.c.pick(["", "!r", ":>4"]) + "}" + self.c.pick(["", "z"]) + "'"

    def _list(self, s, d):
        e = lambda kind: self.expression(s, kind, d)
        return self.alternatives(s, d, [
            (10, "list display", lambda: f"[{e('int')}, {e('int')}, {e('any')}]"),
            (3, "list floats", lambda: f"[{e('float')}, {e('float')}]"),
            (8, "list comprehension", lambda: f"[{self.comprehension(s, d)}]"),
            (2, "list floats of", lambda: f"[{self.comprehension(s, d, 'float')}]"),
            (4, "list slice", lambda: f"{e('list')}[{self.c.pick(['1:', ':-1', '::2', '::-1', ':', '5:1', '-3:'])}]"),
            (2, "list slice at", lambda: f"{e('list')}[{e('int')}:{e('int')}]"),
            (2, "list add", lambda: f"({e('list')} + {e('list')})"),
            (1, "list mul", lambda: f"({e('list')} * {self.c.between(0, 2)})"),
            (2, "list star", lambda: f"[*{e('list')}, {e('int')}, *{e('tuple')}]"),
            (1, "list of range", lambda: f"list(range({self.c.between(0, 6)}))"),
            (1, "list sorted", lambda: f"sorted({e('list')})"),
            (1, "list of tuple", lambda: f"list({e('tuple')})"),
            (1, "list generator", lambda: (g := self.call(s, "generator")) and f"list({g})"),
            (1, "list of dict", lambda: f"list({self.leaf(s, 'dict')}.items())"),
        ])  # fmt: skip

    def _tuple(self, s, d):
        e = lambda kind: self.expression(s, kind, d)
        return self.alternatives(s, d, [
            (10, "tuple display", lambda: f"({e('int')}, {e('any')})"),
            (2, "tuple slice", lambda: f"{e('tuple')}[{self.c.pick(['1:', ':-1', '::-1'])}]"),
            (2, "tuple add", lambda: f"({e('tuple')} + {e('tuple')})"),
            (2, "tuple of list", lambda: f"tuple({e('list')})"),
            (1, "tuple divmod", lambda: f"divmod({e('int')}, {self.divisor(s, d)})"),
            (1, "tuple star", lambda: f"(*{e('list')}, {e('int')})"),
        ])  # fmt: skip
