//! Operations that run no Python code, or nothing at all: see the module above for what `pure_` promises.

use super::IN_PLACE;
use super::lives::{frees_safely, is_harmless};
use super::objects::list_extend;
use crate::ffi::{self, PyObject, get, set};
use crate::layout::offsets as at;

type O = *mut PyObject;

/// Exact builtin types whose operators run no Python code.
pub(super) unsafe fn plain(object: O) -> bool {
    // SAFETY: a live object.
    unsafe {
        let ty = ffi::Py_TYPE(object);
        ty == &raw mut ffi::PyLong_Type
            || ty == &raw mut ffi::PyFloat_Type
            || ty == &raw mut ffi::PyUnicode_Type
            || ty == &raw mut ffi::PyBool_Type
            || ty == &raw mut ffi::PyBytes_Type
            || ty == &raw mut ffi::PyComplex_Type
    }
}

/// An error of a pure operation is forgotten: the interpreter does it again and raises.
pub(crate) unsafe fn quiet(result: O) -> O {
    // SAFETY: callable with the GIL held.
    unsafe {
        if result.is_null() {
            ffi::PyErr_Clear();
        }
        result
    }
}

/// Exact builtin sequences that are indexed and sliced without Python code.
fn is_indexable(ty: *mut ffi::PyTypeObject) -> bool {
    ty == &raw mut ffi::PyList_Type
        || ty == &raw mut ffi::PyTuple_Type
        || ty == &raw mut ffi::PyUnicode_Type
        || ty == &raw mut ffi::PyBytes_Type
}

/// A result that takes long or much memory, or warns, is the interpreter's business.
const LARGE: i64 = 1 << 20;

pub(crate) unsafe fn is_number(object: O) -> bool {
    // SAFETY: a live object.
    unsafe {
        let ty = ffi::Py_TYPE(object);
        ty == &raw mut ffi::PyLong_Type
            || ty == &raw mut ffi::PyFloat_Type
            || ty == &raw mut ffi::PyBool_Type
    }
}

/// CPython looks for signals while it multiplies and divides integers of more than one digit (Objects/longobject.c,
/// `SIGCHECK`), and runs their handlers and the collector then, with no frame of ours to see and nobody to take their
/// exceptions. Larger ones it divides in Python code (`_pylong`).
unsafe fn looks_for_signals(op: u64, a: O, b: O) -> bool {
    // SAFETY: live objects; only an `int` is asked for its tag.
    unsafe {
        let digits = |o: O| {
            if ffi::PyLong_Check(o) != 0 {
                get::<usize, _>(o, at::LONG_TAG) >> 3
            } else {
                0
            }
        };
        match op {
            2 | 5 | 6 | 11 => digits(a).max(digits(b)) > 1,
            8 => ffi::PyLong_Check(a) != 0 && ffi::PyLong_Check(b) != 0,
            _ => false,
        }
    }
}

