# compiled: loop
# Global counters: int to big to float to str, deleted, seen by another function and by globals().
n = 0
f = 0.0
hits = [0]


def bump():
    global n
    n += 1


def loop(k):
    global n, f
    for i in range(k):
        n += i
        f = f + 0.5
        hits[0] += 1


def peek():
    return globals()["n"], f


for i in range(4000):
    bump()
loop(20000)
print(n, f, hits, peek())
n = 2**63 - 3
for i in range(5):
    bump()
print(n, peek())
n = 2**63 - 100
loop(200)
print(n)
n = 0.5
bump()
loop(10)
print(n, peek())
n = "s"
for g in (bump, lambda: loop(3)):
    try:
        g()
    except TypeError as e:
        print(e, n, f)
del n
for g in (bump, lambda: loop(3)):
    try:
        g()
    except NameError as e:
        print(e)
n = True
bump()
print(n, "n" in globals())
hits[0] = 1e300
loop(10)
print(hits)
hits = {0: 5}
loop(10)
print(hits, n)


def nested(k):
    global made
    for i in range(k):
        made = i
        if i == k - 1:
            return show()


def show():
    return made


print(nested(20000), made)


def interplay(k):
    global n
    n = 0
    for i in range(k):
        n += 1
        bump()
        if n % 10000 == 0:
            print(n, peek()[0])
    return n


print(interplay(10000), n)
