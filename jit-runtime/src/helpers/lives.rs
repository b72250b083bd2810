//! Ends of objects' lives. Native code drops references itself; where that may run Python code, it is put off until a
//! frame is in place.

use super::objects::free_float;
use crate::dispatch;
use crate::ffi::{self, Frame, PyObject, get, set};
use crate::frame;
use crate::layout::offsets as at;
use crate::shape;
use std::cell::RefCell;

type O = *mut PyObject;

/// The reference count is 0 and the type's end runs no Python code.
pub unsafe extern "C" fn dealloc(object: O) {
    // SAFETY: the helpers' contract; the last reference was dropped.
    unsafe { end(object) }
}

/// Ends the life of an object with no reference left.
#[inline(always)]
unsafe fn end(object: O) {
    // SAFETY: the last reference was dropped.
    unsafe {
        if ffi::Py_TYPE(object) == &raw mut ffi::PyFloat_Type {
            return free_float(object);
        }
        #[cfg(Py_3_13)]
        if let Some(values) = shape::plain_values(object) {
            return shape::free_plain_instance(object, values, end_value);
        }
        ffi::_Py_Dealloc(object);
    }
}

/// [`end`] of what an instance holds.
#[cfg(Py_3_13)]
unsafe fn end_value(object: O) {
    // SAFETY: as for `end`.
    unsafe { end(object) }
}