/// `a op b` (numbered as `BINARY_OP`, in place as well) of plain values and of lists and tuples.
pub unsafe extern "C" fn pure_binary(op: u64, a: O, b: O) -> O {
    // SAFETY: the helpers' contract; the types were tested, so no operator runs Python code.
    unsafe {
        let inplace = op >= IN_PLACE as u64;
        let op = op % IN_PLACE as u64;
        if inplace && ffi::PyList_CheckExact(a) != 0 {
            // The list itself changes and is the result. Repeating it no times would end its items' lives.
            return match op {
                0 if list_extend(a, b) != 0 => ffi::Py_NewRef(a),
                _ => std::ptr::null_mut(),
            };
        }
        if !plain(a) || !plain(b) {
            let lists = ffi::PyList_CheckExact(a) != 0 && ffi::PyList_CheckExact(b) != 0;
            let tuples = ffi::PyTuple_CheckExact(a) != 0 && ffi::PyTuple_CheckExact(b) != 0;
            if op == 0 && (lists || tuples) {
                return quiet(ffi::PyNumber_Add(a, b));
            }
            let repeated = |s: O, n: O| {
                (ffi::PyList_CheckExact(s) != 0 || ffi::PyTuple_CheckExact(s) != 0)
                    && ffi::PyLong_CheckExact(n) != 0
                    && ffi::PyObject_Size(s).saturating_mul(ffi::PyLong_AsSsize_t(n).max(0))
                        < LARGE as isize * 16
            };
            if op == 5 && (repeated(a, b) || repeated(b, a)) {
                let r = ffi::PyNumber_Multiply(a, b);
                return quiet(r);
            }
            ffi::PyErr_Clear();
            return std::ptr::null_mut();
        }
        let numbers = is_number(a) && is_number(b);
        if numbers && looks_for_signals(op, a, b) {
            return std::ptr::null_mut();
        }
        quiet(match op {
            0 => ffi::PyNumber_Add(a, b),
            1 => ffi::PyNumber_And(a, b),
            2 => ffi::PyNumber_FloorDivide(a, b),
            3 => ffi::PyNumber_Lshift(a, b),
            5 if numbers => ffi::PyNumber_Multiply(a, b),
            // A str or bytes left operand formats: `%` may run anything.
            6 if numbers => ffi::PyNumber_Remainder(a, b),
            7 => ffi::PyNumber_Or(a, b),
            8 if numbers => ffi::PyNumber_Power(a, b, ffi::Py_None()),
            9 => ffi::PyNumber_Rshift(a, b),
            10 => ffi::PyNumber_Subtract(a, b),
            11 => ffi::PyNumber_TrueDivide(a, b),
            12 => ffi::PyNumber_Xor(a, b),
            _ => return std::ptr::null_mut(),
        })
    }
}

/// 0: `-a`, 1: `~a` (not of a bool, which warns), 2: `+a`.
pub unsafe extern "C" fn pure_unary(op: u64, a: O) -> O {
    // SAFETY: the helpers' contract; an exact `int` or `float`.
    unsafe {
        if !is_number(a) || ffi::PyBool_Check(a) != 0 {
            return std::ptr::null_mut();
        }
        quiet(match op {
            0 => ffi::PyNumber_Negative(a),
            1 => ffi::PyNumber_Invert(a),
            _ => ffi::PyNumber_Positive(a),
        })
    }
}

/// Rich comparison of plain values; `op` as `Py_LT` .. `Py_GE`. Of str with bytes it may warn: not here.
pub unsafe extern "C" fn pure_compare(op: u64, a: O, b: O) -> O {
    // SAFETY: the helpers' contract; the types were tested, so no comparison runs Python code.
    unsafe {
        let same = ffi::Py_TYPE(a) == ffi::Py_TYPE(b);
        let none = a == ffi::Py_None() || b == ffi::Py_None();
        let fit = (plain(a) && plain(b) && (same || (is_number(a) && is_number(b))))
            || (none && (op == 2 || op == 3) && (plain(a) || plain(b) || same));
        if !fit {
            return std::ptr::null_mut();
        }
        quiet(ffi::PyObject_RichCompare(a, b, op as i32))
    }
}

/// Truth of a builtin value: 0, 1, or -1 if finding out may run Python code.
pub unsafe extern "C" fn pure_truth(a: O) -> i64 {
    // SAFETY: the helpers' contract; builtin types answer without Python code.
    unsafe {
        let ty = ffi::Py_TYPE(a);
        if a == ffi::Py_True() {
            return 1;
        }
        if a == ffi::Py_False() || a == ffi::Py_None() {
            return 0;
        }
        let known = plain(a)
            || ty == &raw mut ffi::PyList_Type
            || ty == &raw mut ffi::PyTuple_Type
            || ty == &raw mut ffi::PyDict_Type
            || ty == &raw mut ffi::PySet_Type
            || ty == &raw mut ffi::PyFunction_Type;
        if known {
            i64::from(ffi::PyObject_IsTrue(a))
        } else {
            -1
        }
    }
}

