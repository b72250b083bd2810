# compiled: divide index key number parents rebound grows falls shadow loops places returned
# keep: gainless
# Handlers that do not look at the exception: it is not made, and nobody can tell.
import sys
import traceback


def divide(n, m):
    z = 0
    w = 0.5
    for i in range(n):
        try:
            z += 100 // (i % m)
            z += 7 % (i % 3)
            w += 3 / (i % 5)
        except ZeroDivisionError:
            z += 1
            w = w * 0.5 + 1.0
        z += 2
    return z, w


def index(xs, n):
    t = 0
    for i in range(n):
        try:
            t += xs[i % 13 - 6]
        except IndexError:
            t -= 1
        try:
            c = "abc"[i % 5]
        except IndexError:
            t += 3
    return t


def key(d, n):
    t = 0
    for i in range(n):
        k = i % 11
        try:
            t += d[k]
        except KeyError:
            t += 10
            continue
        finally:
            t += 1
        t += 5
    return t


class Text(str):
    def __int__(self):
        return 77


class Whole:
    def __int__(self):
        return 5

    def __index__(self):
        return 6


def number(words):
    t = 0
    bad = 0
    for w in words:
        try:
            t += int(w)
        except ValueError:
            bad += 1
        except TypeError:
            bad += 1000
    return t, bad


def parents(d, n):
    t = 0
    for i in range(n):
        try:
            t += d[i % 4] // (i % 3)
        except LookupError:
            t += 1
        except ArithmeticError:
            t += 100
        try:
            t += d[i % 4] // (i % 3)
        except Exception:
            t += 10000
        try:
            t += d[i % 4] // (i % 3)
        except:
            t += 1000000
    return t


Missing = KeyError


def rebound(d, n):
    global Missing
    t = 0
    for i in range(n):
        try:
            try:
                t += d[i % 4]
            except Missing:
                t += 1
                if i == n - 20:
                    Missing = ValueError
        except KeyError as e:
            t += 1000
            if i > n - 4:
                print(e.args, e.__context__, e.__traceback__.tb_lineno - sys._getframe().f_code.co_firstlineno,
                      e.__traceback__.tb_lasti)
    return t


def grows(n):
    """The handler's own arithmetic does not fit."""
    z = 1
    for i in range(n):
        try:
            z += 10 // (i % 2)
        except ZeroDivisionError:
            z = z * 3
            if z > 1 << 70:
                z = 1
    return z


def falls(d, n):
    """The exception is looked at after all."""
    t = 0
    seen = None
    for i in range(n):
        try:
            t += d[i % 4]
        except KeyError:
            t += 1
            if i == n - 2:
                seen = sys.exc_info()[1]
    return t, seen.args, sys.exc_info()


def shadow(d, n):
    KeyError = ZeroDivisionError
    t = 0
    for i in range(n):
        try:
            t += d[i % 3]
            t += 1 // (i % 2)
        except KeyError:
            t += 1
    return t


def loops(xs, n):
    t = 0
    for i in range(n):
        for j in range(3):
            try:
                t += xs[i % 7 + j]
                if t > 1 << 40:
                    break
            except IndexError:
                break
        else:
            t += 1
        while True:
            try:
                t += xs[i % 9]
                break
            except IndexError:
                t += 2
                break
    return t


class Noisy:
    def __init__(self, log):
        self.log = log

    def __del__(self):
        self.log.append(type(sys.exc_info()[1]).__name__)


def pair(a, b):
    return b


def places(d, n):
    """Objects on the value stack end when the exception passes."""
    log = []
    t = 0
    for i in range(n):
        try:
            t += pair(Noisy(log), d[i % 4])
        except KeyError:
            t += len(log)
            del log[:]
    return t, log


def returned(d, k):
    try:
        return d[k]
    except KeyError:
        return -1


class Sub(dict):
    def __missing__(self, key):
        return 42


class Key:
    def __init__(self, n):
        self.n = n

    def __hash__(self):
        return hash(self.n)

    def __eq__(self, other):
        if self.n == 3:
            raise ValueError("eq")
        return self.n == other


print(divide(3000, 4), divide(300, 1000))
print(index([1, 2, 3, 4, 5], 3000), index((1, 2, 3), 300))
d = {0: 1, 2: 3, 4: 5, 10: 6}
print(key(d, 3000))
print(key(Sub(d), 3000))
print(key({Key(i): i for i in range(2)}, 3000))
print(key({str(i): i for i in range(5)}, 3000))
print(key({i: i for i in range(0, 400, 3)}, 3000))
words = ["12", "x", "", " 7 ", "\t-3\n", "+4", "1_000", "1__0", "_1", "1_", "0x10", "12 3", "\x1c5", "5\x1f", "5\x00", "--1",
         "007", "-", "9" * 19, "-" + "9" * 30, "0" * 700, "\u0661\u0662", "\xa05", "5\u2003"]
print(number(words * 200))
print(number((words + [b"12", Text("5"), Whole(), None, 3.7, True, 10 ** 30]) * 50)[1])
for w in words:
    print(repr(w[:30]), number([w] * 3))
try:
    print(number(["9" * 5000] * 3))
except Exception as e:
    print(type(e))
print(parents({0: 4, 1: 5, 3: 9}, 3000))
print(rebound({0: 4, 1: 5, 3: 9}, 3000))
print(rebound({0: 4, 1: 5, 3: 9}, 300))
print(grows(3000))
print(falls({0: 4, 1: 5, 3: 9}, 3000))
try:
    print(shadow({0: 4, 1: 5, 2: 9}, 3000))
    print(shadow({0: 4, 1: 5}, 3000))
except Exception:
    traceback.print_exc()
print(loops([1, 2, 3, 4, 5, 6], 3000))
print(places({0: 4, 1: 5, 3: 9}, 3000))
print(sum(returned(d, i % 11) for i in range(3000)))
for i in range(3000):
    returned(d, i % 12)
try:
    returned(d, [])
except TypeError:
    traceback.print_exc()
try:
    returned({Key(3): 1}, 3)
except ValueError:
    traceback.print_exc()
print(sys.exc_info())
