//! Operations that may run Python code, for units with a frame.
//!
//! Compiled code brings the frame up to date first (instruction pointer, locals), puts the operands where the
//! interpreter has them, on the frame's value stack from `base` on, and calls a helper with `(base, arg, extra)`. The
//! helper uses the operands up, as the interpreter's instruction does and in its order, and returns the result, or null
//! (or -1) with an exception set. Results that are several objects are left at `base`, and 1 is returned.
//!
//! SAFETY of everything here: the operands at `base` are owned live objects (null where the interpreter has null), the GIL is
//! held, and the frame is current and complete.
#![allow(clippy::undocumented_unsafe_blocks)]

use crate::dispatch;
use crate::ffi::{self, Frame, PyObject, get, set};
use crate::layout::offsets as at;
use std::ffi::CStr;
use std::ptr::null_mut;

type O = *mut PyObject;

/// Drops `n` operands.
unsafe fn drop_operands(base: *mut O, n: usize) {
    unsafe {
        for i in 0..n {
            ffi::Py_XDECREF(*base.add(i));
        }
    }
}

/// Keeps a local's box in the frame up to date with the register that holds its value: a box that only the slot
/// refers to is overwritten.
pub unsafe extern "C" fn sync_float(slot: *mut O, value: f64) {
    unsafe {
        let old = *slot;
        if !old.is_null()
            && ffi::Py_REFCNT(old) == 1
            && ffi::Py_TYPE(old) == &raw mut ffi::PyFloat_Type
        {
            set(old, at::FLOAT_VALUE, value);
            return;
        }
        *slot = super::box_float(value);
        ffi::Py_XDECREF(old);
    }
}

/// As [`sync_float`]. Small integers are shared and compared by identity in practice: they are never made this way.
pub unsafe extern "C" fn sync_int(slot: *mut O, value: i64) {
    unsafe {
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
        *slot = super::box_int(value);
        ffi::Py_XDECREF(old);
    }
}

/// As [`sync_float`], for a bool or a constant.
pub unsafe extern "C" fn sync_object(slot: *mut O, value: O) {
    unsafe {
        let old = *slot;
        ffi::Py_INCREF(value);
        *slot = value;
        ffi::Py_XDECREF(old);
    }
}

/// Arithmetic numbered as `BINARY_OP`, in place from 13 on.
pub unsafe extern "C" fn run_binary(base: *mut O, op: u64, _extra: u64) -> O {
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
    unsafe {
        let result = ffi::PyObject_RichCompare(*base, *base.add(1), op as i32);
        drop_operands(base, 2);
        result
    }
}

/// 0, 1 or -1.
pub unsafe extern "C" fn run_truth(base: *mut O, _arg: u64, _extra: u64) -> i64 {
    unsafe {
        let result = ffi::PyObject_IsTrue(*base);
        ffi::Py_DECREF(*base);
        i64::from(result)
    }
}

/// Item, container: 0, 1 or -1.
pub unsafe extern "C" fn run_contains(base: *mut O, _arg: u64, _extra: u64) -> i64 {
    unsafe {
        let result = ffi::PySequence_Contains(*base.add(1), *base);
        drop_operands(base, 2);
        i64::from(result)
    }
}

/// Length, or -1.
pub unsafe extern "C" fn run_len(base: *mut O, _arg: u64, _extra: u64) -> i64 {
    unsafe {
        let size = ffi::PyObject_Size(*base);
        ffi::Py_DECREF(*base);
        size as i64
    }
}

pub unsafe extern "C" fn run_subscr(base: *mut O, _arg: u64, _extra: u64) -> O {
    unsafe {
        let result = ffi::PyObject_GetItem(*base, *base.add(1));
        drop_operands(base, 2);
        result
    }
}

fn done(status: i32) -> u64 {
    u64::from(status >= 0)
}

/// Value, container, index; 1 if done.
pub unsafe extern "C" fn run_store_subscr(base: *mut O, _arg: u64, _extra: u64) -> u64 {
    unsafe {
        let status = ffi::PyObject_SetItem(*base.add(1), *base.add(2), *base);
        drop_operands(base, 3);
        done(status)
    }
}

/// Container, index.
pub unsafe extern "C" fn run_delete_subscr(base: *mut O, _arg: u64, _extra: u64) -> u64 {
    unsafe {
        let status = ffi::PyObject_DelItem(*base, *base.add(1));
        drop_operands(base, 2);
        done(status)
    }
}