/// `item in container` where that compares plain values only: 0, 1 or -1.
pub unsafe extern "C" fn pure_contains(item: O, container: O) -> i64 {
    // SAFETY: the helpers' contract; the types were tested, so no comparison runs Python code.
    unsafe {
        if !plain(item) && item != ffi::Py_None() {
            return -1;
        }
        let ty = ffi::Py_TYPE(container);
        let same_text = ty == ffi::Py_TYPE(item) && ty == &raw mut ffi::PyUnicode_Type;
        let result = if same_text {
            ffi::PySequence_Contains(container, item)
        } else if ty == &raw mut ffi::PyDict_Type
            || ty == &raw mut ffi::PySet_Type
            || ty == &raw mut ffi::PyFrozenSet_Type
        {
            // A key of a user's type is only compared if its hash is equal; str and numbers never ask the other side
            // first, but the other side may be asked: only when all keys are plain is that excluded.
            if !keys_plain(container) {
                return -1;
            }
            ffi::PySequence_Contains(container, item)
        } else if ty == &raw mut ffi::PyList_Type || ty == &raw mut ffi::PyTuple_Type {
            if !is_harmless(container, 1) {
                return -1;
            }
            ffi::PySequence_Contains(container, item)
        } else {
            return -1;
        };
        if result < 0 {
            ffi::PyErr_Clear();
        }
        i64::from(result)
    }
}

/// A dict whose keys are all exact str (CPython keeps that knowledge), or small enough to look: plain keys.
pub(super) unsafe fn keys_plain(container: O) -> bool {
    // SAFETY: a live object; nothing changes the dict while its keys are looked at.
    unsafe {
        if ffi::PyDict_CheckExact(container) == 0 {
            return false;
        }
        // Include/internal/pycore_dict.h, `DictKeysKind`: general, str, str shared by instances.
        let keys: *const u8 = get(container, at::DICT_KEYS);
        if get::<u8, _>(keys, at::KEYS_KIND) != 0 {
            return true;
        }
        if ffi::PyDict_Size(container) > 8 {
            return false;
        }
        let (mut position, mut key, mut value) = (0, std::ptr::null_mut(), std::ptr::null_mut());
        while ffi::PyDict_Next(container, &mut position, &mut key, &mut value) != 0 {
            if !plain(key) {
                return false;
            }
        }
        true
    }
}

/// `container[index]` of exact sequences and of dicts with plain keys.
pub unsafe extern "C" fn pure_subscr(container: O, index: O) -> O {
    // SAFETY: the helpers' contract; the types were tested, so no hash, comparison or index runs Python code.
    unsafe {
        let ty = ffi::Py_TYPE(container);
        if is_indexable(ty) && (ffi::PyLong_CheckExact(index) != 0 || ffi::PyBool_Check(index) != 0)
        {
            return quiet(ffi::PyObject_GetItem(container, index));
        }
        if ty == &raw mut ffi::PyDict_Type && plain(index) && keys_plain(container) {
            return quiet(ffi::PyObject_GetItem(container, index));
        }
        std::ptr::null_mut()
    }
}

/// `container[index] = value` of an exact list, the old item's end running no Python code: 1, else 0.
pub unsafe extern "C" fn pure_store_subscr(container: O, index: O, value: O) -> u64 {
    // SAFETY: the helpers' contract; the index is within the exact list, and the old item's reference is the list's.
    unsafe {
        if ffi::PyList_CheckExact(container) == 0 || ffi::PyLong_CheckExact(index) == 0 {
            return 0;
        }
        let size: isize = get(container, at::VAR_SIZE);
        let mut i = ffi::PyLong_AsSsize_t(index);
        if i == -1 && !ffi::PyErr_Occurred().is_null() {
            ffi::PyErr_Clear();
            return 0;
        }
        if i < 0 {
            i += size;
        }
        if i < 0 || i >= size {
            return 0;
        }
        let items: *mut O = get(container, at::LIST_ITEMS);
        let old = *items.offset(i);
        if frees_safely(old) == 0 {
            return 0;
        }
        ffi::Py_INCREF(value);
        *items.offset(i) = value;
        ffi::Py_DECREF(old);
        1
    }
}

