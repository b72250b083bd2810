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
        print("   ", code.co_name, tb.tb_lineno, tb.tb_lasti, *seen)
        tb, n = tb.tb_next, n + 1


def attempt(f, *args, **named):
    try:
        show("attempt", f(*args, **named))
    except Exception as e:
        report(e)


PEEKS = 0
PEEKED = 0


def peek():
    """Looks at the frames of its callers, now and then."""
    global PEEKS, PEEKED
    PEEKS += 1
    if PEEKS % 40 < 3:
        frame = sys._getframe(1)
        while frame is not None:
            seen = [] if frame.f_code.co_name == "<module>" else sorted(frame.f_locals.items(), key=str)
            PEEKED = mix(PEEKED, (frame.f_code.co_name, frame.f_lineno, frame.f_lasti, seen))
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


