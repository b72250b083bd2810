"""Functions of generated programs whose compiled units have a frame: loops that compute with numbers and do, between
that, what may run Python code. Some of it raises, now and then, in the middle (`Fuse` of the prelude)."""

from classes import Classes
from statements import ERRORS, indented

FUSES = ["FA", "FB", "FC"]


class Running(Classes):
    def heavy(self, s, total, count):
        """Arithmetic that is worth native code, so that the unit is kept."""
        lines = []
        for _ in range(count):
            a, b = self.c.pick(["1", "3", "5", "7", "11"]), self.c.pick(["2", "3", "7", "13"])
            names = [n for n in s.of_kind("int") if n not in s.attributes] or [total]
            other = self.c.pick([*names, total])
            lines.append(self.c.pick([
                f"{total} = ({total} * {a} + {total} // {b} - ({total} ^ {a})) % {self.c.pick(['10007', '65536', '1000003'])}",
                f"{total} = ({total} * {a} + ({total} >> {b}) + {b}) & 0xFFFFF",
                f"if {total} & {a} > {b} or {total} % {b} == 1:\n    {total} += {a}\nelse:\n    {total} -= {b} * {total} % 97",
                f"{total} = ({total} + {other} % 1009 * {a}) & 0xFFFFFF",
            ]))  # fmt: skip
        return [line for text in lines for line in text.split("\n")]

    def fuse(self, s):
        objects = s.of_kind("obj")
        return self.c.pick(objects) if objects and self.c.chance(0.3) else self.c.pick(FUSES)

    def runs(self, s):
        """One or more statements that may run Python code."""
        s.spend(12)
        c, t, i = self.c, s.total, s.counter
        e = lambda kind="int": self.expression(s, kind, 1)
        x, text, d, u = self.fuse(s), s.text, s.dict, s.set
        method = c.pick(["burn", "m", "k", "st", "cl", *self.p.methods])
        add = lambda value: [f"{t} += {value}"] if c.chance(0.7) else [f"{t} = ({t} ^ int({value})) & 0xFFFFF"]
        rows = [
            (4, "run method", lambda: add(f"{x}.{method}({i})" if method in self.p.methods else f"{x}.{method}({i} + 1)")),
            (3, "run keywords", lambda: add(c.pick([f"{x}.k({i}, b={e()})", f"{x}.k(b={t}, a={i})", f"{x}.k({t}, *({i}, 2))", f"{x}.k(**{{'a': {t}, 'b': 1}})", f"{x}.star({i}, {t}, z={i})"]))),
            (3, "run operator", lambda: add(c.pick([f"({x} + {i})", f"({t} - {x})", f"{x} * {t}", f"{x} // 2", f"{x}[{i}]", f"len({x})", f"(-{x})", f"{x}({i}, q={t})", f"int({x})", f"({x} < {t})", f"({i} in {x})", f"({x} == {t})", f"(1 if {x} else {i})", f"abs({x})"]))),
            (3, "run attribute", lambda: c.pick([add(f"{x}.p"), add(f"{x}.v"), [f"{x}.p = {t}"], [f"{x}.v = {t} % 97"], [f"{x}.v += 1", f"{x}.v %= 50"], add(f"getattr({x}, 'v', {i})"), [f"{x}.extra = {i}", f"del {x}.extra"]])),
            (3, "run format", lambda: [c.pick([f"{text} = f'{{{t}}}-{{{i}!r:>4}}{{{x}}}'", f"{text} = f'{{{x}:>3}}{{{text}[:3]}}'", f"{text} += f'{{{i}}}'", f"{text} = '%s.%d' % ({text}[:2], {t})", f"{text} = '{{}}{{}}'.format({i}, {x})", f"{text} = str({t}) + repr({i})"])] + add(f"len({text})")),
            (3, "run append", lambda: c.pick([[f"{text} += {c.pick(['chr(97 + ' + i + ' % 26)', text + '[:1]', repr('xy'), 'str(' + i + ')'])}"], [f"{text} = {text} + '{c.pick('abé')}'"], [f"{text} = {text} + {text}[-1:]"]]) + [f"if len({text}) > {c.pick([9, 40])}:", f"    {text} = {text}[{c.pick(['-2:', ':0', '::2'])}]"]),
            (3, "run dict", lambda: c.pick([[f"{d}[{i} % 5] = {d}.get({i} % 5, 0) + {t} % 7"], [f"{d}.setdefault({t} % 3, []).append({i})", f"if len({d}) > 2:", f"    {d}.clear()"], [f"for k{i}, v{i} in {d}.items():", f"    {t} += k{i} if type(v{i}) is list else v{i} & 15"], [f"{d}[{x}.v % 4] = {i}"], [f"{d} = {{**{d}, {i} % 3: {t}}}"], [f"{d} = {{q: {t} + q for q in range({i} % 4)}}"], [f"{t} += {d}.pop({i} % 3, 1) if {i} % 3 not in {d} else 2"], [f"if {i} % 4 in {d}:", f"    del {d}[{i} % 4]"]])),
            (2, "run set", lambda: c.pick([[f"{u}.add({t} % 9)"], [f"{u} |= {{{i}, {t} % 5}}"], [f"{u} = {{q for q in {u} if q != {i}}}"], [f"{t} += {i} in {u}"], [f"if len({u}) > 5:", f"    {u}.clear()"]])),
            (2, "run str", lambda: add(c.pick([f"len({text}.replace('a', 'bb'))", f"len({text}.split('-'))", f"{text}.find('{c.pick('ab1')}')", f"({text} == 'a')", f"len('-'.join([{text}, 'q']))", f"sum([q == 'a' for q in {text}])", f"({text} < 'b')", f"ord({text}[{i} % len({text})]) if {text} else 3", f"{text}.startswith('a')"]))),
            (2, "run with", lambda: [f"with {c.pick([x if x in FUSES else 'FA', 'Guard()', 'Guard(True)', 'FB'])} as w{i}:", *indented(self.runs(s) if c.chance(0.6) else add(f"w{i}"))]),
            (3, "run try", lambda: ["try:", *indented(self.heavy(s, t, c.between(0, 1)) + self.runs(s)), f"except {c.pick(ERRORS + ['Boom', 'Boom'])}{c.pick(['', ' as e' + i])}:", f"    {t} -= {c.pick(['1', i])}"] + (["finally:", f"    {t} += 1"] if c.chance(0.2) else [])),
            (1, "run raise", lambda: [f"if {t} % {c.pick([17, 97, 211])} == {c.pick([0, 3])}:", f"    raise {c.pick(['Boom', 'ValueError', 'KeyError'])}({i})"]),
            (1.5, "run star", lambda: c.pick([[f"a{i}, *b{i} = {x}"] + add(f"len(b{i}) + a{i}"), [f"*b{i}, a{i} = [{i}, {t}, *(1, 2)]"] + add(f"a{i} + b{i}[1]"), add(f"max(*[{i}, {t}])"), [f"a{i}, b{i} = {i}, {x}"] + add(f"a{i} + (b{i} is None)")])),
            (2, "run closure", lambda: [f"def h{i}(q, r={c.pick([i, '1', t])}):", *indented(c.pick([[f"nonlocal {t}", f"{t} += q & 3"], [f"return q + r + {i}"], [f"return q * r if q else peek()"]])), *([f"h{i}({i})"] if c.chance(0.5) else [f"w{i} = h{i}({t} % 5)", f"{t} += w{i} or 0"])]),
            (1.5, "run lambda", lambda: add(c.pick([f"(lambda q: q + {i})({t})", f"sorted([{t}, {i}], key=lambda q: -q)[0]", f"sum(map(lambda q: q + 1, ({i}, 2)))", f"sum(q * {i} for q in range(3))", f"sum([q * {t} for q in range({i} % 4)])", f"max([{i}, 2], key=lambda q: {x}.v + q)"]))),
            (2, "run global", lambda: c.pick([[f"GX = {t}"], [f"GX += {i}", "GX &= 1023"], add("GX"), add("later()") , ["GX = [GX, 1][0]"]])),
            (1, "run delete", lambda: c.pick([[f"y{i} = {t}", f"del y{i}"], [f"y{i} = [{i}, {t}, 3]", f"del y{i}[{c.pick(['0', '-1', ':2'])}]"] + add(f"len(y{i})"), [f"y{i} = [{x}, {i}]", f"y{i} = y{i}[1]"]])),
            (1, "run walrus", lambda: [f"if (y{i} := {x}.m({i})) > 1:", f"    {t} += y{i}"]),
            (1, "run list", lambda: c.pick([[f"y{i} = [{i}, {t}]", f"y{i}[{i} % 2] += {x}.v", f"{t} += y{i}[0] + y{i}[-1]"], [f"y{i} = [{x}] * 2", f"{t} += y{i}[0].v"], [f"y{i} = [[{i}, 2.5], ({t}, 1)]", f"for a{i}, b{i} in y{i}:", f"    {t} += a{i}"], [f"y{i} = [3, {t}, {i}]", f"y{i}.sort()", f"y{i}[1:2] = [{i}, {i}]"] + add(f"y{i}[{i} % 3]")])),
            (1.5, "run generator", lambda: c.pick([[f"for y{i} in steps({i} % 4):", f"    {t} += y{i}"], add(f"next(steps({i} % 3), 5)"), add(f"sum(steps({i} & 3))"), add(f"list(steps(3))[{i} % 4]")])),
            (1, "run iterate", lambda: [f"for y{i} in {x}:", f"    {t} += y{i}", *([f"    if y{i} > {i}:", "        break"] if c.chance(0.3) else [])]),
            (1, "run match", lambda: [f"match ({t} % 3, {i}):", f"    case (0, y{i}):", f"        {t} += y{i}", f"    case (1, {c.between(0, 4)}):", f"        {t} -= 1", "    case _:", f"        {t} += {x}.v"]),
            (0.7, "run peek", lambda: c.pick([add("peek()"), ["peek()"], add("sys._getframe().f_lineno % 7"), add("len(locals()) & 1")])),
            (1, "run call", lambda: (call := self.call(s, "int")) and add(f"({call}) % 1009")),
            (1, "run float", lambda: [f"y{i} = {t} * 0.5"] + add(f"int(y{i} + {x}.v) % 31")),
            (1, "run statement", lambda: self.statement(s)),
        ]  # fmt: skip
        for _ in range(4):
            lines = c.weighted(rows)[2]()
            if lines:
                return lines
        return add(f"{x}.v")

    def framed(self, signature):
        """A function in which a loop, or the whole, is worth compiling and runs Python code."""
        f = signature
        f.params = f.params[:2]
        for p in f.params:
            p.kind = self.c.pick(["int", "int", "obj", "list", "any"])
            p.default = self.c.literal("int") if p.default else ""
        f.result = "int"
        s = self.scope(f, 4000)
        s.calls = [g for g in s.calls if g.cost < 60]
        s.total, s.text, s.dict, s.set = "t", "w", "d", "u"
        s.names |= {"t": "int", "w": "str", "d": "dict", "u": "set"}
        s.fixed |= {"t", "w", "d", "u"}
        start = [f"t = {self.c.between(0, 99)}", f"w = {self.c.pick(['str()', repr('ab'), repr('')])}", "d = {}", "u = {1}"]
        if self.c.chance(0.5):
            start += self.make(s) or []
        body = ["global GX"] if self.c.chance(0.6) else ["GX = 3"]
        body += start
        s.counter = "i"
        most = self.c.pick([0, 2, 4, 8, 60, 300])
        s.names["i"] = "int"
        s.fixed.add("i")
        if most == 0:
            # A call unit without a loop.
            s.total = "t"
            body += ["i = t % 7"] + self.inner(s, 2)
        else:
            over = self.c.pick([f"range({most})", f"range({most})", f"list(range({most}))", f"[q % 7 for q in range({most})]", f"steps({most})", f"reversed(range({most}))"])
            s.loops, s.factor = s.loops + 1, min(most, 8)
            if self.c.chance(0.2):
                body += ["i = 0", f"while i < {most}:", "    i += 1"] + indented(self.inner(s, self.c.between(1, 4)))
            else:
                body += [f"for i in {over}:"] + indented(self.inner(s, self.c.between(1, 4)))
            s.loops, s.factor = s.loops - 1, 1
        if self.c.chance(0.4):
            body += ["t = mix(t, (w, sorted(d.items(), key=str), sorted(u, key=str))) & 0xFFFF"]
        body += ["return t" if self.c.chance(0.7) else f"return (t + {self.expression(s, 'int', 1)}) % 1000003"]
        f.cost = 60 * max(1, most)
        return body

    def inner(self, s, count):
        lines = self.heavy(s, s.total, self.c.between(1, 4))
        for _ in range(count):
            lines += self.runs(s)
            if self.c.chance(0.5):
                lines += self.heavy(s, s.total, self.c.between(1, 2))
            if s.loops and self.c.chance(0.1):
                lines += self.leave(s)
        return lines
