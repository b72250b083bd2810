# compiled: hot leaf
# sys.setprofile switched on in the middle of a hot loop: calls, C calls, returns; and a profiler that raises.
import sys


def leaf(x):
    return abs(x) + 1


def switch(i):
    if i == 19000:
        sys.setprofile(prof)
    if i == 19002:
        sys.setprofile(None)
    return 0


events = []


def prof(frame, event, arg):
    events.append((frame.f_code.co_name, event, getattr(arg, "__name__", arg)))


def hot(n):
    s = 0
    for i in range(n):
        s += leaf(i)
        s += len("ab")
        s += switch(i)
    return s


for i in range(3000):
    leaf(i)
print(hot(20000))
for e in events:
    print(e)


def angry(frame, event, arg):
    if frame.f_code.co_name == "leaf" and event == "call":
        raise RuntimeError("profiler")


def again(n):
    s = 0
    for i in range(n):
        if i == 15000:
            sys.setprofile(angry)
        s += leaf(i)
    return s


try:
    again(20000)
except RuntimeError as e:
    print(e, sys.getprofile())
sys.setprofile(None)
import cProfile, pstats, io

p = cProfile.Profile()
p.enable()
hot(500)
p.disable()
st = pstats.Stats(p, stream=io.StringIO())
print(sorted((k[2], v[0]) for k, v in st.stats.items()))
print(hot(100))
