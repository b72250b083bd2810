# compiled: dedup
# Sets in hot loops: membership, growth, algebra, unhashable members, frozenset.


def dedup(xs):
    seen = set()
    out = []
    for x in xs:
        if x not in seen:
            seen.add(x)
            out.append(x)
    return out


def algebra(n):
    t = 0
    a = {1, 2, 3}
    for i in range(n):
        b = {i % 5, i % 7}
        t += len(a & b) + len(a | b) + len(a - b) + len(a ^ b) + (b <= a) + (i in {1, 2, 3}) + (i in (4, 5))
        a.add(i % 11)
        a.discard(i % 3)
    return t, sorted(a)


print(len(dedup([i % 500 for i in range(20000)])), algebra(5000))
print(dedup([1, 1.0, True, 0, False, -0.0, "a", (1,), (1,), None]), len(dedup([float("nan")] * 2)), len(dedup([float("nan"), float("nan")])))
for bad in ([1, []], [{}], [{1}], 5):
    try:
        dedup(bad)
    except TypeError as e:
        print(e)
print([1] in [[1]], {1} in [{1}], frozenset({1}) in {frozenset({1})}, {1} in {frozenset({1})})
try:
    [] in {1}
except TypeError as e:
    print(e)
s = {1, 2}
try:
    for x in s:
        s.add(x + 10)
except RuntimeError as e:
    print(e)
s = set(range(10))
s -= {1, 2}
s |= {20}
s ^= {3, 21}
s &= set(range(5, 30))
print(sorted(s), {1, 2} < {1, 2, 3}, {1}.isdisjoint([2]), sorted({x * x % 10 for x in range(100)}))
try:
    {1} + {2}
except TypeError as e:
    print(e)


def member(xs, n):
    k = 0
    for i in range(n):
        if i in xs:
            k += 1
    return k


print(member([5, 6], 5000), member((5, 6), 5000), member({5, 6}, 5000), member(range(100), 5000), member({5: 1}, 5000))
try:
    member("abc", 1)
except TypeError as e:
    print(e)
