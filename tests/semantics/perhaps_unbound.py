# compiled: total after mixed framed early grows becomes
# Locals that are unbound when a loop begins and numbers later: at exits, errors, in frames that others look at.
import sys


def total(rows, limit):
    seen = 0
    for row in rows:
        for item in row:
            doubled = item * 2
            half = item / 2
            odd = doubled % 4 == 2
            if doubled > limit:
                seen += 1
            seen += doubled
    return seen


rows = [list(range(i % 7)) for i in range(40)]
print(sum(total(rows, 10) for _ in range(300)))
print(total([], 1), total([[]], 1), total([[2**70]], 1), total([[], [1, 2.5], []], 1))
try:
    total([[1, "x"], []], 1)
except TypeError as error:
    print(error, sorted(error.__traceback__.tb_next.tb_frame.f_locals.items()))
try:
    total([[], [None]], 1)
except TypeError as error:
    print(error, sorted(k for k in error.__traceback__.tb_next.tb_frame.f_locals))
try:
    total([[3, []]], 1)
except TypeError as error:
    print(error, sorted(error.__traceback__.tb_next.tb_frame.f_locals.items()))


def after(n, m):
    for i in range(n):
        for j in range(m):
            last = i * j
            wide = last * 0.5
            flag = last > 3
    return last, wide, flag, i, j


for _ in range(600):
    after(3, 4)
print(after(3, 4), after(1, 2))
for n, m in [(0, 1), (2, 0), (1, 1)]:
    try:
        print(after(n, m))
    except UnboundLocalError as error:
        print(error)


def mixed(values):
    for value in values:
        for _ in range(2):
            if value > 2:
                number = value
                if value > 5:
                    del number
        if value == 2:
            number = 1
    return number


for _ in range(600):
    mixed([1, 2, 3, 4])
print(mixed([1, 3]), mixed([2.5, 3.5]))
for bad in [[1], [6, 2], [2, 6], [1, 7]]:
    try:
        print(mixed(bad))
    except UnboundLocalError as error:
        print(error)


def look(where):
    if where == 7:
        shown.append(sorted(sys._getframe(1).f_locals.items()))


def framed(n):
    for i in range(n):
        for j in range(i):
            product = i * j
            ratio = product / 3
            even = product % 2 == 0
            if j == 1:
                largest = 2**62 + product
        look(i)
    return n


shown = []
for _ in range(500):
    framed(5)
framed(9)
print(shown)
shown.clear()


def early(n, at):
    for i in range(n):
        if i == at:
            shown.append(sorted(locals().items()))
        for j in range(2):
            value = i + j
            part = value * 0.25
    return i


for _ in range(500):
    early(4, -1)
early(4, 0)
early(4, 2)
print(shown)


def grows(n):
    for i in range(n):
        for j in range(2):
            big = i * 2**40 * j
            small = big >> 3
        big *= big
    return big, small


for _ in range(500):
    grows(3)
print(grows(3), grows(70000))


def becomes(values):
    for value in values:
        for _ in range(1):
            kept = value + 1
        other = kept
    return kept, other


for _ in range(500):
    becomes([1, 2, 3])
print(becomes([1, 2.5]), becomes([True]), becomes([1.5, 2**64]))


class Loud:
    def __add__(self, other):
        shown.append(sorted(k for k in sys._getframe(1).f_locals))
        return self

    def __del__(self):
        shown.append("gone")


shown.clear()
becomes([1, Loud(), 2])
becomes([Loud(), 2])
print(shown)
