//! Helpers on objects. See the module above for what `pure_` promises.
//!
//! SAFETY of everything here: compiled code passes live objects (its frame slots hold references, or the caller does)
//! and the GIL is held; pointers named `out` are stack slots of the calling compiled code. Each block below relies on
//! that contract and on the exact type that was just tested.
#![allow(clippy::undocumented_unsafe_blocks)]

use crate::ffi::{self, PyObject, get, set};
use crate::layout::offsets as at;
use crate::shape;
use std::cell::RefCell;

type O = *mut PyObject;

pub unsafe extern "C" fn box_int(value: i64) -> O {
    unsafe { ffi::PyLong_FromLongLong(value) }
}

pub unsafe extern "C" fn box_float(value: f64) -> O {
    unsafe { ffi::PyFloat_FromDouble(value) }
}

pub(crate) fn box_bool(value: bool) -> O {
    // SAFETY: immortal singletons.
    unsafe { ffi::PyBool_FromLong(value.into()) }
}

/// An exact `int`: 1 and its value in `*out` if it fits.
pub unsafe extern "C" fn unbox_int(object: O, out: *mut i64) -> u64 {
    unsafe {
        let mut overflow = 0;
        let value = ffi::PyLong_AsLongLongAndOverflow(object, &mut overflow);
        if overflow != 0 {
            return 0;
        }
        out.write(value);
        1
    }
}

/// The reference count is 0 and the type's end runs no Python code.
pub unsafe extern "C" fn dealloc(object: O) {
    unsafe { ffi::_Py_Dealloc(object) }
}

thread_local! {
    /// Objects whose last reference native code dropped and whose end may run Python code.
    static DEFERRED: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
}

/// Something waits for [`drop_deferred`].
pub(crate) fn has_deferred() -> bool {
    DEFERRED.with_borrow(|all| !all.is_empty())
}

/// Ends the lives that native code deferred: runs Python code, so a frame must be in place.
pub fn drop_deferred() {
    loop {
        let Some(object) = DEFERRED.with_borrow_mut(Vec::pop) else {
            return;
        };
        unsafe {
            // A destructor must not see the exception that is being raised.
            let raised = ffi::PyErr_GetRaisedException();
            ffi::Py_DECREF(object as O);
            if !raised.is_null() {
                ffi::PyErr_SetRaisedException(raised);
            }
        }
    }
}

/// The object's end runs no Python code: numbers, strings, and containers of nothing else.
unsafe fn is_harmless(object: O, depth: u32) -> bool {
    unsafe { ends_quietly(object, depth, true) }
}

/// The object's end can never be seen, whatever is done with it before: as `is_harmless`, instances of classes excluded
/// (a weak reference to one may still be made).
pub(crate) unsafe fn is_inert(object: O) -> bool {
    unsafe { ends_quietly(object, 3, false) }
}

unsafe fn ends_quietly(object: O, depth: u32, instances: bool) -> bool {
    unsafe {
        let ty = ffi::Py_TYPE(object);
        if ty == &raw mut ffi::PyLong_Type
            || ty == &raw mut ffi::PyFloat_Type
            || ty == &raw mut ffi::PyUnicode_Type
            || ty == &raw mut ffi::PyBytes_Type
            || ty == &raw mut ffi::PyBool_Type
            || ty == &raw mut ffi::PyComplex_Type
            || ty == &raw mut ffi::PyRangeIter_Type
            || ty == &raw mut ffi::PyRange_Type
            || object == ffi::Py_None()
        {
            return true;
        }
        if depth == 0 {
            return false;
        }
        let items: *mut O = if ty == &raw mut ffi::PyList_Type {
            get(object, at::LIST_ITEMS)
        } else if ty == &raw mut ffi::PyTuple_Type {
            object.cast::<u8>().add(at::TUPLE_ITEMS).cast()
        } else if ty == &raw mut ffi::PyListIter_Type || ty == &raw mut ffi::PyTupleIter_Type {
            let seq: O = get(object, at::LISTITER_SEQ);
            return seq.is_null()
                || ffi::Py_REFCNT(seq) > 1
                || ends_quietly(seq, depth - 1, instances);
        } else {
            let kept = |o: O| ffi::Py_REFCNT(o) > 1 || ends_quietly(o, depth - 1, instances);
            return instances && shape::ends_plainly(object, kept);
        };
        let size: isize = get(object, at::VAR_SIZE);
        (0..size).all(|i| {
            let item = *items.offset(i);
            item.is_null() || ffi::Py_REFCNT(item) > 1 || ends_quietly(item, depth - 1, instances)
        })
    }
}

