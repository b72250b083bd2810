# arithmetic compare contents truth
class V:
    def __init__(self, x):
        self.x = x

    def __add__(self, other):
        return V(self.x + other.x)

    def __isub__(self, other):
        self.x -= other.x
        return self

    def __matmul__(self, other):
        return self.x * other.x

    def __neg__(self):
        return V(-self.x)

    def __lt__(self, other):
        return V(self.x < other.x)

    def __eq__(self, other):
        return self.x == other.x

    def __bool__(self):
        return bool(self.x)

    def __len__(self):
        return 2

    def __getitem__(self, i):
        return self

    def __setitem__(self, i, value):
        pass

    def __delitem__(self, i):
        pass

    def __contains__(self, item):
        return item == self.x


def arithmetic(a, b):
    a -= b
    return -(a + b) @ a


def compare(a, b):
    if a < b:
        return a == b
    return (a < b) is not None


def contents(a, b):
    a[b] = a[b:1]
    del a[0]
    a[1:] = a[::2]
    return 1 in a, b.x not in a


def truth(a, b):
    while a and not b:
        return a or b
    return not a


a, b = V(1), V(2)
for i in range(50):
    arithmetic(a, b)
    compare(V(i), b)
    contents(a, b)
    truth(a, V(i % 2))
