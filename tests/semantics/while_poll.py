# compiled: walk_links
# compiled: drain
# while loops over conditions with effects: pop until empty, linked lists, two pointers, do-while.


def drain(st):
    s = 0
    while st:
        s += st.pop()
    else:
        s += 1
    return s


class Link:
    def __init__(self, v, nxt):
        self.v = v
        self.nxt = nxt


def walk_links(node):
    s = 0
    while node is not None:
        s += node.v
        node = node.nxt
    return s


def two(xs, target):
    i, j = 0, len(xs) - 1
    while i < j and xs[i] + xs[j] != target:
        if xs[i] + xs[j] < target:
            i += 1
        else:
            j -= 1
    return (i, j) if i < j else None


def dowhile(n):
    k = 0
    while True:
        n = n * 5 % 1009
        k += 1
        if not n > 3 or k > 20000:
            break
    return k, n


print(drain(list(range(20000))), two(list(range(20000)), 30001), two([1, 2], 9), dowhile(7), dowhile(0), dowhile(3.5))
node = None
for i in range(20000):
    node = Link(i, node)
print(walk_links(node))
node.nxt.nxt.v = 0.5
print(walk_links(node))
node.nxt.v = 2**63
print(walk_links(node), drain([0.5, True, 2**70]), drain([]))
node.nxt.nxt.nxt = node
n = 0
p = node
while p is not None and n < 10:
    p = p.nxt
    n += 1
print(n, p is not None)
node.nxt.nxt = 5
try:
    walk_links(node)
except AttributeError as e:
    print(e)


class Shrink:
    def __init__(self, n):
        self.n = n

    def __len__(self):
        print("len", self.n)
        return self.n

    def pop(self):
        self.n -= 1
        return 10


print(drain(Shrink(3)), drain({1, 2, 3}), drain(bytearray(b"ab")))
try:
    drain({1: 2})
except TypeError as e:
    print(e)
while (n := n - 1) > 5:
    pass
print(n)
while node:
    node = None