/// The reference count has reached 0. Ends the object's life if that runs no Python code and returns 0; else keeps it
/// for [`drop_deferred`] and returns 1: the caller leaves native code.
pub unsafe extern "C" fn free_or_defer(object: O) -> u64 {
    unsafe {
        if is_harmless(object, 3) {
            ffi::_Py_Dealloc(object);
            return 0;
        }
        set(object, 0, 1u32);
    }
    DEFERRED.with_borrow_mut(|all| all.push(object as usize));
    1
}

/// The reference count has reached 0: ends the object's life and returns 1 if that runs no Python code.
pub unsafe extern "C" fn free_plainly(object: O) -> u64 {
    unsafe {
        if is_harmless(object, 2) {
            ffi::_Py_Dealloc(object);
            return 1;
        }
        0
    }
}

/// Drops a reference (or null); the end of the object's life is deferred if it may run Python code.
pub unsafe extern "C" fn release(object: O) {
    unsafe {
        if object.is_null() {
            return;
        }
        if ffi::Py_REFCNT(object) > 1 {
            ffi::Py_DECREF(object);
        } else {
            free_or_defer(object);
        }
    }
}

/// The reference about to be dropped is not the last one, or the object's end runs no Python code.
pub unsafe extern "C" fn frees_safely(object: O) -> u64 {
    unsafe { u64::from(object.is_null() || ffi::Py_REFCNT(object) > 1 || is_harmless(object, 3)) }
}

/// Exact builtin types whose operators run no Python code.
unsafe fn plain(object: O) -> bool {
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
    unsafe {
        if result.is_null() {
            ffi::PyErr_Clear();
        }
        result
    }
}

/// A result that takes long or much memory, or warns, is the interpreter's business.
const LARGE: i64 = 1 << 20;

