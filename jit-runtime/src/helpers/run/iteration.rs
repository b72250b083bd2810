//! Iterators and unpacking.

use crate::dispatch;
use crate::ffi::{self, PyObject, get};
use crate::frame;
use crate::layout::offsets as at;
use std::ffi::CStr;
use std::ptr::null_mut;

type O = *mut PyObject;

/// A TypeError is set because `object` is not iterable: says so in the words of the instruction, which name its type.
pub(super) unsafe fn reword_not_iterable(object: O, words: &CStr) {
    // SAFETY: a live object; an exception is set.
    unsafe {
        let ty = ffi::Py_TYPE(object);
        if (*ty).tp_iter.is_none()
            && ffi::PySequence_Check(object) == 0
            && ffi::PyErr_ExceptionMatches(ffi::PyExc_TypeError) != 0
        {
            ffi::PyErr_Format(ffi::PyExc_TypeError, words.as_ptr(), (*ty).tp_name);
        }
    }
}

pub unsafe extern "C" fn run_get_iter(base: *mut O, _arg: u64, _extra: u64) -> O {
    // SAFETY: the contract; its operands are used up here.
    unsafe {
        let result = ffi::PyObject_GetIter(*base);
        ffi::Py_DECREF(*base);
        result
    }
}

/// Next item of the iterator `extra` at `*base`: 1; exhausted: 0; error: -1.
pub unsafe extern "C" fn run_iter_next(base: *mut O, _arg: u64, iter: O) -> i64 {
    // SAFETY: a live iterator; the word at `base` is free and takes the item.
    unsafe {
        let Some(next) = (*ffi::Py_TYPE(iter)).tp_iternext else {
            return -1;
        };
        let item = next(iter);
        if !item.is_null() {
            *base = item;
            return 1;
        }
        if !ffi::PyErr_Occurred().is_null() {
            if ffi::PyErr_ExceptionMatches(ffi::PyExc_StopIteration) == 0 {
                return -1;
            }
            let ts = ffi::thread();
            if dispatch::is_watched(ts) {
                frame::tell_exhausted(ts);
            }
            ffi::PyErr_Clear();
        }
        0
    }
}

/// `iter(sequence)` of an unpacking, or null with its error.
unsafe fn unpacking_iter(sequence: O) -> O {
    // SAFETY: a live object.
    unsafe {
        let iter = ffi::PyObject_GetIter(sequence);
        if iter.is_null() {
            reword_not_iterable(sequence, c"cannot unpack non-iterable %.200s object");
        }
        iter
    }
}

/// Drops what an unpacking that failed had taken, the last item first.
unsafe fn drop_taken(items: Vec<O>) {
    // SAFETY: owned items.
    unsafe {
        for item in items.into_iter().rev() {
            ffi::Py_DECREF(item);
        }
    }
}

/// `n` items of the iterable at `base` are left there, first one first.
pub unsafe extern "C" fn run_unpack(base: *mut O, n: u64, _extra: u64) -> u64 {
    // SAFETY: the contract; the stack has room for `n` items at `base`, and those of an exact tuple or list are read
    // within its size.
    unsafe {
        let sequence = *base;
        let n = n as usize;
        let wrong = |text: &CStr, got: usize| {
            ffi::PyErr_Format(ffi::PyExc_ValueError, text.as_ptr(), n as i32, got as i32);
        };
        let exact_tuple = ffi::PyTuple_CheckExact(sequence) != 0;
        if exact_tuple || ffi::PyList_CheckExact(sequence) != 0 {
            let size = get::<isize, _>(sequence, at::VAR_SIZE) as usize;
            if size == n {
                for i in 0..n {
                    let item = if exact_tuple {
                        ffi::PyTuple_GET_ITEM(sequence, i as isize)
                    } else {
                        ffi::PyList_GET_ITEM(sequence, i as isize)
                    };
                    ffi::Py_INCREF(item);
                    *base.add(i) = item;
                }
                ffi::Py_DECREF(sequence);
                return 1;
            }
        }
        let iter = unpacking_iter(sequence);
        if iter.is_null() {
            ffi::Py_DECREF(sequence);
            return 0;
        }
        let mut items: Vec<O> = Vec::with_capacity(n);
        let mut good = true;
        while items.len() < n {
            let item = ffi::PyIter_Next(iter);
            if item.is_null() {
                if ffi::PyErr_Occurred().is_null() {
                    wrong(
                        c"not enough values to unpack (expected %d, got %d)",
                        items.len(),
                    );
                }
                good = false;
                break;
            }
            items.push(item);
        }
        if good {
            let more = ffi::PyIter_Next(iter);
            if !more.is_null() {
                ffi::Py_DECREF(more);
                ffi::PyErr_Format(
                    ffi::PyExc_ValueError,
                    c"too many values to unpack (expected %d)".as_ptr(),
                    n as i32,
                );
                good = false;
            } else if !ffi::PyErr_Occurred().is_null() {
                good = false;
            }
        }
        ffi::Py_DECREF(iter);
        if !good {
            drop_taken(items);
            ffi::Py_DECREF(sequence);
            return 0;
        }
        for (i, item) in items.into_iter().enumerate() {
            *base.add(i) = item;
        }
        ffi::Py_DECREF(sequence);
        1
    }
}

/// Starred unpacking: `before` items, a list, `after` items, at `base`.
pub unsafe extern "C" fn run_unpack_ex(base: *mut O, counts: u64, _extra: u64) -> u64 {
    // SAFETY: the contract; the stack has room for the items at `base`, and the list's are read within its size.
    unsafe {
        let sequence = *base;
        let (before, after) = ((counts & 0xff) as usize, (counts >> 8) as usize);
        let iter = unpacking_iter(sequence);
        if iter.is_null() {
            ffi::Py_DECREF(sequence);
            return 0;
        }
        let fail = |items: Vec<O>| {
            drop_taken(items);
            ffi::Py_DECREF(iter);
            ffi::Py_DECREF(sequence);
            0
        };
        let mut items: Vec<O> = Vec::new();
        while items.len() < before {
            let item = ffi::PyIter_Next(iter);
            if item.is_null() {
                if ffi::PyErr_Occurred().is_null() {
                    ffi::PyErr_Format(
                        ffi::PyExc_ValueError,
                        c"not enough values to unpack (expected at least %d, got %zd)".as_ptr(),
                        (before + after) as i32,
                        items.len() as isize,
                    );
                }
                return fail(items);
            }
            items.push(item);
        }
        let rest = ffi::PySequence_List(iter);
        if rest.is_null() {
            return fail(items);
        }
        let size = ffi::PyList_Size(rest) as usize;
        if size < after {
            ffi::PyErr_Format(
                ffi::PyExc_ValueError,
                c"not enough values to unpack (expected at least %d, got %zd)".as_ptr(),
                (before + after) as i32,
                (before + size) as isize,
            );
            ffi::Py_DECREF(rest);
            return fail(items);
        }
        let keep = size - after;
        let mut tail = Vec::new();
        for i in keep..size {
            let item = ffi::PyList_GET_ITEM(rest, i as isize);
            ffi::Py_INCREF(item);
            tail.push(item);
        }
        ffi::PyList_SetSlice(rest, keep as isize, size as isize, null_mut());
        items.push(rest);
        items.extend(tail);
        ffi::Py_DECREF(iter);
        ffi::Py_DECREF(sequence);
        for (i, item) in items.into_iter().enumerate() {
            *base.add(i) = item;
        }
        1
    }
}
