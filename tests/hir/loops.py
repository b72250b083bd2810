# triangle <module>
def triangle(n):
    t = 0
    for i in range(n):
        for j in range(i):
            if j == 7:
                continue
            t += j
        else:
            t -= 1
    return t


triangle(40)
k = 0
x = 1.0
while k < 60:
    x *= 1.5
    k += 1
