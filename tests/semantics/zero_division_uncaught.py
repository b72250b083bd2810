# compiled: ratio mean
# The traceback of a division by zero deep in hot code, carets included, exit code 1.


def ratio(a, b):
    return (a + 1) / (b - 3) + a // (b + 1)


def mean(n, limit):
    s = 0.0
    for i in range(n):
        s = s + ratio(i, i % 50 + 4)
        if i == limit:
            s = s + ratio(
                i,
                3,
            )
    return s


print(mean(20000, -1).hex())
print("before", flush=True)
print(mean(20000, 15000))
print("never")
