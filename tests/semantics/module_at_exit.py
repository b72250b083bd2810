# compiled: total <module>
# What a module holds dies when the interpreter ends, though compiled code belongs to its namespace.


class D:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        print("del", self.name)


def total(n):
    s = 0
    for i in range(n):
        s += i
    return s


held = [D("in a list")]
x = D("global")
s = 0
for i in range(3000):
    s += total(3) + i
print(s)

# A namespace of exec goes when nothing holds it any more, and its function with it.
space = {"D": D}
exec("d = D('of exec')\ndef f(n):\n    s = 0\n    for i in range(n):\n        s += i * K\n    return s\nK = 3", space)
print(sum([space["f"](9) for i in range(1500)]))
del space
import gc

gc.collect()
print("over")
