//! Strings.

use super::pure::quiet;
use crate::ffi::{self, PyObject};

type O = *mut PyObject;

/// Character `index` of an exact `str`, a new reference; null if it is out of range.
pub unsafe extern "C" fn str_item(string: O, index: i64) -> O {
    // SAFETY: the helpers' contract; an exact `str`, and the index is within it when its data is read.
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
    // SAFETY: the helpers' contract; two exact `str` of the same kind and length, of which no more than that is read.
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
    // SAFETY: the helpers' contract; two exact `str`.
    unsafe { quiet(ffi::PyUnicode_Concat(left, right)) }
}

/// The same, where the caller gives up its reference of `left`, unless the result is null. If that was the only one,
/// the characters are added in place, so that a loop of `s += t` takes linear time (Objects/unicodeobject.c,
/// `PyUnicode_Append`, which would lose `left` on an error).
pub unsafe extern "C" fn str_append(left: O, right: O) -> O {
    // SAFETY: the helpers' contract; two exact `str`. `left` is resized only if the caller's reference is the only one.
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

/// `int(text)` of an exact string in ASCII: the number, 1 if it is none, 0 if it is large or the object is something else
/// (Objects/longobject.c, `PyLong_FromString`).
pub unsafe extern "C" fn pure_int_of(object: O) -> u64 {
    // SAFETY: the helpers' contract; a string's UTF-8 form lives as long as it does, and one in ASCII is that form.
    unsafe {
        if ffi::PyUnicode_CheckExact(object) == 0 || ffi::PyUnicode_IS_ASCII(object) == 0 {
            return 0;
        }
        let mut size = 0;
        let bytes = ffi::PyUnicode_AsUTF8AndSize(object, &mut size);
        if bytes.is_null() {
            ffi::PyErr_Clear();
            return 0;
        }
        let text = std::slice::from_raw_parts(bytes.cast::<u8>(), size as usize);
        match decimal(text) {
            Some(Some(number)) => super::box_int(number) as u64,
            Some(None) => 1,
            None => 0,
        }
    }
}

/// The number that a text says in decimal digits, or that it says none; none: it is long.
fn decimal(text: &[u8]) -> Option<Option<i64>> {
    // There may be a limit of digits, not below 640.
    if text.len() > 600 {
        return None;
    }
    let space = |c: &u8| matches!(c, 9..=13 | 32);
    let start = text.iter().position(|c| !space(c));
    let Some(start) = start else {
        return Some(None);
    };
    let end = text.iter().rposition(|c| !space(c)).unwrap_or(start) + 1;
    let (sign, digits) = match &text[start..end] {
        [b'-', digits @ ..] => (-1, digits),
        [b'+', digits @ ..] => (1, digits),
        digits => (1, digits),
    };
    let mut number = 0i64;
    let mut before = b'_';
    for &c in digits {
        match c {
            b'0'..=b'9' => {
                number = number.checked_mul(10)?.checked_add(i64::from(c - b'0'))?;
            }
            b'_' if before != b'_' => {}
            _ => return Some(None),
        }
        before = c;
    }
    Some((before != b'_').then_some(sign * number))
}
