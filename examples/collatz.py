"""The longest Collatz chain below a limit: pyaot examples/collatz.py [limit]"""

import sys


def chain_length(n):
    length = 1
    while n != 1:
        n = n // 2 if n % 2 == 0 else 3 * n + 1
        length += 1
    return length


def longest(limit):
    best, best_length = 1, 1
    for n in range(1, limit):
        length = chain_length(n)
        if length > best_length:
            best, best_length = n, length
    return best, best_length


if __name__ == "__main__":
    limit = int(sys.argv[1]) if len(sys.argv) > 1 else 30_000
    start, length = longest(limit)
    print(f"below {limit}, the chain from {start} is the longest: {length} numbers")
