import gc, resource, sys, zlib
from math import sqrt, fabs, sin, floor
gc.disable()
_most = resource.getrlimit(resource.RLIMIT_AS)[1]
resource.setrlimit(resource.RLIMIT_AS, (3 << 28 if _most < 0 else min(3 << 28, _most), _most))
_len = len


def text(x):
    try:
        return repr(x).split(" at 0x")[0][:300]
    except ValueError:
        return "int of %d bits" % x.bit_length()


def show(*xs):
    print(*[x if type(x) is str else text(x) for x in xs])


def mix(crc, x):
    return zlib.crc32(text(x).encode("utf-8", "replace"), crc)


def report(e):
    show(type(e).__name__, text(e.args), type(e.__context__).__name__, type(e.__cause__).__name__)
    tb, n = e.__traceback__, 0
    while tb is not None and n < 12:
        code = tb.tb_frame.f_code
        seen = [] if code.co_name == "<module>" else [k + "=" + text(v)[:40] for k, v in sorted(tb.tb_frame.f_locals.items())]
        lasti = -1 if tb.tb_next is not None and may_be_inlined(tb.tb_next.tb_frame.f_code) else tb.tb_lasti
        print("   ", code.co_name, tb.tb_lineno, lasti, *seen)
        tb, n = tb.tb_next, n + 1


def attempt(f, *args, **named):
    try:
        show("attempt", f(*args, **named))
    except Exception as e:
        report(e)


def may_be_inlined(code):
    """On 3.12 the offset in the caller of these depends on whether the interpreter has specialised its instruction."""
    return sys.version_info < (3, 13) and (code.co_flags & 32 or code.co_name in ("c", "p", "__getitem__"))


PEEKS = 0
PEEKED = 0


def peek():
    """Looks at the frames of its callers, now and then."""
    global PEEKS, PEEKED
    PEEKS += 1
    if PEEKS % 40 < 3:
        frame, inlined = sys._getframe(1), False
        while frame is not None:
            seen = [] if frame.f_code.co_name == "<module>" else sorted(frame.f_locals.items(), key=str)
            lasti = -1 if inlined else frame.f_lasti
            PEEKED = mix(PEEKED, (frame.f_code.co_name, frame.f_lineno, lasti, seen))
            inlined = may_be_inlined(frame.f_code)
            frame = frame.f_back
    return PEEKS & 7


class Noisy:
    def __init__(self, name):
        self.name = name

    def __repr__(self):
        return "Noisy(%s)" % text(self.name)

    def __del__(self):
        print("del", text(self.name))


class IntLike(int):
    def __add__(self, other):
        return IntLike(int(self) + 1)

    __radd__ = __add__

    def __mod__(self, other):
        return 3

    def __lt__(self, other):
        return False


class FloatLike(float):
    def __mul__(self, other):
        return 0.125

    def __repr__(self):
        return "FloatLike(%s)" % float.__repr__(self)


class ListLike(list):
    def __getitem__(self, index):
        return 11

    def __len__(self):
        return 2


class Picky:
    def __init__(self, v):
        self.v = v

    def __repr__(self):
        return "Picky(%s)" % text(self.v)

    def __bool__(self):
        if self.v == 0:
            raise ValueError("picky")
        return True

    def __eq__(self, other):
        return NotImplemented if self.v == 3 else self.v

    def __hash__(self):
        return 1

    def __lt__(self, other):
        return [self.v]

    def __index__(self):
        return 2


class Boom(Exception):
    pass


class Guard:
    def __init__(self, swallow=False):
        self.swallow = swallow

    def __enter__(self):
        return 5

    def __exit__(self, kind, value, tb):
        return self.swallow


class Fuse:
    """Whatever is done with it runs code that looks at frames now and then, and raises at each `period`th time."""

    def __init__(self, period):
        self.period = period if type(period) is int and period > 4 else 97
        self.left = self.period
        self.v = self.period % 50

    def burn(self, *args):
        self.left -= 1
        if self.left == 0:
            self.left = self.period
            raise Boom(self.v)
        if self.left % 16 == 0:
            peek()
        return self.left & 7

    def m(self, x):
        return self.burn() + 1

    def k(self, a=1, b=2):
        return (a ^ b) % 5 + self.burn()

    def star(self, *args, **named):
        return len(args) + len(named) + self.burn()

    @staticmethod
    def st(x):
        return peek()

    @classmethod
    def cl(cls, x):
        return peek() + 1

    @property
    def p(self):
        return self.burn()

    @p.setter
    def p(self, value):
        self.burn()
        self.v = value % 50

    def __repr__(self):
        return "Fuse(%d)" % self.burn()

    def __format__(self, spec):
        return "%s%d" % (spec, self.burn())

    def __hash__(self):
        return 3

    def __call__(self, *args, **named):
        return self.burn()

    def __getitem__(self, index):
        if index == 9:
            raise IndexError(index)
        return self.burn()

    def __setitem__(self, index, value):
        self.burn()

    def __iter__(self):
        self.burn()
        return iter((1, 2, 3))

    def __contains__(self, item):
        return self.burn() > 3

    def __enter__(self):
        return self.burn()

    def __exit__(self, kind, value, tb):
        self.burn()
        return kind is Boom

    def __eq__(self, other):
        return self.burn() > 3

    def __lt__(self, other):
        return self.burn() > 4

    def __add__(self, other):
        return self.burn() + 2

    __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __floordiv__ = __mod__ = __xor__ = __add__

    def __len__(self):
        return self.burn()


    def __bool__(self):
        return self.burn() > 2

    __neg__ = __abs__ = __int__ = __index__ = __len__


def later():
    return GX if type(GX) is int else 1


def steps(n):
    for i in range(n):
        yield i % 5


GX = 1


