# compiled: <module>
# An uncaught error in a hot module-level loop, with a chain and a multi-line statement.
data = [i % 10 + 1 for i in range(20000)]
total = 0
for i in range(20000):
    total += 100 // data[i]
print(total, flush=True)
data[15000] = 0
table = {"a": {"b": [1, 2, 3]}}
for i in range(20000):
    try:
        total += 100 // data[i]
    except ZeroDivisionError as err:
        total += (
            len(data)
            + table["a"]["b"][data[i]]
            + table["a"]["c"][
                data[i]
            ]
        )
