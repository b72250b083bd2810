//! Binding: the arguments of a call in the order of the parameters.

use super::arguments::{Taken, keyword_count};
use crate::ffi::{self, CO_VARARGS, CO_VARKEYWORDS, PyObject, get, set};
use crate::layout::offsets as at;
use std::ops::Range;
use std::os::raw::c_int;
use std::ptr::null_mut;

type O = *mut PyObject;

/// Parameters that a unit can have.
pub(super) const MAX_PARAMETERS: usize = 32;

/// The arguments of a call in the order of the parameters, defaults filled in; none if the interpreter must bind them
/// (names with a comparison of their own) or would raise. Those for `*args` and `**kwargs` are null: see [`Collected`].
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
        let [rest, named] = collects(code);
        let all = total + usize::from(rest) + usize::from(named);
        if n == all && n == positional && keywords.is_null() {
            return Some(std::slice::from_raw_parts(args, n));
        }
        if n > positional && !rest || all > MAX_PARAMETERS {
            return None;
        }
        room[..all].fill(null_mut());
        let bound = &mut room[..total];
        for (i, slot) in bound.iter_mut().take(n.min(positional)).enumerate() {
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
                let Some(slot) = parameter(names, first..total, keyword) else {
                    if named {
                        continue;
                    }
                    return None;
                };
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
        let complete = !bound.contains(&null_mut());
        complete.then_some(&room[..all])
    }
}

/// The parameter with this name among those of these slots.
unsafe fn parameter(names: O, mut slots: Range<usize>, keyword: O) -> Option<usize> {
    // SAFETY: strings in the tuple of a live code's names; an exact string.
    slots.find(|&slot| unsafe {
        let name = ffi::PyTuple_GET_ITEM(names, slot as isize);
        name == keyword || ffi::PyUnicode_Compare(name, keyword) == 0
    })
}

/// Functions with this code have `*args`, and `**kwargs`.
pub(super) unsafe fn collects(code: O) -> [bool; 2] {
    // SAFETY: a live code object.
    let flags = unsafe { get::<c_int, _>(code, at::CODE_FLAGS) };
    [CO_VARARGS, CO_VARKEYWORDS].map(|flag| flags & flag != 0)
}

/// The tuple and the dict that a call of a function with `*args` or `**kwargs` makes.
pub(super) struct Collected {
    made: [O; 2],
    /// The frame has the references.
    given: bool,
}

impl Collected {
    /// For arguments that [`bind`] takes, of which some may have been `taken`. None: no memory.
    pub(super) unsafe fn of(
        function: O,
        args: *const O,
        n: usize,
        keywords: O,
        taken: Option<&Taken>,
    ) -> Option<Self> {
        // SAFETY: CPython's calling convention; each reference is taken before it is stored.
        unsafe {
            let argument = |i: usize| match taken {
                Some(taken) => taken.argument(args.add(i)),
                None => *args.add(i),
            };
            let code: O = get(function, at::FUNC_CODE);
            let positional = get::<i32, _>(code, at::CODE_ARGCOUNT) as usize;
            let total = positional + get::<i32, _>(code, at::CODE_KWONLY) as usize;
            let [rest, named] = collects(code);
            let mut collected = Collected {
                made: [null_mut(); 2],
                given: false,
            };
            if rest {
                let count = n.saturating_sub(positional);
                let tuple = made(ffi::PyTuple_New(count as isize))?;
                collected.made[0] = tuple;
                for i in 0..count {
                    let arg = ffi::Py_NewRef(argument(positional + i));
                    ffi::PyTuple_SetItem(tuple, i as isize, arg);
                }
            }
            if named {
                let dict = made(ffi::PyDict_New())?;
                collected.made[1] = dict;
                let names: O = get(code, at::CODE_LOCALSPLUSNAMES);
                let first = get::<i32, _>(code, at::CODE_POSONLY) as usize;
                for i in 0..keyword_count(keywords) {
                    let keyword = ffi::PyTuple_GET_ITEM(keywords, i as isize);
                    if parameter(names, first..total, keyword).is_none()
                        && ffi::PyDict_SetItem(dict, keyword, argument(n + i)) < 0
                    {
                        ffi::PyErr_Clear();
                        return None;
                    }
                }
            }
            Some(collected)
        }
    }

    /// Where [`bind`] has left room, at the end.
    pub(super) fn put(&self, bound: &mut [O]) {
        let made = self.made.iter().filter(|o| !o.is_null());
        for (slot, &object) in bound.iter_mut().rev().zip(made.rev()) {
            *slot = object;
        }
    }

    /// The references become the frame's, which takes them up first of all: until then the objects have none.
    pub(super) unsafe fn give(&mut self) {
        self.given = true;
        // SAFETY: nobody else has seen these objects but the empty tuple, which lives for ever.
        unsafe { self.recount(1, 0) }
    }

    /// The call was refused.
    pub(super) unsafe fn take_back(&mut self) {
        self.given = false;
        // SAFETY: nobody has taken the references.
        unsafe { self.recount(0, 1) }
    }

    unsafe fn recount(&self, from: isize, to: u32) {
        // SAFETY: live objects.
        unsafe {
            for &object in self.made.iter().filter(|o| !o.is_null()) {
                if ffi::Py_REFCNT(object) == from {
                    set(object, 0, to);
                }
            }
        }
    }
}

impl Drop for Collected {
    fn drop(&mut self) {
        if !self.given {
            // SAFETY: our references; the GIL is held.
            unsafe { self.made.iter().for_each(|&o| ffi::Py_XDECREF(o)) }
        }
    }
}

unsafe fn made(object: O) -> Option<O> {
    if object.is_null() {
        // SAFETY: the GIL is held.
        unsafe { ffi::PyErr_Clear() }
        return None;
    }
    Some(object)
}
