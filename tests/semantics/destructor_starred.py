# compiled: rebound native
# The arguments of `f(*args)` die when the callee lets go of them, also when the tuple has them alone.
import functools
import operator

ended = []


class T:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        ended.append(self.name)


def plain(a, b=None):
    ended.append('in plain')
    return 1


def rebound(a, b=None):
    a = 0
    ended.append('rebound')
    for i in range(300):
        a += i
    return a


def native(a, n):
    t = 0
    for i in range(n):
        t += i
    a = t
    ended.append('native')
    return a


def collects(*args):
    args = len(args)
    ended.append('collected')
    return args


def show(what):
    print(what, ended)
    ended.clear()


def calls(i):
    plain(*[T('one')])
    show('list')
    rebound(*[T('one'), T('two')])
    show('two')
    rebound(*(T('one'),))
    show('tuple')
    rebound(T('one'), *[T('two')])
    show('mixed')
    rebound(*(T(n) for n in ('one', 'two')))
    show('generator')
    native(*[T('one')], i)
    show('native')
    collects(*[T('one')])
    show('collects')
    kept = (T('one'),)
    rebound(*kept)
    show('kept')
    del kept
    show('let go')
    functools.partial(rebound)(*[T('one')])
    show('partial')
    operator.call(*[rebound, T('one')])
    show('operator.call')


for i in range(1200):
    plain(1)
    rebound(1)
    native(1, 500)
    collects(1)
ended.clear()
for i in range(3):
    calls(i * 1000)


def many(n):
    for i in range(n):
        rebound(*[T(i)])
        if len(ended) > 6:
            del ended[3:]
    return list(ended)


print(many(700))
try:
    rebound(*[T('none'), 2, 3])
except TypeError as e:
    print(e)
show('does not bind')
