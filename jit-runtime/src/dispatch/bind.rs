//! Binding: the arguments of a call in the order of the parameters.

use crate::ffi::{self, PyObject, get};
use crate::layout::offsets as at;
use std::os::raw::c_int;
use std::ptr::null_mut;

type O = *mut PyObject;

/// Parameters that a unit can have.
pub(super) const MAX_PARAMETERS: usize = 32;

/// The arguments of a call in the order of the parameters, defaults filled in; none if the interpreter must bind them
/// (`*args`, `**kwargs`, names with a comparison of their own) or would raise.
pub(super) unsafe fn bind(
    function: O,
    args: *const O,
    n: usize,
    keywords: O,
    room: &mut [O; MAX_PARAMETERS],
) -> Option<&[O]> {
    // SAFETY: CPython's calling convention; tuples and dicts of a live function and its code.
    unsafe {
        let code: O = get(function, at::FUNC_CODE);
        let positional = get::<i32, _>(code, at::CODE_ARGCOUNT) as usize;
        let total = positional + get::<i32, _>(code, at::CODE_KWONLY) as usize;
        const VARIABLE: c_int = 0x04 | 0x08;
        if get::<c_int, _>(code, at::CODE_FLAGS) & VARIABLE != 0 {
            return None;
        }
        if n == total && n == positional && keywords.is_null() {
            return Some(std::slice::from_raw_parts(args, n));
        }
        if n > positional || total > MAX_PARAMETERS {
            return None;
        }
        let bound = &mut room[..total];
        bound.fill(null_mut());
        for (i, slot) in bound.iter_mut().take(n).enumerate() {
            *slot = *args.add(i);
        }
        let names: O = get(code, at::CODE_LOCALSPLUSNAMES);
        if !keywords.is_null() {
            let first = get::<i32, _>(code, at::CODE_POSONLY) as usize;
            for i in 0..ffi::PyTuple_GET_SIZE(keywords) {
                let keyword = ffi::PyTuple_GET_ITEM(keywords, i);
                if ffi::PyUnicode_CheckExact(keyword) == 0 {
                    return None;
                }
                let slot = (first..total).find(|&slot| {
                    let name = ffi::PyTuple_GET_ITEM(names, slot as isize);
                    name == keyword || ffi::PyUnicode_Compare(name, keyword) == 0
                })?;
                if !bound[slot].is_null() {
                    return None;
                }
                bound[slot] = *args.add(n + i as usize);
            }
        }
        let defaults: O = get(function, at::FUNC_DEFAULTS);
        if !defaults.is_null() {
            let m = ffi::PyTuple_GET_SIZE(defaults) as usize;
            for i in 0..m.min(positional) {
                let slot = &mut bound[positional - 1 - i];
                if slot.is_null() {
                    *slot = ffi::PyTuple_GET_ITEM(defaults, (m - 1 - i) as isize);
                }
            }
        }
        let kwdefaults: O = get(function, at::FUNC_KWDEFAULTS);
        if !kwdefaults.is_null() {
            for (slot, value) in bound.iter_mut().enumerate().skip(positional) {
                if value.is_null() {
                    let name = ffi::PyTuple_GET_ITEM(names, slot as isize);
                    *value = ffi::PyDict_GetItemWithError(kwdefaults, name);
                    if value.is_null() {
                        ffi::PyErr_Clear();
                    }
                }
            }
        }
        (!bound.contains(&null_mut())).then_some(&*bound)
    }
}
