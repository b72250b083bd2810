# compiled: primes_upto find_triple
# Nested loops steered by flags; flags turn from bool into int, None and lists.


def primes_upto(n):
    out = []
    for i in range(2, n):
        is_prime = True
        j = 2
        while j * j <= i:
            if i % j == 0:
                is_prime = False
                break
            j += 1
        if is_prime:
            out.append(i)
    return out


def find_triple(n, want):
    found = None
    for a in range(1, n):
        for b in range(a, n):
            c2 = a * a + b * b
            c = int(c2**0.5)
            if c * c == c2 and a + b + c == want:
                found = (a, b, c)
                break
        if found:
            break
    return found


def state(xs):
    seen = False
    count = 0
    for x in xs:
        if seen and x:
            count += 1
        elif not seen and x:
            seen = x
        else:
            seen = False
    return seen, count


p = primes_upto(4000)
print(len(p), p[-1], sum(p), find_triple(150, 240), find_triple(100, 7))
xs = [i % 3 for i in range(20000)]
print(state(xs))
print(state([0, 0.5, 1]), state([[], [1], 2]), state([None, "a", "b", ""]), state([float("nan"), 1]), state([2**70, -0.0, 1j]))
try:
    primes_upto(5.0)
except TypeError as e:
    print(e)


def toggles(n):
    a = b = c = False
    k = 0
    for i in range(n):
        a = not a
        b = a ^ b
        c = a & b | c and not b
        k += a + b * 2 + c * 4
    return a, b, c, k


print(toggles(20000), toggles(1), toggles(0))
