"""Two runtimes measure the same operations in turn (A B A B); the medians of the ratios make a table."""

import json
import math
import shlex
import statistics
import subprocess
import sys
import time

ROUNDS = 5


def best_of(times, function, *args):
    """The shortest of some calls, in nanoseconds of CPU time, after one that does not count."""
    function(*args)
    best = math.inf
    for _ in range(times):
        start = time.process_time_ns()
        function(*args)
        best = min(best, time.process_time_ns() - start)
    return best


def main(script, doc, measure, unit):
    """`measure()` gives nanoseconds by name; `unit` is a name and how many nanoseconds it has."""
    if sys.argv[1:] == ["--measure"]:
        print(json.dumps(measure()))
    elif len(sys.argv) == 3:
        table(script, unit, *sys.argv[1:])
    else:
        sys.exit(doc)


def table(script, unit, first, second):
    rounds = []
    for _ in range(ROUNDS):
        pair = []
        for command in (first, second):
            out = subprocess.run([*shlex.split(command), script, "--measure"], capture_output=True, text=True)
            if out.returncode:
                sys.exit(f"{command}: {out.stderr}")
            pair.append(json.loads(out.stdout))
        rounds.append(pair)
    print(f"| operation | first, {unit[0]} | second / first |\n|---|---|---|")
    for name in rounds[0][0]:
        base = statistics.median(a[name] for a, _ in rounds) / unit[1]
        ratio = statistics.median(b[name] / a[name] for a, b in rounds)
        print(f"| {name} | {base:.1f} | {ratio:.2f} |")