/// Container, start, stop.
pub unsafe extern "C" fn run_slice(base: *mut O, _arg: u64, _extra: u64) -> O {
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
    unsafe {
        let step = if n == 3 { *base.add(2) } else { null_mut() };
        let result = ffi::PySlice_New(*base, *base.add(1), step);
        drop_operands(base, n as usize);
        result
    }
}

/// `n` objects: keys and values in turn.
pub unsafe extern "C" fn run_build_map(base: *mut O, n: u64, _extra: u64) -> O {
    unsafe {
        let mut map = ffi::PyDict_New();
        for pair in 0..n as usize / 2 {
            if !map.is_null()
                && ffi::PyDict_SetItem(map, *base.add(2 * pair), *base.add(2 * pair + 1)) < 0
            {
                ffi::Py_DECREF(map);
                map = null_mut();
            }
        }
        drop_operands(base, n as usize);
        map
    }
}

/// `n` values and the tuple of their keys.
pub unsafe extern "C" fn run_build_const_map(base: *mut O, n: u64, _extra: u64) -> O {
    unsafe {
        let keys = *base.add(n as usize);
        let mut map = ffi::PyDict_New();
        for i in 0..n as usize {
            let key = ffi::PyTuple_GET_ITEM(keys, i as isize);
            if !map.is_null() && ffi::PyDict_SetItem(map, key, *base.add(i)) < 0 {
                ffi::Py_DECREF(map);
                map = null_mut();
            }
        }
        drop_operands(base, n as usize + 1);
        map
    }
}

pub unsafe extern "C" fn run_build_set(base: *mut O, n: u64, _extra: u64) -> O {
    unsafe {
        let mut set = ffi::PySet_New(null_mut());
        for i in 0..n as usize {
            if !set.is_null() && ffi::PySet_Add(set, *base.add(i)) < 0 {
                ffi::Py_DECREF(set);
                set = null_mut();
            }
        }
        drop_operands(base, n as usize);
        set
    }
}

pub unsafe extern "C" fn run_build_string(base: *mut O, n: u64, _extra: u64) -> O {
    unsafe {
        let empty = ffi::PyUnicode_FromStringAndSize(null_mut(), 0);
        let result = ffi::_PyUnicode_JoinArray(empty, base, n as isize);
        ffi::Py_XDECREF(empty);
        drop_operands(base, n as usize);
        result
    }
}

