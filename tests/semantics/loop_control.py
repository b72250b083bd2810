# compiled: search nested count
# break, continue, else, return inside nested hot loops.


def search(xs, y):
    for i, x in enumerate(xs):
        if x == y:
            return i
    else:
        i = -1
    return i


def nested(n, stop):
    s = 0
    for i in range(n):
        done = False
        for j in range(20):
            if j > i % 20:
                break
            if (i + j) % 3:
                continue
            s += j
            if s > stop:
                done = True
                break
        else:
            s += 1000
        if done:
            break
    else:
        return s, "else"
    return s, i, j


def count(n):
    k = 0
    while k < n:
        k += 1
        if k % 2:
            continue
        if k == 15001:
            break
    else:
        k = -k
    return k


xs = list(range(20000))
print(search(xs, 19999), search(xs, -1), search([], 1), nested(1000, 10**9), nested(1000, 5000), count(20000))
xs[77] = 5.0
print(search(xs, 5), search(xs, 5.0), search(xs[10:], 5), search(xs, "a"))
xs[10] = float("nan")
print(search(xs, 300), nested(5, 0), nested(0, 0), count(0), count(-1), repr(count(3.5)), count(True))
while False:
    pass
else:
    print("while else")
for _ in ():
    pass
else:
    print("for else")


def finally_loop(n):
    out = 0
    for i in range(n):
        try:
            if i % 3 == 0:
                continue
            if i == n - 2:
                break
            out += i
        finally:
            out -= 1
    return out


def finally_return(n):
    for i in range(n):
        try:
            return i
        finally:
            if i < 3:
                continue
            return "fin"


print(finally_loop(20000), finally_return(10), finally_return(2))
