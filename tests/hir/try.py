# safe
def safe(xs, i):
    try:
        return xs[i] + 1
    except IndexError:
        return 0
    finally:
        i = None


for i in range(50):
    safe([1, 2], i % 2)