/// A TypeError is set because `object` is not iterable: says so in the words of the instruction, which name its type.
unsafe fn reword_not_iterable(object: O, words: &CStr) {
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

/// Extends the list `extra`; errors as the interpreter words them.
pub unsafe extern "C" fn run_list_extend(base: *mut O, _arg: u64, list: O) -> u64 {
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
    unsafe {
        let status = ffi::_PySet_Update(set, *base);
        ffi::Py_DECREF(*base);
        done(status)
    }
}

pub unsafe extern "C" fn run_set_add(base: *mut O, _arg: u64, set: O) -> u64 {
    unsafe {
        let status = ffi::PySet_Add(set, *base);
        ffi::Py_DECREF(*base);
        done(status)
    }
}

/// Key and value into the dict `extra`.
pub unsafe extern "C" fn run_map_add(base: *mut O, _arg: u64, map: O) -> u64 {
    unsafe {
        let status = ffi::PyDict_SetItem(map, *base, *base.add(1));
        drop_operands(base, 2);
        done(status)
    }
}

pub unsafe extern "C" fn run_dict_update(base: *mut O, _arg: u64, map: O) -> u64 {
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

/// `format(value, spec)`; without a spec a str is its own result.
pub unsafe extern "C" fn run_format(base: *mut O, spec: u64, _extra: u64) -> O {
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

pub unsafe extern "C" fn run_get_iter(base: *mut O, _arg: u64, _extra: u64) -> O {
    unsafe {
        let result = ffi::PyObject_GetIter(*base);
        ffi::Py_DECREF(*base);
        result
    }
}

/// Next item of the iterator `extra` at `*base`: 1; exhausted: 0; error: -1.
pub unsafe extern "C" fn run_iter_next(base: *mut O, _arg: u64, iter: O) -> i64 {
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
            ffi::PyErr_Clear();
        }
        0
    }
}

/// `iter(sequence)` of an unpacking, or null with its error.
unsafe fn unpacking_iter(sequence: O) -> O {
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
    unsafe {
        for item in items.into_iter().rev() {
            ffi::Py_DECREF(item);
        }
    }
}

/// `n` items of the iterable at `base` are left there, first one first.
pub unsafe extern "C" fn run_unpack(base: *mut O, n: u64, _extra: u64) -> u64 {
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

pub unsafe extern "C" fn run_load_attr(base: *mut O, _arg: u64, name: O) -> O {
    unsafe {
        let object = *base;
        let result = ffi::PyObject_GetAttr(object, name);
        ffi::Py_DECREF(object);
        result
    }
}

/// Value, object.
pub unsafe extern "C" fn run_store_attr(base: *mut O, _arg: u64, name: O) -> u64 {
    unsafe {
        let status = ffi::PyObject_SetAttr(*base.add(1), name, *base);
        drop_operands(base, 2);
        done(status)
    }
}

pub unsafe extern "C" fn run_delete_attr(base: *mut O, _arg: u64, name: O) -> u64 {
    unsafe {
        let status = ffi::PyObject_SetAttr(*base, name, null_mut());
        ffi::Py_DECREF(*base);
        done(status)
    }
}

/// Leaves what was no method to be called: the attribute and null, in the order of the version.
unsafe fn leave_attribute(base: *mut O, attribute: O) {
    unsafe {
        let (callable, null) = callable_and_null(base);
        *callable = attribute;
        *null = null_mut();
    }
}

/// Where the interpreter has a callable that is not a method, and the null beside it.
unsafe fn callable_and_null(base: *mut O) -> (*mut O, *mut O) {
    unsafe {
        if cfg!(Py_3_13) {
            (base, base.add(1))
        } else {
            (base.add(1), base)
        }
    }
}

/// Method and self at `base`, or attribute and null, in the order of the version.
pub unsafe extern "C" fn run_load_method(base: *mut O, _arg: u64, name: O) -> u64 {
    unsafe {
        let object = *base;
        let mut method: O = null_mut();
        let unbound = ffi::_PyObject_GetMethod(object, name, &mut method);
        if unbound != 0 {
            *base = method;
            *base.add(1) = object;
            return 1;
        }
        ffi::Py_DECREF(object);
        if method.is_null() {
            return 0;
        }
        leave_attribute(base, method);
        1
    }
}

/// `super(class, self).name`: the global `super`, class, self; `two`: written with both arguments. With `method`, two
/// results as of `run_load_method`.
pub unsafe extern "C" fn run_load_super(base: *mut O, flags: u64, name: O) -> O {
    unsafe {
        let (two, method) = (flags & 2 != 0, flags & 1 != 0);
        let known = *base == (&raw mut ffi::PySuper_Type).cast::<PyObject>();
        let n = if two || known { 2 } else { 0 };
        let object = ffi::PyObject_Vectorcall(*base, base.add(1), n, null_mut());
        drop_operands(base, 3);
        if object.is_null() {
            return null_mut();
        }
        let result = ffi::PyObject_GetAttr(object, name);
        ffi::Py_DECREF(object);
        if !method || result.is_null() {
            return result;
        }
        leave_attribute(base, result);
        // Any non-null word: done.
        result
    }
}

/// A bound method as the callable becomes its function and self (Python/bytecodes.c, `CALL`).
unsafe fn unpack_method(base: *mut O) {
    unsafe {
        let (callable, null) = callable_and_null(base);
        let method = *callable;
        if !(*null).is_null() || ffi::Py_TYPE(method) != &raw mut ffi::PyMethod_Type {
            return;
        }
        let (function, this) = (ffi::PyMethod_Function(method), ffi::PyMethod_Self(method));
        ffi::Py_INCREF(function);
        ffi::Py_INCREF(this);
        // The lower word is the function, the upper one self, on both versions.
        *base = function;
        *base.add(1) = this;
        ffi::Py_DECREF(method);
    }
}

/// CALL: two words that name the callable (and self or null), then `n` arguments; `keywords`: names of the last ones.
pub unsafe extern "C" fn run_call(base: *mut O, n: u64, keywords: O) -> O {
    unsafe {
        let n = n as usize;
        unpack_method(base);
        let (callable, bound) = if cfg!(Py_3_13) {
            (*base, !(*base.add(1)).is_null())
        } else if (*base).is_null() {
            (*base.add(1), false)
        } else {
            (*base, true)
        };
        let total = n + usize::from(bound);
        let args = base.add(2 - usize::from(bound));
        let named = if keywords.is_null() {
            0
        } else {
            ffi::PyTuple_GET_SIZE(keywords) as usize
        };
        let ts = ffi::thread();
        let depth = ffi::c_recursion(ts);
        // The interpreter would run a Python function without using the C stack's counter.
        *depth += dispatch::C_CREDIT;
        // Nor would it keep the arguments: they move into the frame.
        let moved = dispatch::moved_arguments(ts, callable, args, total - named, keywords);
        let caller = dispatch::is_pythons(callable)
            .then(|| dispatch::suspended(ts, callable, args, total - named))
            .flatten();
        let result = match &moved {
            Some(copy) => ffi::PyObject_Vectorcall(callable, copy.as_ptr(), copy.len(), keywords),
            None => ffi::PyObject_Vectorcall(
                callable,
                args,
                (total - named) | ffi::VECTORCALL_OFFSET,
                keywords,
            ),
        };
        if let Some(caller) = caller {
            caller.over(result);
        }
        *depth -= dispatch::C_CREDIT;
        ffi::Py_DECREF(callable);
        for i in 0..total {
            ffi::Py_DECREF(*args.add(i));
        }
        result
    }
}

/// CALL_FUNCTION_EX: two words that name the callable, positional arguments (a tuple), perhaps keywords (a dict).
pub unsafe extern "C" fn run_call_ex(base: *mut O, has_keywords: u64, _extra: u64) -> O {
    unsafe {
        let callable = *callable_and_null(base).0;
        let arguments = *base.add(2);
        let keywords = if has_keywords != 0 {
            *base.add(3)
        } else {
            null_mut()
        };
        let tuple = if ffi::PyTuple_CheckExact(arguments) != 0 {
            ffi::Py_INCREF(arguments);
            arguments
        } else {
            ffi::PySequence_Tuple(arguments)
        };
        let result = if tuple.is_null() {
            null_mut()
        } else {
            ffi::PyObject_Call(callable, tuple, keywords)
        };
        ffi::Py_XDECREF(tuple);
        ffi::Py_DECREF(callable);
        ffi::Py_DECREF(arguments);
        ffi::Py_XDECREF(keywords);
        result
    }
}

/// A global by name, as `LOAD_GLOBAL` finds it in the frame `extra`.
pub unsafe extern "C" fn run_load_global(name: O, frame: *mut Frame) -> O {
    unsafe {
        let globals: O = get(frame, at::FRAME_GLOBALS);
        let builtins: O = get(frame, at::FRAME_BUILTINS);
        let mut found = ffi::PyDict_GetItemWithError(globals, name);
        if found.is_null() && ffi::PyErr_Occurred().is_null() {
            if ffi::PyDict_CheckExact(builtins) != 0 {
                found = ffi::PyDict_GetItemWithError(builtins, name);
            } else {
                let object = ffi::PyObject_GetItem(builtins, name);
                if !object.is_null() {
                    return object;
                }
                if ffi::PyErr_ExceptionMatches(ffi::PyExc_KeyError) == 0 {
                    return null_mut();
                }
                ffi::PyErr_Clear();
            }
        }
        if found.is_null() {
            if ffi::PyErr_Occurred().is_null() {
                unbound_name(name);
            }
            return null_mut();
        }
        ffi::Py_INCREF(found);
        found
    }
}

/// NameError with its `name`, as `_PyEval_FormatExcCheckArg` makes it.
unsafe fn unbound_name(name: O) {
    unsafe {
        ffi::PyErr_Format(
            ffi::PyExc_NameError,
            c"name '%U' is not defined".as_ptr(),
            name,
        );
        let raised = ffi::PyErr_GetRaisedException();
        if !raised.is_null() {
            ffi::PyObject_SetAttrString(raised, c"name".as_ptr(), name);
            ffi::PyErr_SetRaisedException(raised);
        }
    }
}

/// A name of a module or class body.
pub unsafe extern "C" fn run_load_name(name: O, frame: *mut Frame) -> O {
    unsafe {
        let locals: O = get(frame, at::FRAME_LOCALS);
        if !locals.is_null() {
            if ffi::PyDict_CheckExact(locals) != 0 {
                let found = ffi::PyDict_GetItemWithError(locals, name);
                if !found.is_null() {
                    ffi::Py_INCREF(found);
                    return found;
                }
                if !ffi::PyErr_Occurred().is_null() {
                    return null_mut();
                }
            } else {
                let found = ffi::PyObject_GetItem(locals, name);
                if !found.is_null() {
                    return found;
                }
                if ffi::PyErr_ExceptionMatches(ffi::PyExc_KeyError) == 0 {
                    return null_mut();
                }
                ffi::PyErr_Clear();
            }
        }
        run_load_global(name, frame)
    }
}

/// The value at `base` into the namespace of the frame: `which` 0 globals, 1 locals.
unsafe fn store(base: *mut O, namespace: O, name: O) -> u64 {
    unsafe {
        let value = *base;
        let status = if namespace.is_null() {
            ffi::PyErr_Format(
                ffi::PyExc_SystemError,
                c"no locals found when storing %R".as_ptr(),
                name,
            );
            -1
        } else if ffi::PyDict_CheckExact(namespace) != 0 {
            ffi::PyDict_SetItem(namespace, name, value)
        } else {
            ffi::PyObject_SetItem(namespace, name, value)
        };
        ffi::Py_DECREF(value);
        done(status)
    }
}

pub unsafe extern "C" fn run_store_global(base: *mut O, frame: *mut Frame, name: O) -> u64 {
    unsafe { store(base, get(frame, at::FRAME_GLOBALS), name) }
}

pub unsafe extern "C" fn run_store_name(base: *mut O, frame: *mut Frame, name: O) -> u64 {
    unsafe { store(base, get(frame, at::FRAME_LOCALS), name) }
}

/// `__exit__` and the result of `__enter__` at `base`.
pub unsafe extern "C" fn run_before_with(base: *mut O, _arg: u64, _extra: u64) -> u64 {
    unsafe {
        let manager = *base;
        let lookup = |name: &CStr| -> O {
            let name = ffi::PyUnicode_InternFromString(name.as_ptr());
            let found = ffi::_PyObject_LookupSpecial(manager, name);
            ffi::Py_XDECREF(name);
            found
        };
        let complain = |text: &CStr| {
            if ffi::PyErr_Occurred().is_null() {
                let name = (*ffi::Py_TYPE(manager)).tp_name;
                ffi::PyErr_Format(ffi::PyExc_TypeError, text.as_ptr(), name);
            }
        };
        let enter = lookup(c"__enter__");
        if enter.is_null() {
            complain(c"'%.200s' object does not support the context manager protocol");
            ffi::Py_DECREF(manager);
            return 0;
        }
        let exit = lookup(c"__exit__");
        if exit.is_null() {
            complain(
                c"'%.200s' object does not support the context manager protocol (missed __exit__ method)",
            );
            ffi::Py_DECREF(enter);
            ffi::Py_DECREF(manager);
            return 0;
        }
        ffi::Py_DECREF(manager);
        let result = ffi::PyObject_CallNoArgs(enter);
        ffi::Py_DECREF(enter);
        if result.is_null() {
            ffi::Py_DECREF(exit);
            return 0;
        }
        *base = exit;
        *base.add(1) = result;
        1
    }
}

/// A function of the code at `base`, in the globals of `frame`; 3.12: its parts lie below the code.
pub unsafe extern "C" fn run_make_function(base: *mut O, flags: u64, frame: *mut Frame) -> O {
    unsafe {
        let parts = (flags.count_ones()) as usize;
        let code = *base.add(parts);
        let function = ffi::PyFunction_New(code, get(frame, at::FRAME_GLOBALS));
        ffi::Py_DECREF(code);
        if function.is_null() {
            drop_operands(base, parts);
            return function;
        }
        let mut next = 0;
        for (bit, kind) in [(1u64, 1u64), (2, 2), (4, 4), (8, 8)] {
            if flags & bit != 0 {
                set_part(function, kind, *base.add(next));
                next += 1;
            }
        }
        function
    }
}

/// 1: defaults, 2: keyword defaults, 4: annotations, 8: closure; the value's reference moves (`SET_FUNCTION_ATTRIBUTE`).
unsafe fn set_part(function: O, kind: u64, value: O) {
    unsafe {
        let place = match kind {
            1 => at::FUNC_DEFAULTS,
            2 => at::FUNC_KWDEFAULTS,
            4 => at::FUNC_ANNOTATIONS,
            _ => at::FUNC_CLOSURE,
        };
        set(function, place, value);
    }
}

/// 3.13: the part at `base` becomes an attribute of the function above it, which is the result.
pub unsafe extern "C" fn run_set_function_attribute(base: *mut O, kind: u64, _extra: u64) -> O {
    unsafe {
        let (value, function) = (*base, *base.add(1));
        set_part(function, kind, value);
        function
    }
}

/// Starred unpacking: `before` items, a list, `after` items, at `base`.
pub unsafe extern "C" fn run_unpack_ex(base: *mut O, counts: u64, _extra: u64) -> u64 {
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
