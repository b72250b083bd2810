//! Operators, comparisons, truth and formatting.

use super::drop_operands;
use crate::ffi::{self, PyObject};
use std::ptr::null_mut;

type O = *mut PyObject;

/// Arithmetic numbered as `BINARY_OP`, in place from 13 on.
pub unsafe extern "C" fn run_binary(base: *mut O, op: u64, _extra: u64) -> O {
    // SAFETY: the contract; its operands are used up here.
    unsafe {
        let (a, b) = (*base, *base.add(1));
        let result = match op {
            0 => ffi::PyNumber_Add(a, b),
            1 => ffi::PyNumber_And(a, b),
            2 => ffi::PyNumber_FloorDivide(a, b),
            3 => ffi::PyNumber_Lshift(a, b),
            4 => ffi::PyNumber_MatrixMultiply(a, b),
            5 => ffi::PyNumber_Multiply(a, b),
            6 => ffi::PyNumber_Remainder(a, b),
            7 => ffi::PyNumber_Or(a, b),
            8 => ffi::PyNumber_Power(a, b, ffi::Py_None()),
            9 => ffi::PyNumber_Rshift(a, b),
            10 => ffi::PyNumber_Subtract(a, b),
            11 => ffi::PyNumber_TrueDivide(a, b),
            12 => ffi::PyNumber_Xor(a, b),
            13 => ffi::PyNumber_InPlaceAdd(a, b),
            14 => ffi::PyNumber_InPlaceAnd(a, b),
            15 => ffi::PyNumber_InPlaceFloorDivide(a, b),
            16 => ffi::PyNumber_InPlaceLshift(a, b),
            17 => ffi::PyNumber_InPlaceMatrixMultiply(a, b),
            18 => ffi::PyNumber_InPlaceMultiply(a, b),
            19 => ffi::PyNumber_InPlaceRemainder(a, b),
            20 => ffi::PyNumber_InPlaceOr(a, b),
            21 => ffi::PyNumber_InPlacePower(a, b, ffi::Py_None()),
            22 => ffi::PyNumber_InPlaceRshift(a, b),
            23 => ffi::PyNumber_InPlaceSubtract(a, b),
            24 => ffi::PyNumber_InPlaceTrueDivide(a, b),
            _ => ffi::PyNumber_InPlaceXor(a, b),
        };
        drop_operands(base, 2);
        result
    }
}

/// 0: `-a`, 1: `~a`, 2: `+a`.
pub unsafe extern "C" fn run_unary(base: *mut O, op: u64, _extra: u64) -> O {
    // SAFETY: the contract; its operands are used up here.
    unsafe {
        let a = *base;
        let result = match op {
            0 => ffi::PyNumber_Negative(a),
            1 => ffi::PyNumber_Invert(a),
            _ => ffi::PyNumber_Positive(a),
        };
        ffi::Py_DECREF(a);
        result
    }
}

pub unsafe extern "C" fn run_compare(base: *mut O, op: u64, _extra: u64) -> O {
    // SAFETY: the contract; its operands are used up here.
    unsafe {
        let result = ffi::PyObject_RichCompare(*base, *base.add(1), op as i32);
        drop_operands(base, 2);
        result
    }
}

/// 0, 1 or -1.
pub unsafe extern "C" fn run_truth(base: *mut O, _arg: u64, _extra: u64) -> i64 {
    // SAFETY: the contract; its operands are used up here.
    unsafe {
        let result = ffi::PyObject_IsTrue(*base);
        ffi::Py_DECREF(*base);
        i64::from(result)
    }
}

/// Item, container: 0, 1 or -1.
pub unsafe extern "C" fn run_contains(base: *mut O, _arg: u64, _extra: u64) -> i64 {
    // SAFETY: the contract; its operands are used up here.
    unsafe {
        let result = ffi::PySequence_Contains(*base.add(1), *base);
        drop_operands(base, 2);
        i64::from(result)
    }
}

/// Length, or -1.
pub unsafe extern "C" fn run_len(base: *mut O, _arg: u64, _extra: u64) -> i64 {
    // SAFETY: the contract; its operands are used up here.
    unsafe {
        let size = ffi::PyObject_Size(*base);
        ffi::Py_DECREF(*base);
        size as i64
    }
}

pub unsafe extern "C" fn run_build_string(base: *mut O, n: u64, _extra: u64) -> O {
    // SAFETY: the contract; `n` operands, each a str.
    unsafe {
        let empty = ffi::PyUnicode_FromStringAndSize(null_mut(), 0);
        let result = ffi::_PyUnicode_JoinArray(empty, base, n as isize);
        ffi::Py_XDECREF(empty);
        drop_operands(base, n as usize);
        result
    }
}

/// `format(value, spec)`; without a spec a str is its own result.
pub unsafe extern "C" fn run_format(base: *mut O, spec: u64, _extra: u64) -> O {
    // SAFETY: the contract; its operands are used up here.
    unsafe {
        let value = *base;
        if spec == 0 && ffi::PyUnicode_CheckExact(value) != 0 {
            return value;
        }
        let spec_object = if spec != 0 { *base.add(1) } else { null_mut() };
        let result = ffi::PyObject_Format(value, spec_object);
        drop_operands(base, 1 + spec as usize);
        result
    }
}

/// 1: `str`, 2: `repr`, 3: `ascii`.
pub unsafe extern "C" fn run_convert(base: *mut O, kind: u64, _extra: u64) -> O {
    // SAFETY: the contract; its operands are used up here.
    unsafe {
        let value = *base;
        let result = match kind {
            1 => ffi::PyObject_Str(value),
            2 => ffi::PyObject_Repr(value),
            _ => ffi::PyObject_ASCII(value),
        };
        ffi::Py_DECREF(value);
        result
    }
}

/// FORMAT_VALUE of 3.12: a conversion in the low bits of `arg`, then formatting, by a specification if bit 2 is set.
pub unsafe extern "C" fn run_format_value(base: *mut O, arg: u64, extra: u64) -> O {
    // SAFETY: the contract; its operands are used up here.
    unsafe {
        if arg & 3 != 0 {
            let converted = run_convert(base, arg & 3, extra);
            if converted.is_null() {
                if arg & 4 != 0 {
                    ffi::Py_DECREF(*base.add(1));
                }
                return converted;
            }
            *base = converted;
        }
        run_format(base, arg >> 2 & 1, extra)
    }
}
