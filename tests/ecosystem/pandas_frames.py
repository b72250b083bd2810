# packages: pandas==3.1.1 numpy==2.5.5 python-dateutil==4.0.0 tzdata==2026.6
# keep: gainless
# skip: threshold2 nocache links gainless trial text verify frames
# compiled: score grade spread parse_amount collate.<locals>.<lambda> Ledger.balance totals
# Compiled functions called by apply, agg, map, rolling and read_csv; frames walked row by row in hot loops.
import io
import traceback

import pandas as pd


def score(row):
    total = row["units"] * row["price"]
    if row["region"] == "north":
        total *= 1.1
    return round(total, 4)


def grade(value):
    if value != value:
        return "none"
    for limit, name in ((20, "low"), (60, "mid"), (90, "high")):
        if value < limit:
            return name
    return "top"


def spread(values):
    low = high = values[0]
    for value in values:
        if value < low:
            low = value
        elif value > high:
            high = value
    return high - low


def parse_amount(text):
    sign = 1
    if text.startswith("("):
        sign, text = -1, text[1:-1]
    whole, _, part = text.partition(".")
    return sign * (int(whole) * 100 + int(part or 0))


def collate(column):
    return column.map(lambda text: text[::-1])


@pd.api.extensions.register_dataframe_accessor("ledger")
class Ledger:
    def __init__(self, frame):
        self.frame = frame

    def balance(self, start):
        for amount in self.frame["amount"]:
            start += amount
            if start < -10_000:
                raise OverflowError(f"overdrawn: {start}")
        return start


def totals(frame):
    result = {}
    for row in frame.itertuples(index=False):
        key = row.region, row.units % 5
        result[key] = result.get(key, 0.0) + row.units * row.price
    return result


def fail_late(value):
    return 1 // (value - 599)


def caught(what, function):
    try:
        print(what, function())
    except Exception as error:
        print(what, type(error).__name__, error)


def main():
    n = 600
    frame = pd.DataFrame(
        {
            "region": [("north", "south", "east")[i * 7 % 3] for i in range(n)],
            "units": [i * 37 % 101 for i in range(n)],
            "price": [round(0.5 + i * 13 % 29 / 4, 2) for i in range(n)],
        },
        index=pd.date_range("2024-01-01", periods=n, freq="6h"),
    )
    frame["score"] = frame.apply(score, axis=1)
    frame["grade"] = frame["units"].map(grade)
    print(frame.head(8).to_string())
    print(frame.groupby("grade")["score"].agg(["count", "mean", "max"]).to_string())
    print(frame["units"].rolling(7).apply(spread, raw=True).describe().to_string())
    print(frame.groupby("region")["units"].agg(lambda s: spread(s.to_numpy())).to_dict())
    print(frame.resample("30D")["score"].apply(lambda s: spread(s.tolist())).to_string())
    masked = frame["units"].astype("Int64").mask(frame["units"] > 90)
    print(masked.map(grade, na_action="ignore").value_counts().to_string())

    lines = [f"{i},({i}.{i % 90 + 10})" if i % 3 else f"{i},{i}.25" for i in range(n)]
    text = "id,amount\n" + "\n".join(lines)
    book = pd.read_csv(io.StringIO(text), converters={"amount": parse_amount}, index_col="id")
    print(book["amount"].sum(), book.dtypes.to_dict())
    caught("balance", lambda: book.head(20).ledger.balance(100_000))
    caught("balance", lambda: book.ledger.balance(10_000_000))
    caught("balance", lambda: book.ledger.balance(0))
    caught("converter", lambda: pd.read_csv(io.StringIO(text + "\n9,x.y"), converters={"amount": parse_amount}))

    for key, value in sorted(totals(frame).items())[:6]:
        print(key, value)
    merged = frame.reset_index().merge(pd.DataFrame({"region": ["east", "north"], "tax": [0.07, 0.2]}), how="left")
    print(merged.pivot_table(index="region", columns="grade", values="tax", aggfunc="count").to_string())
    words = pd.Series([f"w{i * i % 997:03d}" for i in range(n)])
    print(words.sort_values(key=collate).head(6).tolist())
    print(sum(score(row) for _, row in frame.iterrows()))

    caught("missing column", lambda: frame.apply(lambda row: row["nothing"], axis=1))
    caught("grade of str", lambda: pd.Series(["a", "b"]).map(grade).tolist())
    caught("spread of nothing", lambda: pd.Series([], dtype=float).agg(lambda s: spread(s.to_numpy())))
    try:
        pd.Series(range(600)).map(fail_late)
    except ZeroDivisionError:
        print(traceback.format_exc().splitlines()[-3:])
    frame["units"].transform(fail_late)
    pd.Series(range(n)).apply(fail_late)


main()
