# compiled: add
# Extras of code objects: the program's free function is called for code on which the program has set one, and for no
# other, though hot code has an extra of pyaot's.
import ctypes
import gc
import sys

api = ctypes.pythonapi
Free = ctypes.CFUNCTYPE(None, ctypes.c_void_p)
freed = []
free = Free(freed.append)
request = getattr(api, "PyUnstable_Eval_RequestCodeExtraIndex")
request.argtypes, request.restype = [Free], ctypes.c_ssize_t
set_extra = getattr(api, "PyUnstable_Code_SetExtra")
set_extra.argtypes, set_extra.restype = [ctypes.py_object, ctypes.c_ssize_t, ctypes.c_void_p], ctypes.c_int
get_extra = getattr(api, "PyUnstable_Code_GetExtra")
get_extra.argtypes, get_extra.restype = [ctypes.py_object, ctypes.c_ssize_t, ctypes.POINTER(ctypes.c_void_p)], ctypes.c_int
index = request(free)


def value(code):
    found = ctypes.c_void_p(1)
    return get_extra(code, index, ctypes.byref(found)), found.value


def make():
    names = {}
    exec("def add(a, b):\n    c = 0\n    for i in range(10):\n        c += a * b + i\n    return c", names)
    return names["add"]


def run(f):
    return sum(f(i, 2) for i in range(600))


f = make()
print(run(f), value(f.__code__))
del f
gc.collect()
print("not set:", freed)

f = make()
print(set_extra(f.__code__, index, 8), value(f.__code__))
print(set_extra(f.__code__, index, 9), freed)
del f
gc.collect()
print("set when cold:", freed)

# At the end the free function is gone before much of the code is.
sys.keep = make()
print(run(sys.keep))
del free, freed, Free