/// The reference count is 0. Ends the object's life, which may run Python code, in a complete frame that is at `pointer`.
/// Not 0: the unit, by its word, must not go on.
pub unsafe extern "C" fn end_object(
    object: O,
    frame: *mut Frame,
    pointer: usize,
    unit: *const u64,
) -> u64 {
    // SAFETY: the helpers' contract; the frame is current and its locals and stack are complete; the unit's word lives as
    // long as the process.
    unsafe {
        set(frame, at::FRAME_INSTR, pointer);
        ffi::_Py_Dealloc(object);
        let ts = ffi::thread();
        let watched = *unit != 0 || dispatch::is_watched(ts) || frame::is_exposed(frame);
        u64::from(watched)
    }
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
        // SAFETY: each entry is a reference that native code gave up.
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
pub(super) unsafe fn is_harmless(object: O, depth: u32) -> bool {
    // SAFETY: a live object.
    unsafe { Survey::of(object, depth, true) }
}

/// The object's end can never be seen, whatever is done with it before: as `is_harmless`, instances of classes excluded
/// (a weak reference to one may still be made).
pub(crate) unsafe fn is_inert(object: O) -> bool {
    // SAFETY: a live object.
    unsafe { Survey::of(object, 3, false) }
}

/// At first sight the object's end runs no Python code: it is a number or a string, or an instance of a plain class that
/// refers to such, or to what others refer to as well.
#[inline(always)]
unsafe fn is_plain(object: O) -> bool {
    // SAFETY: a live object.
    unsafe { is_atomic(object) || shape::plain_values(object).is_some_and(|v| end_plainly(v)) }
}

/// The ends of references to these run no Python code, at first sight.
#[inline(always)]
unsafe fn end_plainly(values: &[O]) -> bool {
    // SAFETY: live objects, or null.
    unsafe {
        let gone = |value| values.iter().filter(|&&v| v == value).count() as isize;
        values.iter().all(|&value| {
            value.is_null()
                || ffi::Py_TYPE(value) == &raw mut ffi::PyFloat_Type
                || ffi::Py_REFCNT(value) > values.len() as isize
                || is_atomic(value)
                || ffi::Py_REFCNT(value) > gone(value)
        })
    }
}

/// Ends the life of an object with no reference left, if that runs no Python code, at a survey to this depth.
#[inline(always)]
unsafe fn try_end(object: O, depth: u32) -> bool {
    // SAFETY: the last reference was dropped.
    unsafe {
        if ffi::Py_TYPE(object) == &raw mut ffi::PyFloat_Type {
            free_float(object);
            return true;
        }
        #[cfg(Py_3_13)]
        if let Some(values) = shape::plain_values(object)
            && end_plainly(values)
        {
            shape::free_plain_instance(object, values, end_value);
            return true;
        }
        let ends = is_plain(object) || is_harmless(object, depth);
        if ends {
            end(object);
        }
        ends
    }
}

/// What an object's end would drop.
struct Survey {
    /// Instances of plain classes may end.
    instances: bool,
    /// Objects that others refer to as well, and how many references of theirs would go.
    shared: Vec<(O, isize)>,
    /// Items of containers that may still be looked at. To leave native code takes less than to look at more.
    items: isize,
}

/// Items that a survey looks at.
const ITEMS: isize = 500;

/// More shared objects are not counted.
const SHARED: usize = 16;

impl Survey {
    /// The end of the object, and of what ends with it down to `depth`, runs no Python code.
    unsafe fn of(object: O, depth: u32, instances: bool) -> bool {
        let mut survey = Survey {
            instances,
            shared: Vec::new(),
            items: ITEMS,
        };
        // SAFETY: a live object; so is whatever it refers to.
        unsafe {
            survey.ends(object, depth)
                && survey
                    .shared
                    .iter()
                    .all(|&(object, gone)| ffi::Py_REFCNT(object) > gone)
        }
    }

    /// A reference to the object would be dropped.
    unsafe fn drops(&mut self, object: O, depth: u32) -> bool {
        // SAFETY: a live object.
        unsafe {
            if is_atomic(object) {
                return true;
            }
            if ffi::Py_REFCNT(object) == 1 {
                return self.ends(object, depth);
            }
        }
        if let Some((_, gone)) = self.shared.iter_mut().find(|(o, _)| *o == object) {
            *gone += 1;
        } else if self.shared.len() < SHARED {
            self.shared.push((object, 1));
        } else {
            return false;
        }
        true
    }

    /// The object would end.
    unsafe fn ends(&mut self, object: O, depth: u32) -> bool {
        // SAFETY: a live object; the fields read are those of the exact type that was tested, and its items are live or
        // null.
        unsafe {
            if is_atomic(object) {
                return true;
            }
            if depth == 0 {
                return false;
            }
            let ty = ffi::Py_TYPE(object);
            let items: *mut O = if ty == &raw mut ffi::PyList_Type {
                get(object, at::LIST_ITEMS)
            } else if ty == &raw mut ffi::PyTuple_Type {
                object.cast::<u8>().add(at::TUPLE_ITEMS).cast()
            } else if ty == &raw mut ffi::PyListIter_Type || ty == &raw mut ffi::PyTupleIter_Type {
                let seq: O = get(object, at::LISTITER_SEQ);
                return seq.is_null() || self.drops(seq, depth - 1);
            } else {
                return self.instances && shape::ends_plainly(object, |o| self.drops(o, depth - 1));
            };
            let size: isize = get(object, at::VAR_SIZE);
            self.items -= size;
            self.items >= 0
                && (0..size).all(|i| {
                    let item = *items.offset(i);
                    item.is_null() || is_atomic(item) || self.drops(item, depth - 1)
                })
        }
    }
}

/// Numbers, strings and the like: they refer to nothing.
#[inline(always)]
pub(crate) unsafe fn is_atomic(object: O) -> bool {
    // SAFETY: a live object.
    unsafe {
        let ty = ffi::Py_TYPE(object);
        ty == &raw mut ffi::PyLong_Type
            || ty == &raw mut ffi::PyFloat_Type
            || ty == &raw mut ffi::PyUnicode_Type
            || ty == &raw mut ffi::PyBytes_Type
            || ty == &raw mut ffi::PyBool_Type
            || ty == &raw mut ffi::PyComplex_Type
            || ty == &raw mut ffi::PyRangeIter_Type
            || ty == &raw mut ffi::PyRange_Type
            || object == ffi::Py_None()
    }
}

/// The reference count has reached 0. Ends the object's life if that runs no Python code and returns 0; else keeps it
/// for [`drop_deferred`] and returns 1: the caller leaves native code.
pub unsafe extern "C" fn free_or_defer(object: O) -> u64 {
    // SAFETY: the helpers' contract; the last reference was dropped, so the object is this function's alone.
    unsafe {
        if try_end(object, 3) {
            return 0;
        }
        set(object, 0, 1u32);
    }
    DEFERRED.with_borrow_mut(|all| all.push(object as usize));
    1
}

/// The reference count has reached 0, but native code still has the object on its stack: it lives on until that leaves.
pub unsafe extern "C" fn defer_end(object: O) {
    // SAFETY: the helpers' contract; the last reference was dropped, so the object is this function's alone.
    unsafe { set(object, 0, 1u32) };
    DEFERRED.with_borrow_mut(|all| all.push(object as usize));
}

/// The reference count has reached 0: ends the object's life and returns 1 if that runs no Python code.
pub unsafe extern "C" fn free_plainly(object: O) -> u64 {
    // SAFETY: the helpers' contract; the last reference was dropped, so the object is this function's alone.
    unsafe { u64::from(try_end(object, 2)) }
}

/// Drops a reference (or null); the end of the object's life is deferred if it may run Python code.
pub unsafe extern "C" fn release(object: O) {
    // SAFETY: the helpers' contract; the caller gives its reference up.
    unsafe {
        if object.is_null() {
            return;
        }
        if ffi::Py_REFCNT(object) > 1 {
            ffi::Py_DECREF(object);
        } else {
            set(object, 0, 0u32);
            free_or_defer(object);
        }
    }
}

/// The reference about to be dropped is not the last one, or the object's end runs no Python code.
pub unsafe extern "C" fn frees_safely(object: O) -> u64 {
    // SAFETY: the helpers' contract.
    unsafe {
        let safe = object.is_null()
            || ffi::Py_REFCNT(object) > 1
            || is_plain(object)
            || is_harmless(object, 3);
        u64::from(safe)
    }
}
