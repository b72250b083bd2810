# compiled: use
# Globals that are bound under keys that are not what names are: subclasses of str, objects that equal a name.


class Name(str):
    pass


class Like:
    def __init__(self, name):
        self.name = name

    def __hash__(self):
        return hash(self.name)

    def __eq__(self, other):
        return self.name == other


FACTOR = 1


def use(n):
    t = 0
    for i in range(n):
        t += FACTOR * i + i
    return t


def show():
    print(use(20), use(300))


for i in range(2000):
    use(20)
show()
globals()[Name("FACTOR")] = 8
show()
globals()["FACTOR"] = 2
for i in range(2000):
    use(20)
show()
globals()[Like("FACTOR")] = 9
show()
globals()[Name("other")] = 1
globals()[3] = 4
globals()["".join(["FACT", "OR"])] = 11
show()
globals().update({Name("FACTOR"): 12})
show()
del globals()[Like("FACTOR")]
try:
    show()
except NameError as e:
    print(e)
globals()[Name("FACTOR")] = 2.5
show()
globals()[Name("range")] = lambda n: [n]
show()