pub(crate) unsafe fn is_number(object: O) -> bool {
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
    unsafe {
        let inplace = op >= super::IN_PLACE as u64;
        let op = op % super::IN_PLACE as u64;
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

/// A dict whose keys are all exact str (CPython keeps that knowledge), small enough to look: plain keys.
unsafe fn keys_plain(container: O) -> bool {
    unsafe {
        if ffi::PyDict_CheckExact(container) == 0 || ffi::PyDict_Size(container) > 8 {
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
    unsafe {
        let ty = ffi::Py_TYPE(container);
        let indexable = ty == &raw mut ffi::PyList_Type
            || ty == &raw mut ffi::PyTuple_Type
            || ty == &raw mut ffi::PyUnicode_Type
            || ty == &raw mut ffi::PyBytes_Type;
        if indexable && (ffi::PyLong_CheckExact(index) != 0 || ffi::PyBool_Check(index) != 0) {
            return quiet(ffi::PyObject_GetItem(container, index));
        }
        if ty == &raw mut ffi::PyDict_Type && plain(index) && keys_plain(container) {
            return quiet(ffi::PyObject_GetItem(container, index));
        }
        std::ptr::null_mut()
    }
}

/// Character `index` of an exact `str`, a new reference; null if it is out of range.
pub unsafe extern "C" fn str_item(string: O, index: i64) -> O {
    unsafe {
        let size = ffi::PyUnicode_GET_LENGTH(string) as i64;
        let index = if index < 0 { index + size } else { index };
        if index < 0 || index >= size {
            return std::ptr::null_mut();
        }
        let character = if ffi::PyUnicode_KIND(string) == ffi::PyUnicode_1BYTE_KIND {
            u32::from(*ffi::PyUnicode_1BYTE_DATA(string).offset(index as isize))
        } else {
            ffi::PyUnicode_ReadChar(string, index as isize)
        };
        quiet(ffi::PyUnicode_FromOrdinal(character as i32))
    }
}

/// Equality of two exact `str`.
pub unsafe extern "C" fn str_equal(a: O, b: O) -> u64 {
    unsafe {
        // The kind is that of the largest character.
        let kind = ffi::PyUnicode_KIND(a);
        let size = ffi::PyUnicode_GET_LENGTH(a);
        if size != ffi::PyUnicode_GET_LENGTH(b) || kind != ffi::PyUnicode_KIND(b) {
            return 0;
        }
        let (x, y) = (ffi::PyUnicode_DATA(a), ffi::PyUnicode_DATA(b));
        let bytes = size as usize * kind as usize;
        if bytes == 1 {
            return u64::from(*x.cast::<u8>() == *y.cast::<u8>());
        }
        u64::from(libc::memcmp(x, y, bytes) == 0)
    }
}

/// `left + right` of two exact `str`, or null: no memory, or too long.
pub unsafe extern "C" fn str_concat(left: O, right: O) -> O {
    unsafe {
        let result = ffi::PyUnicode_Concat(left, right);
        if result.is_null() {
            ffi::PyErr_Clear();
        }
        result
    }
}

/// The same, where the caller gives up its reference of `left`, unless the result is null. If that was the only one,
/// the characters are added in place, so that a loop of `s += t` takes linear time (Objects/unicodeobject.c,
/// `PyUnicode_Append`, which would lose `left` on an error).
pub unsafe extern "C" fn str_append(left: O, right: O) -> O {
    unsafe {
        let (have, more) = (
            ffi::PyUnicode_GET_LENGTH(left),
            ffi::PyUnicode_GET_LENGTH(right),
        );
        let holds = ffi::PyUnicode_KIND(right) <= ffi::PyUnicode_KIND(left)
            && (ffi::PyUnicode_IS_ASCII(left) == 0 || ffi::PyUnicode_IS_ASCII(right) != 0);
        let size = have.checked_add(more);
        if let (1, Some(size), true) = (
            ffi::Py_REFCNT(left),
            size,
            holds && left != right && have > 0,
        ) {
            let mut grown = left;
            if ffi::PyUnicode_Resize(&mut grown, size) == 0 {
                ffi::PyUnicode_CopyCharacters(grown, have, right, 0, more);
                return grown;
            }
            ffi::PyErr_Clear();
            return std::ptr::null_mut();
        }
        let result = str_concat(left, right);
        if !result.is_null() {
            ffi::Py_DECREF(left);
        }
        result
    }
}

/// `container[index] = value` of an exact list, the old item's end running no Python code: 1, else 0.
pub unsafe extern "C" fn pure_store_subscr(container: O, index: O, value: O) -> u64 {
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
    unsafe {
        let ty = ffi::Py_TYPE(a);
        let known = ty == &raw mut ffi::PyList_Type
            || ty == &raw mut ffi::PyTuple_Type
            || ty == &raw mut ffi::PyUnicode_Type
            || ty == &raw mut ffi::PyBytes_Type
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
    unsafe {
        let ty = ffi::Py_TYPE(a);
        let known = ty == &raw mut ffi::PyList_Type
            || ty == &raw mut ffi::PyTuple_Type
            || ty == &raw mut ffi::PyUnicode_Type
            || ty == &raw mut ffi::PyBytes_Type
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

/// `a[start:stop]` of an exact list, tuple or str with int or None bounds.
pub unsafe extern "C" fn pure_slice(a: O, start: O, stop: O) -> O {
    unsafe {
        let ty = ffi::Py_TYPE(a);
        let known = ty == &raw mut ffi::PyList_Type
            || ty == &raw mut ffi::PyTuple_Type
            || ty == &raw mut ffi::PyUnicode_Type
            || ty == &raw mut ffi::PyBytes_Type;
        let bound = |b: O| b == ffi::Py_None() || ffi::PyLong_CheckExact(b) != 0;
        if !known || !bound(start) || !bound(stop) {
            return std::ptr::null_mut();
        }
        let slice = ffi::PySlice_New(start, stop, std::ptr::null_mut());
        if slice.is_null() {
            return quiet(slice);
        }
        let result = ffi::PyObject_GetItem(a, slice);
        ffi::Py_DECREF(slice);
        quiet(result)
    }
}

/// A list of `n` objects, borrowed.
pub unsafe extern "C" fn new_list(items: *const O, n: u64) -> O {
    unsafe {
        let list = ffi::PyList_New(n as isize);
        if list.is_null() {
            return quiet(list);
        }
        for i in 0..n as usize {
            let item = *items.add(i);
            ffi::Py_INCREF(item);
            ffi::PyList_SET_ITEM(list, i as isize, item);
        }
        list
    }
}

/// A tuple of `n` objects, borrowed.
pub unsafe extern "C" fn new_tuple(items: *const O, n: u64) -> O {
    unsafe {
        let tuple = ffi::PyTuple_New(n as isize);
        if tuple.is_null() {
            return quiet(tuple);
        }
        for i in 0..n as usize {
            let item = *items.add(i);
            ffi::Py_INCREF(item);
            ffi::PyTuple_SET_ITEM(tuple, i as isize, item);
        }
        tuple
    }
}

/// Appends to an exact list; 0 when memory is out.
pub unsafe extern "C" fn list_append(list: O, value: O) -> u64 {
    unsafe {
        if ffi::PyList_Append(list, value) < 0 {
            ffi::PyErr_Clear();
            return 0;
        }
        1
    }
}

/// `list.extend` by a builtin sequence; 1 if done.
pub unsafe extern "C" fn list_extend(list: O, value: O) -> u64 {
    unsafe {
        if ffi::PyTuple_CheckExact(value) == 0 && ffi::PyList_CheckExact(value) == 0 {
            return 0;
        }
        let n = ffi::PyList_Size(list);
        if ffi::PyList_SetSlice(list, n, n, value) < 0 {
            ffi::PyErr_Clear();
            return 0;
        }
        1
    }
}

pub unsafe extern "C" fn list_to_tuple(list: O) -> O {
    unsafe { quiet(ffi::PyList_AsTuple(list)) }
}

/// A range object of three 64-bit integers, `step` not 0.
pub unsafe extern "C" fn new_range(start: i64, stop: i64, step: i64) -> O {
    unsafe {
        let boxes = [box_int(start), box_int(stop), box_int(step)];
        let result = if boxes.iter().any(|b| b.is_null()) {
            std::ptr::null_mut()
        } else {
            ffi::PyObject_Vectorcall(
                (&raw mut ffi::PyRange_Type).cast(),
                boxes.as_ptr(),
                3,
                std::ptr::null_mut(),
            )
        };
        for b in boxes {
            ffi::Py_XDECREF(b);
        }
        quiet(result)
    }
}

/// `iter(range(start, stop, step))` of numbers below 2**62, `step` not 0 (Objects/rangeobject.c, `fast_range_iter`).
pub unsafe extern "C" fn new_range_iter(start: i64, stop: i64, step: i64) -> O {
    unsafe {
        let length = if step > 0 && start < stop {
            1 + (stop - start - 1) / step
        } else if step < 0 && start > stop {
            1 + (start - stop - 1) / -step
        } else {
            0
        };
        let iter = ffi::_PyObject_New(&raw mut ffi::PyRangeIter_Type);
        if iter.is_null() {
            ffi::Py_FatalError(c"pyaot: no memory for an iterator".as_ptr());
        }
        set(iter, at::RANGEITER_START, start);
        set(iter, at::RANGEITER_STEP, step);
        set(iter, at::RANGEITER_LEN, length);
        iter
    }
}

/// A cell with this content (or empty).
pub unsafe extern "C" fn new_cell(value: O) -> O {
    unsafe { quiet(ffi::PyCell_New(value)) }
}

/// Cell `i` of a function's closure, a new reference.
pub unsafe extern "C" fn closure_cell(function: O, i: u64) -> O {
    unsafe {
        let closure: O = get(function, at::FUNC_CLOSURE);
        let cell = ffi::PyTuple_GET_ITEM(closure, i as isize);
        ffi::Py_INCREF(cell);
        cell
    }
}

/// Sets a cell's content if the old one's end runs no Python code: 1, else 0.
pub unsafe extern "C" fn set_cell(cell: O, value: O) -> u64 {
    unsafe {
        let old: O = get(cell, at::CELL_REF);
        if frees_safely(old) == 0 {
            return 0;
        }
        ffi::Py_INCREF(value);
        set(cell, at::CELL_REF, value);
        ffi::Py_XDECREF(old);
        1
    }
}
