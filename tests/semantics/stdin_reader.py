# compiled: parse
# stdin: 3
# stdin: 1 2.5
# stdin: 9223372036854775807 1
# stdin: x y
# input() and sys.stdin beside hot code.
import sys


def parse(text):
    n = 0
    for ch in text:
        d = ord(ch) - 48
        if d < 0 or d > 9:
            raise ValueError("bad digit %r" % ch)
        n = n * 10 + d
    return n


for i in range(4000):
    parse("12345")
print(parse(input()))
a, b = input().split()
print(parse(a), float(b))
for line in sys.stdin:
    for word in line.split():
        try:
            print(parse(word) + 1)
        except ValueError as e:
            print(e)
print(parse("9" * 40))
try:
    input("prompt")
except EOFError as e:
    print(e)
parse("12a")