/// `len(a)` of builtin containers, or -1.
pub unsafe extern "C" fn pure_len(a: O) -> i64 {
    // SAFETY: the helpers' contract; builtin types answer without Python code.
    unsafe {
        let ty = ffi::Py_TYPE(a);
        let known = is_indexable(ty)
            || ty == &raw mut ffi::PyDict_Type
            || ty == &raw mut ffi::PySet_Type
            || ty == &raw mut ffi::PyRange_Type;
        if !known {
            return -1;
        }
        let size = ffi::PyObject_Size(a);
        if size < 0 {
            ffi::PyErr_Clear();
        }
        size as i64
    }
}

/// `iter(a)` of builtin containers and iterators.
pub unsafe extern "C" fn pure_get_iter(a: O) -> O {
    // SAFETY: the helpers' contract; builtin types answer without Python code.
    unsafe {
        let ty = ffi::Py_TYPE(a);
        let known = is_indexable(ty)
            || ty == &raw mut ffi::PyRange_Type
            || ty == &raw mut ffi::PyDict_Type
            || ty == &raw mut ffi::PyEnum_Type
            || ty == &raw mut ffi::PyZip_Type
            || ty == &raw mut ffi::PyRangeIter_Type
            || ty == &raw mut ffi::PyListIter_Type
            || ty == &raw mut ffi::PyTupleIter_Type;
        if known {
            quiet(ffi::PyObject_GetIter(a))
        } else {
            std::ptr::null_mut()
        }
    }
}

/// Advancing the iterator runs no Python code.
unsafe fn steps_purely(iter: O, depth: u32) -> bool {
    // SAFETY: a live iterator; the fields read are those of the exact type that was tested.
    unsafe {
        let ty = ffi::Py_TYPE(iter);
        if ty == &raw mut ffi::PyRangeIter_Type {
            return true;
        }
        if ty == &raw mut ffi::PyListIter_Type || ty == &raw mut ffi::PyTupleIter_Type {
            // Exhaustion drops the sequence.
            let seq: O = get(iter, at::LISTITER_SEQ);
            return seq.is_null() || frees_safely(seq) != 0;
        }
        if depth == 0 {
            return false;
        }
        // enumerate: en_index, en_sit (Objects/enumobject.c); zip: tuplesize, ittuple (Python/bltinmodule.c).
        const FIRST: usize = 16;
        if ty == &raw mut ffi::PyEnum_Type {
            return steps_purely(get(iter, FIRST + 8), depth - 1);
        }
        if ty == &raw mut ffi::PyZip_Type {
            let iters: O = get(iter, FIRST + 8);
            // A strict zip may raise.
            if iters.is_null() || get::<i32, _>(iter, FIRST + 24) != 0 {
                return false;
            }
            return (0..ffi::PyTuple_GET_SIZE(iters))
                .all(|i| steps_purely(ffi::PyTuple_GET_ITEM(iters, i), depth - 1));
        }
        false
    }
}

/// Next item in `*out`: 1; exhausted: 0; not pure: 2.
pub unsafe extern "C" fn pure_iter_next(iter: O, out: *mut O) -> u64 {
    // SAFETY: the helpers' contract; advancing runs no Python code, and the item's reference moves to `out`.
    unsafe {
        if !steps_purely(iter, 2) {
            return 2;
        }
        let Some(next) = (*ffi::Py_TYPE(iter)).tp_iternext else {
            return 2;
        };
        let item = next(iter);
        if item.is_null() {
            if !ffi::PyErr_Occurred().is_null() {
                ffi::PyErr_Clear();
                return 2;
            }
            return 0;
        }
        out.write(item);
        1
    }
}

