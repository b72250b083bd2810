# compiled: kinds rebinds stack_cut keeps outer_handled recursing
# Native handlers meet odd classes, rebound names, destructors, kept exceptions, recursion, trace functions.
import gc
import signal
import sys
import traceback
import weakref


class Meta(type):
    def __instancecheck__(cls, other):
        print("instancecheck")
        return True

    def __subclasscheck__(cls, other):
        print("subclasscheck")
        return True


class Odd(Exception, metaclass=Meta):
    pass


class Eq(Exception):
    def __eq__(self, other):
        print("eq")
        return True

    __hash__ = None


def fail(i):
    if i % 3 == 0:
        raise KeyError(i)
    if i % 3 == 1:
        raise Eq(i)
    return i


def kinds(classes, n):
    t = 0
    for i in range(n):
        try:
            t += fail(i)
        except classes:
            t += 1
    return t


print(kinds((KeyError, Eq), 3000))
print(kinds(Exception, 3000))
print(kinds((ValueError, (KeyError, Eq)), 30) if False else "no nested tuples")
for bad in (Odd, (Odd, ValueError), int, (KeyError, 5), None, (Eq, (KeyError,))):
    try:
        print(kinds(bad, 2000))
    except BaseException as e:
        print(type(e).__name__, e.args, type(e.__context__).__name__)
        traceback.print_exc()

Caught = KeyError


def rebinds(n):
    global Caught
    t = 0
    for i in range(n):
        try:
            t += fail(i)
        except Caught:
            t += 1
            if i == 1500:
                Caught = Eq
        except Exception as e:
            t += 2
    return t


print(rebinds(3000))
print(rebinds(3000))


class Noisy:
    def __init__(self, name, log):
        self.name = name
        self.log = log

    def __del__(self):
        e = sys.exc_info()[1]
        f = sys._getframe(1)
        self.log.append((self.name, type(e).__name__, f.f_code.co_name, f.f_lineno - f.f_code.co_firstlineno))


def three(a, b, c):
    return 0


def stack_cut(n, log):
    t = 0
    for i in range(n):
        try:
            t += three(Noisy("a", log), Noisy("b", log), fail(i))
        except KeyError:
            t += 1
        except Eq:
            t += 2
        if len(log) > 12:
            del log[:]
    return t


log = []
print(stack_cut(3000, log), log)


def keeps(n):
    kept = []
    refs = []
    t = 0
    for i in range(n):
        try:
            t += fail(i)
        except KeyError as e:
            if i % 300 == 0:
                kept.append(e)
            if i % 450 == 0:
                refs.append(sys.exc_info())
            t += i & 1
        except Eq:
            pass
    return t, kept, refs


t, kept, refs = keeps(3000)
print(t, [e.args for e in kept], [type(r[1]).__name__ for r in refs])
for e in kept[:2]:
    print(e.__traceback__.tb_frame.f_locals["t"], e.__traceback__.tb_frame.f_locals["i"], e.__context__)
    traceback.print_exception(e)
del kept, refs, e


def outer_handled(n):
    """Inside the handler of something else: what is being handled comes back."""
    t = 0
    for i in range(n):
        try:
            t += fail(i)
        except KeyError:
            t += 1
            if sys.exc_info()[0] is not KeyError:
                print("wrong", sys.exc_info())
        except Eq as e:
            t += type(e.__context__).__name__ == "ZeroDivisionError"
        if type(sys.exc_info()[1]).__name__ != "ZeroDivisionError":
            print("lost", i)
    return t


try:
    1 / 0
except ZeroDivisionError:
    print(outer_handled(3000))
    print(sys.exc_info()[0])
print(sys.exc_info())


def recursing(n):
    try:
        if n == 0:
            raise KeyError(n)
        return recursing(n - 1) + 1
    except ValueError:
        return 0


def recursion(n):
    def endless(i):
        return endless(i + 1) + 1
    t = 0
    for i in range(n):
        try:
            t += recursing(i % 30)
        except KeyError as e:
            depth = 0
            tb = e.__traceback__
            while tb is not None:
                depth += 1
                tb = tb.tb_next
            t += depth
    for i in range(3):
        try:
            endless(0)
        except RecursionError as e:
            t += 1
    return t


print(recursion(2000))


def traced(n, events):
    def tracer(frame, event, arg):
        if frame.f_code.co_name == "traced" and len(events) < 40:
            events.append((event, frame.f_lineno - frame.f_code.co_firstlineno))
        return tracer
    t = 0
    for i in range(n):
        try:
            t += fail(i)
        except KeyError:
            t += 1
            if i == n - 6:
                sys._getframe().f_trace = tracer
                sys.settrace(tracer)
            t += 2
        except Eq as e:
            t += 3
    sys.settrace(None)
    return t


events = []
print(traced(3000, events), events)


class Interrupt(Exception):
    pass


def on_alarm(*args):
    raise Interrupt("alarm")


def interrupted(n):
    """A signal whose handler raises, in the middle of an operation."""
    seen = 0
    signal.signal(signal.SIGUSR1, on_alarm)
    for i in range(n):
        try:
            seen += i & 1
            if i % 50 == 49:
                signal.raise_signal(signal.SIGUSR1)
        except Interrupt as e:
            seen += 10
            if i == 49:
                traceback.print_exception(e)
    return seen


print(interrupted(3000))


def generator(n):
    for i in range(n):
        try:
            yield fail(i)
        except KeyError as e:
            yield -i
        except Eq:
            yield 0


def around(n):
    t = 0
    for x in generator(n):
        try:
            t += x
            if x < 0:
                raise KeyError
        except KeyError:
            t += 1
    return t


print(around(3000))


class Gone(Exception):
    pass


def dies(n):
    refs = []
    for i in range(n):
        try:
            e = Gone(i)
            refs.append(weakref.ref(e))
            if len(refs) > 3:
                del refs[0]
            raise e
        except Gone:
            pass
        finally:
            e = None
    return [r() for r in refs]


print(dies(2000))
print(gc.isenabled())
