# compiled: work
# os.fork while hot: the child goes on in the middle of the loop, both give the same result.
import os
import sys


def forker(i):
    sys.stdout.flush()
    pid = os.fork()
    if pid:
        _, status = os.waitpid(pid, 0)
        return "parent", os.waitstatus_to_exitcode(status)
    return "child", 0


def work(n, at):
    s = 0
    who = None
    for i in range(n):
        s += i * 3 % 7
        if i == at:
            who = forker(i)
    return s, who


print(work(20000, -1))
r, who = work(20000, 15000)
print(r, who)
if who[0] == "child":
    print(work(20000, -1), repr(work.__code__.co_name))
    sys.stdout.flush()
    os._exit(7)
print(work(20000, -1))
sys.stdout.flush()
pid = os.fork()
if pid == 0:
    t = 0
    for i in range(3000):
        t += work(5, -1)[0]
    print("child", t, flush=True)
    os._exit(0)
print(os.waitpid(pid, 0)[1])


def late(x):
    return x + 1


pid = os.fork()
if pid == 0:
    for i in range(5000):
        late(i)
    print("late", late(2.5), flush=True)
    os._exit(3)
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
print(sum(late(i) for i in range(5000)))
