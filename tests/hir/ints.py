# gcd sign
def gcd(a, b):
    while b:
        a, b = b, a % b
    return a


def sign(x):
    return -1 if x < 0 else x > 0


for i in range(50):
    gcd(48 + i, 36)
    sign(i - 25)
