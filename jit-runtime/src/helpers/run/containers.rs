//! Subscripts and slices; displays of sets and dicts, and what is added to containers.

use super::iteration::reword_not_iterable;
use super::{done, drop_operands};
use crate::ffi::{self, PyObject};
use std::ptr::null_mut;

type O = *mut PyObject;

pub unsafe extern "C" fn run_subscr(base: *mut O, _arg: u64, _extra: u64) -> O {
    // SAFETY: the contract; its operands are used up here.
    unsafe {
        let result = ffi::PyObject_GetItem(*base, *base.add(1));
        drop_operands(base, 2);
        result
    }
}

/// Value, container, index; 1 if done.
pub unsafe extern "C" fn run_store_subscr(base: *mut O, _arg: u64, _extra: u64) -> u64 {
    // SAFETY: the contract; its operands are used up here.
    unsafe {
        let status = ffi::PyObject_SetItem(*base.add(1), *base.add(2), *base);
        drop_operands(base, 3);
        done(status)
    }
}

/// Container, index.
pub unsafe extern "C" fn run_delete_subscr(base: *mut O, _arg: u64, _extra: u64) -> u64 {
    // SAFETY: the contract; its operands are used up here.
    unsafe {
        let status = ffi::PyObject_DelItem(*base, *base.add(1));
        drop_operands(base, 2);
        done(status)
    }
}

/// Container, start, stop.
pub unsafe extern "C" fn run_slice(base: *mut O, _arg: u64, _extra: u64) -> O {
    // SAFETY: the contract; its operands are used up here.
    unsafe {
        let slice = ffi::PySlice_New(*base.add(1), *base.add(2), null_mut());
        ffi::Py_DECREF(*base.add(1));
        ffi::Py_DECREF(*base.add(2));
        let result = if slice.is_null() {
            slice
        } else {
            let result = ffi::PyObject_GetItem(*base, slice);
            ffi::Py_DECREF(slice);
            result
        };
        ffi::Py_DECREF(*base);
        result
    }
}

/// Value, container, start, stop.
pub unsafe extern "C" fn run_store_slice(base: *mut O, _arg: u64, _extra: u64) -> u64 {
    // SAFETY: the contract; its operands are used up here.
    unsafe {
        let slice = ffi::PySlice_New(*base.add(2), *base.add(3), null_mut());
        ffi::Py_DECREF(*base.add(2));
        ffi::Py_DECREF(*base.add(3));
        let status = if slice.is_null() {
            -1
        } else {
            let status = ffi::PyObject_SetItem(*base.add(1), slice, *base);
            ffi::Py_DECREF(slice);
            status
        };
        drop_operands(base, 2);
        done(status)
    }
}

/// Two or three bounds.
pub unsafe extern "C" fn run_build_slice(base: *mut O, n: u64, _extra: u64) -> O {
    // SAFETY: the contract; its operands are used up here.
    unsafe {
        let step = if n == 3 { *base.add(2) } else { null_mut() };
        let result = ffi::PySlice_New(*base, *base.add(1), step);
        drop_operands(base, n as usize);
        result
    }
}

/// A new container (or null) with `n` entries, added one after the other until one fails: then it is dropped.
unsafe fn filled(container: O, n: usize, add: impl Fn(O, usize) -> i32) -> O {
    if container.is_null() || (0..n).all(|i| add(container, i) == 0) {
        return container;
    }
    // SAFETY: an owned container.
    unsafe { ffi::Py_DECREF(container) };
    null_mut()
}

/// `n` objects: keys and values in turn.
pub unsafe extern "C" fn run_build_map(base: *mut O, n: u64, _extra: u64) -> O {
    // SAFETY: the contract; `n` operands.
    unsafe {
        let map = filled(ffi::PyDict_New(), n as usize / 2, |map, pair| {
            ffi::PyDict_SetItem(map, *base.add(2 * pair), *base.add(2 * pair + 1))
        });
        drop_operands(base, n as usize);
        map
    }
}

/// `n` values and the tuple of their keys.
pub unsafe extern "C" fn run_build_const_map(base: *mut O, n: u64, _extra: u64) -> O {
    // SAFETY: the contract; `n` operands and a tuple of `n` keys.
    unsafe {
        let keys = *base.add(n as usize);
        let map = filled(ffi::PyDict_New(), n as usize, |map, i| {
            let key = ffi::PyTuple_GET_ITEM(keys, i as isize);
            ffi::PyDict_SetItem(map, key, *base.add(i))
        });
        drop_operands(base, n as usize + 1);
        map
    }
}

pub unsafe extern "C" fn run_build_set(base: *mut O, n: u64, _extra: u64) -> O {
    // SAFETY: the contract; `n` operands.
    unsafe {
        let set = filled(ffi::PySet_New(null_mut()), n as usize, |set, i| {
            ffi::PySet_Add(set, *base.add(i))
        });
        drop_operands(base, n as usize);
        set
    }
}

/// Extends the list `extra`; errors as the interpreter words them.
pub unsafe extern "C" fn run_list_extend(base: *mut O, _arg: u64, list: O) -> u64 {
    // SAFETY: the contract; `list` is a live list.
    unsafe {
        let iterable = *base;
        let result = ffi::_PyList_Extend(list, iterable);
        if result.is_null() {
            reword_not_iterable(iterable, c"Value after * must be an iterable, not %.200s");
        }
        ffi::Py_XDECREF(result);
        ffi::Py_DECREF(iterable);
        u64::from(!result.is_null())
    }
}

/// Adds to the set `extra`.
pub unsafe extern "C" fn run_set_update(base: *mut O, _arg: u64, set: O) -> u64 {
    // SAFETY: the contract; `set` is a live set.
    unsafe {
        let status = ffi::_PySet_Update(set, *base);
        ffi::Py_DECREF(*base);
        done(status)
    }
}

pub unsafe extern "C" fn run_set_add(base: *mut O, _arg: u64, set: O) -> u64 {
    // SAFETY: the contract; `set` is a live set.
    unsafe {
        let status = ffi::PySet_Add(set, *base);
        ffi::Py_DECREF(*base);
        done(status)
    }
}

/// Key and value into the dict `extra`.
pub unsafe extern "C" fn run_map_add(base: *mut O, _arg: u64, map: O) -> u64 {
    // SAFETY: the contract; `map` is a live dict.
    unsafe {
        let status = ffi::PyDict_SetItem(map, *base, *base.add(1));
        drop_operands(base, 2);
        done(status)
    }
}

pub unsafe extern "C" fn run_dict_update(base: *mut O, _arg: u64, map: O) -> u64 {
    // SAFETY: the contract; `map` is a live dict.
    unsafe {
        let update = *base;
        let status = ffi::PyDict_Update(map, update);
        if status < 0 && ffi::PyErr_ExceptionMatches(ffi::PyExc_AttributeError) != 0 {
            let name = (*ffi::Py_TYPE(update)).tp_name;
            ffi::PyErr_Format(
                ffi::PyExc_TypeError,
                c"'%.200s' object is not a mapping".as_ptr(),
                name,
            );
        }
        ffi::Py_DECREF(update);
        done(status)
    }
}
