//! Helpers on objects: boxes, and new objects of the builtin types.

use super::lives::frees_safely;
use super::pure::quiet;
use crate::ffi::{self, PyObject, get, set};
use crate::layout::offsets as at;

type O = *mut PyObject;

pub unsafe extern "C" fn box_int(value: i64) -> O {
    // SAFETY: callable with the GIL held.
    unsafe { ffi::PyLong_FromLongLong(value) }
}

pub unsafe extern "C" fn box_float(value: f64) -> O {
    // SAFETY: callable with the GIL held.
    unsafe { ffi::PyFloat_FromDouble(value) }
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
        let (mut at, mut key) = (0, std::ptr::null_mut());
        while ffi::PyDict_Next(other, &mut at, &mut key, std::ptr::null_mut()) != 0 {
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
