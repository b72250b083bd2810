//! The boxes of locals whose values are in registers. The slot of the local is `offset` bytes from the frame's start.

use crate::ffi::{self, Frame, PyObject, get, set};
use crate::layout::offsets as at;

type O = *mut PyObject;

fn slot_at(frame: *mut Frame, offset: usize) -> *mut O {
    frame.cast::<u8>().wrapping_add(offset).cast()
}

/// Keeps a local's box in the frame up to date with the register that holds its value: a box that only the slot
/// refers to is overwritten.
pub unsafe extern "C" fn sync_float(frame: *mut Frame, offset: usize, value: f64) {
    // SAFETY: a slot of the frame, which owns its object or is null; a box that only it refers to may be changed.
    unsafe {
        let slot = slot_at(frame, offset);
        let old = *slot;
        if !old.is_null()
            && ffi::Py_REFCNT(old) == 1
            && ffi::Py_TYPE(old) == &raw mut ffi::PyFloat_Type
        {
            set(old, at::FLOAT_VALUE, value);
            return;
        }
        *slot = crate::helpers::box_float(value);
        ffi::Py_XDECREF(old);
    }
}

/// As [`sync_float`]. Small integers are shared and compared by identity in practice: they are never made this way.
pub unsafe extern "C" fn sync_int(frame: *mut Frame, offset: usize, value: i64) {
    // SAFETY: a slot of the frame, which owns its object or is null; a box of one digit that only it refers to may be changed.
    unsafe {
        let slot = slot_at(frame, offset);
        let old = *slot;
        if !old.is_null() && ffi::Py_TYPE(old) == &raw mut ffi::PyLong_Type {
            let size = value.unsigned_abs();
            // The tag of one digit: 2 for a negative sign.
            let tag = 1 << 3 | if value < 0 { 2 } else { 0 };
            let compact = (257..1 << 30).contains(&size);
            if compact && ffi::Py_REFCNT(old) == 1 {
                set(old, at::LONG_TAG, tag);
                set(old, at::LONG_DIGITS, size as u32);
                return;
            }
            if compact
                && get::<u64, _>(old, at::LONG_TAG) == tag
                && u64::from(get::<u32, _>(old, at::LONG_DIGITS)) == size
            {
                return;
            }
        }
        *slot = crate::helpers::box_int(value);
        ffi::Py_XDECREF(old);
    }
}

/// As [`sync_float`], for a bool or a constant.
pub unsafe extern "C" fn sync_object(frame: *mut Frame, offset: usize, value: O) {
    // SAFETY: a slot of the frame, which owns its object or is null; `value` is live.
    unsafe {
        let slot = slot_at(frame, offset);
        let old = *slot;
        ffi::Py_INCREF(value);
        *slot = value;
        ffi::Py_XDECREF(old);
    }
}
