# compiled: helper hot
# broken: global
# A global function and a global constant rebound while their user is hot.
K = 3


def helper(x):
    return x * K


def hot(n, at, act):
    s = 0
    for i in range(n):
        s += helper(i) + K
        if i == at:
            act()
    return s


def other(x):
    return x - 0.5


def swap():
    global helper
    helper = other


def k_float():
    global K
    K = 1.5


def k_gone():
    global K
    del K


first = helper
print(hot(20000, -1, None))
print(repr(hot(20000, 10000, swap)))
helper = first
print(repr(hot(20000, 5, k_float)))
try:
    hot(2000, 1000, k_gone)
except NameError as e:
    print(e)
K = 2**62
print(hot(50, -1, None))
globals()["K"] = 1
print(hot(2000, -1, None))
helper = len
try:
    hot(10, -1, None)
except TypeError as e:
    print(e)
helper = lambda x: -x
print(hot(2000, -1, None))
globals().update(helper=abs)
print(hot(2000, -1, None))
del helper
try:
    hot(10, -1, None)
except NameError as e:
    print(e)
