# compiled: build pingpong
# append, pop, len, and their identity: the object appended is the object that comes out.


def build(xs, v, n):
    for i in range(n):
        xs.append(v)
    return len(xs)


def pingpong(n):
    st = []
    s = 0
    for i in range(n):
        st.append(i)
        if len(st) > 10:
            s += st.pop() * st.pop(0)
    return s, len(st)


v = 123456.789
xs = []
print(build(xs, v, 20000), pingpong(20000))
print(all(x is v for x in xs))
big = 2**70
ys = []
build(ys, big, 100)
print(all(y is big for y in ys), build([], None, 5), build([], [], 3))
a = [0.5]
b = []
for x in a:
    b.append(x)
    b.append(x)
print(b[0] is a[0], b[1] is a[0])


def doubled(fs):
    out = []
    for f in fs:
        g = f * 2.0
        out.append(g)
        out.append(g)
        out.append(f)
    return out


fs = [i * 0.25 for i in range(20000)]
r = doubled(fs)
print(all(r[3 * i] is r[3 * i + 1] for i in range(20000)), all(r[3 * i + 2] is fs[i] for i in range(20000)))
app = list.append
z = []
for i in range(3000):
    app(z, i)
m = z.append
for i in range(3000):
    m(i)
print(len(z), z[-1], [].append(1))
try:
    [].pop()
except IndexError as e:
    print(e)
try:
    [].append()
except TypeError as e:
    print(e)
try:
    [].append(1, 2)
except TypeError as e:
    print(e)
