# compiled: make chain
# Instances made in hot code: `__init__` replaced, with results, raising, with defaults; classes with `__new__`, `__del__`,
# metaclasses; weak references and the order in which instances die.
import weakref


class Node:
    def __init__(self, value, rest):
        self.value = value
        self.rest = rest


class Loud(Node):
    def __del__(self):
        print("del", self.value)


def make(n):
    last = None
    for i in range(n):
        last = Node(i, last)
    return last


def chain(n):
    s = 0
    for i in range(n):
        node = Node(i, None)
        s += node.value
    return s


for i in range(60):
    make(50)
    chain(50)
print(make(10).rest.rest.value, chain(1000))
print(chain(3), [make(k).value for k in range(1, 4)])


def init2(self, value, rest):
    self.value = value + 100
    self.rest = rest


Node.__init__ = init2
print(chain(10), make(3).value, list(make(1).__dict__.items()))


def init3(self, value, rest):
    self.value = value
    return value or None


Node.__init__ = init3
try:
    chain(10)
except TypeError as e:
    print(e)


def init4(self, value, rest):
    self.value = 10 // (value - 5)


Node.__init__ = init4
try:
    print(chain(10))
except ZeroDivisionError as e:
    tb = e.__traceback__
    while tb:
        print(tb.tb_frame.f_code.co_name, tb.tb_lineno, sorted(k for k in tb.tb_frame.f_locals if k != "__builtins__")[:4])
        tb = tb.tb_next
Node.__init__ = init2
Node.__new__ = lambda cls, *args: print("new", args) or object.__new__(cls)
print(chain(2))
del Node.__new__
print(chain(5))


class Meta(type):
    def __call__(cls, *args):
        print("call", args)
        return super().__call__(*args)


def churn(n, cls):
    for i in range(n):
        node = cls(i, None)
    return node.value


print(churn(2000, Node), churn(3, Loud))
Other = Meta("Other", (Node,), {})
print(churn(2, Other))
Node = Loud
print(chain(3))
refs = []


def watched(n):
    for i in range(n):
        node = Plain(i)
        if i > 1995:
            refs.append(weakref.ref(node, lambda r, i=i: print("gone", i)))
    return node.v


class Plain:
    def __init__(self, v):
        self.v = v


print(watched(2000), [r() is None for r in refs])
