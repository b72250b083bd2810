# A recursive descent parser of JSON-like text: strings, dicts, exceptions, methods, state on self.


class Parser:
    def __init__(self, text):
        self.text = text
        self.pos = 0

    def peek(self):
        while self.pos < len(self.text) and self.text[self.pos] in " \n\t":
            self.pos += 1
        if self.pos >= len(self.text):
            raise ValueError(f"unexpected end at {self.pos}")
        return self.text[self.pos]

    def expect(self, c):
        if self.peek() != c:
            raise ValueError(f"expected {c!r} at {self.pos}, got {self.text[self.pos]!r}")
        self.pos += 1

    def value(self):
        c = self.peek()
        if c == "{":
            return self.obj()
        if c == "[":
            return self.arr()
        if c == '"':
            return self.string()
        if c in "-0123456789":
            return self.number()
        for word, v in (("true", True), ("false", False), ("null", None)):
            if self.text.startswith(word, self.pos):
                self.pos += len(word)
                return v
        raise ValueError(f"bad character {c!r} at {self.pos}")

    def obj(self):
        out = {}
        self.expect("{")
        while self.peek() != "}":
            if out:
                self.expect(",")
                self.peek()
            k = self.string()
            self.expect(":")
            out[k] = self.value()
        self.pos += 1
        return out

    def arr(self):
        out = []
        self.expect("[")
        while self.peek() != "]":
            if out:
                self.expect(",")
            out.append(self.value())
        self.pos += 1
        return out

    def string(self):
        self.expect('"')
        start = self.pos
        while self.text[self.pos] != '"':
            self.pos += 1
        self.pos += 1
        return self.text[start : self.pos - 1]

    def number(self):
        start = self.pos
        n = 0
        sign = 1
        if self.text[self.pos] == "-":
            sign = -1
            self.pos += 1
        while self.pos < len(self.text) and self.text[self.pos].isdigit():
            n = n * 10 + ord(self.text[self.pos]) - 48
            self.pos += 1
        if self.pos < len(self.text) and self.text[self.pos] in ".e":
            while self.pos < len(self.text) and self.text[self.pos] in ".e+-0123456789":
                self.pos += 1
            return float(self.text[start : self.pos])
        return sign * n


doc = '{"a": [1, 2.5, -3, {"b": null}], "name": "text here", "t": true, "f": false, "n": [[], {}]}'
for i in range(60):
    r = Parser(doc).value()
print(r, Parser("[" + ",".join(str(i * 7) for i in range(1500)) + "]").value()[-3:])
for bad in ('{"a" 1}', "[1, 2", "?", '{"a": [1, }', "", "[1 2]", '"open', "[99999999999999999999999, -9223372036854775808, 1e400, -0]", "[-]", "[1.2.3]"):
    try:
        print(Parser(bad).value())
    except (ValueError, IndexError) as e:
        print(type(e).__name__, e)
print(len(repr(Parser("[" * 100 + "]" * 100).value())))
Parser('{"a": {"b": [1, 2, x]}}').value()
