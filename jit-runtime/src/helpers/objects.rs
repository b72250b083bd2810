//! Helpers on objects: boxes, and new objects of the builtin types.

use super::lives::frees_safely;
use super::pure::quiet;
use crate::ffi::{self, PyObject, get, set};
use crate::layout::offsets as at;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicPtr, Ordering::Relaxed};

type O = *mut PyObject;

pub unsafe extern "C" fn box_int(value: i64) -> O {
    // SAFETY: callable with the GIL held.
    unsafe { ffi::PyLong_FromLongLong(value) }
}

/// The interpreter whose list of free floats is used; null: none's.
static FLOATS_OF: AtomicPtr<u8> = AtomicPtr::new(null_mut());

/// From here on floats come from this interpreter's list of free ones, and go there.
///
/// # Safety
/// The interpreter that runs native code, which outlives all of it.
pub(crate) unsafe fn use_floats_of(interpreter: *mut u8) {
    FLOATS_OF.store(interpreter, Relaxed);
}

/// A new `float`: as `PyFloat_FromDouble`, without the look for the thread's state.
#[inline(always)]
pub unsafe extern "C" fn box_float(value: f64) -> O {
    // SAFETY: callable with the GIL held, which guards the list (Objects/floatobject.c): free floats are linked by their
    // types. `tracemalloc` is told of new objects, so it gets them from CPython.
    unsafe {
        let interpreter = FLOATS_OF.load(Relaxed);
        if interpreter.is_null() {
            return ffi::PyFloat_FromDouble(value);
        }
        let object: O = get(interpreter, at::INTERP_FLOATS);
        let traced = get::<i32, _>(&raw const ffi::_PyRuntime, at::RUNTIME_TRACEMALLOC) != 0;
        if object.is_null() || traced {
            return ffi::PyFloat_FromDouble(value);
        }
        set(interpreter, at::INTERP_FLOATS, ffi::Py_TYPE(object));
        let free: i32 = get(interpreter, at::INTERP_FLOATS_FREE);
        set(interpreter, at::INTERP_FLOATS_FREE, free - 1);
        set(object, 0, 1usize);
        set(object, 8, &raw mut ffi::PyFloat_Type);
        set(object, at::FLOAT_VALUE, value);
        object
    }
}

/// The last reference to an exact `float` is gone: as `_PyFloat_ExactDealloc`.
pub(super) unsafe fn free_float(object: O) {
    // SAFETY: as above; nobody refers to the object.
    unsafe {
        let interpreter = FLOATS_OF.load(Relaxed);
        if interpreter.is_null() {
            return ffi::_Py_Dealloc(object);
        }
        let free: i32 = get(interpreter, at::INTERP_FLOATS_FREE);
        if !(0..at::FLOATS_MOST as i32).contains(&free) {
            return ffi::_Py_Dealloc(object);
        }
        set(interpreter, at::INTERP_FLOATS_FREE, free + 1);
        let next: O = get(interpreter, at::INTERP_FLOATS);
        set(object, 8, next);
        set(interpreter, at::INTERP_FLOATS, object);
    }
}

pub(crate) fn box_bool(value: bool) -> O {
    // SAFETY: immortal singletons.
    unsafe { ffi::PyBool_FromLong(value.into()) }
}

/// An exact `int`: 1 and its value in `*out` if it fits.
pub unsafe extern "C" fn unbox_int(object: O, out: *mut i64) -> u64 {
    // SAFETY: the helpers' contract; `object` is an exact `int`.
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

/// A list of `n` objects, borrowed.
pub unsafe extern "C" fn new_list(items: *const O, n: u64) -> O {
    // SAFETY: the helpers' contract; `items` has `n` live objects.
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
    // SAFETY: the helpers' contract; `items` has `n` live objects.
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
    // SAFETY: the helpers' contract; an exact list.
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
    // SAFETY: the helpers' contract; an exact list.
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

/// Adds the entries of a dict to a dict of keyword arguments; 1 if done. Not done if a key is no string or is there
/// already.
pub unsafe extern "C" fn dict_merge(keywords: O, other: O) -> u64 {
    // SAFETY: the helpers' contract; an exact dict of strings, whose comparison runs no Python code.
    unsafe {
        if ffi::PyDict_CheckExact(other) == 0 {
            return 0;
        }
        let (mut at, mut key) = (0, null_mut());
        while ffi::PyDict_Next(other, &mut at, &mut key, null_mut()) != 0 {
            if ffi::PyUnicode_CheckExact(key) == 0 || ffi::PyDict_Contains(keywords, key) != 0 {
                return 0;
            }
        }
        if ffi::PyDict_Merge(keywords, other, 1) < 0 {
            ffi::PyErr_Clear();
            return 0;
        }
        1
    }
}

pub unsafe extern "C" fn list_to_tuple(list: O) -> O {
    // SAFETY: the helpers' contract; an exact list.
    unsafe { quiet(ffi::PyList_AsTuple(list)) }
}

/// A range object of three 64-bit integers, `step` not 0.
pub unsafe extern "C" fn new_range(start: i64, stop: i64, step: i64) -> O {
    // SAFETY: callable with the GIL held; the boxes are owned here.
    unsafe {
        let boxes = [box_int(start), box_int(stop), box_int(step)];
        let result = if boxes.iter().any(|b| b.is_null()) {
            null_mut()
        } else {
            ffi::PyObject_Vectorcall(
                (&raw mut ffi::PyRange_Type).cast(),
                boxes.as_ptr(),
                3,
                null_mut(),
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
    // SAFETY: callable with the GIL held; the fields of a fresh iterator are written before anybody sees it.
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
    // SAFETY: the helpers' contract; `value` may be null.
    unsafe { quiet(ffi::PyCell_New(value)) }
}

/// Cell `i` of a function's closure, a new reference.
pub unsafe extern "C" fn closure_cell(function: O, i: u64) -> O {
    // SAFETY: the helpers' contract; the compiler names only cells that the function's closure has.
    unsafe {
        let closure: O = get(function, at::FUNC_CLOSURE);
        let cell = ffi::PyTuple_GET_ITEM(closure, i as isize);
        ffi::Py_INCREF(cell);
        cell
    }
}

/// Sets a cell's content if the old one's end runs no Python code: 1, else 0.
pub unsafe extern "C" fn set_cell(cell: O, value: O) -> u64 {
    // SAFETY: the helpers' contract; the old content's reference is the cell's.
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