/// The places of `a[start:stop]`, if `a` is an exact list, tuple, str or bytes and the bounds are int or None.
unsafe fn slice_bounds(a: O, start: O, stop: O) -> Option<(isize, isize)> {
    // SAFETY: the helpers' contract; the types were tested, so no index runs Python code.
    unsafe {
        let bound = |b: O| b == ffi::Py_None() || ffi::PyLong_CheckExact(b) != 0;
        if !is_indexable(ffi::Py_TYPE(a)) || !bound(start) || !bound(stop) {
            return None;
        }
        let size = ffi::PyObject_Size(a);
        let place = |b: O, otherwise: isize| {
            if b == ffi::Py_None() {
                return otherwise;
            }
            let i = ffi::PyNumber_AsSsize_t(b, std::ptr::null_mut());
            (if i < 0 { i.saturating_add(size) } else { i }).clamp(0, size)
        };
        let low = place(start, 0);
        Some((low, place(stop, size).max(low)))
    }
}

/// `a[start:stop]` of an exact list, tuple, str or bytes with int or None bounds.
pub unsafe extern "C" fn pure_slice(a: O, start: O, stop: O) -> O {
    // SAFETY: the helpers' contract; the bounds lie within the object.
    unsafe {
        let Some((low, high)) = slice_bounds(a, start, stop) else {
            return std::ptr::null_mut();
        };
        let ty = ffi::Py_TYPE(a);
        let result = if ty == &raw mut ffi::PyList_Type {
            ffi::PyList_GetSlice(a, low, high)
        } else if ty == &raw mut ffi::PyTuple_Type {
            ffi::PyTuple_GetSlice(a, low, high)
        } else if ty == &raw mut ffi::PyUnicode_Type {
            ffi::PyUnicode_Substring(a, low, high)
        } else if (low, high) == (0, ffi::PyObject_Size(a)) {
            ffi::Py_INCREF(a);
            a
        } else {
            let bytes = ffi::PyBytes_AsString(a);
            ffi::PyBytes_FromStringAndSize(bytes.offset(low), high - low)
        };
        quiet(result)
    }
}

/// As [`pure_slice`], where the result replaces `old`. If that is a list which nothing else refers to, of the very size
/// that a new one would have, it takes the items over and comes back with a second reference.
pub unsafe extern "C" fn pure_slice_over(a: O, start: O, stop: O, old: O) -> O {
    // SAFETY: the helpers' contract. Nobody sees `old` between here and its end; its items end without Python code. `a`
    // may be one of them, so it is held meanwhile.
    unsafe {
        let list = &raw mut ffi::PyList_Type;
        if ffi::Py_TYPE(a) != list
            || ffi::Py_TYPE(old) != list
            || ffi::Py_REFCNT(old) != 1
            || a == old
        {
            return pure_slice(a, start, stop);
        }
        let Some((low, high)) = slice_bounds(a, start, stop) else {
            return std::ptr::null_mut();
        };
        let (size, room): (isize, isize) = (get(old, at::VAR_SIZE), get(old, at::LIST_ALLOCATED));
        if room != high - low || room == 0 || !is_harmless(old, 2) {
            return quiet(ffi::PyList_GetSlice(a, low, high));
        }
        ffi::Py_INCREF(a);
        let (from, to): (*mut O, *mut O) = (get(a, at::LIST_ITEMS), get(old, at::LIST_ITEMS));
        for i in 0..room {
            let item = *from.offset(low + i);
            ffi::Py_INCREF(item);
            let gone = if i < size {
                *to.offset(i)
            } else {
                std::ptr::null_mut()
            };
            *to.offset(i) = item;
            ffi::Py_XDECREF(gone);
        }
        set(old, at::VAR_SIZE, room);
        ffi::Py_DECREF(a);
        ffi::Py_INCREF(old);
        old
    }
}
