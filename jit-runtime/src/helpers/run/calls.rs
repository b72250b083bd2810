//! Calls, and functions made.

use super::attributes::callable_and_null;
use super::drop_operands;
use crate::dispatch;
use crate::ffi::{self, Frame, PyObject, get, set};
use crate::layout::offsets as at;
use crate::shape;
use std::ptr::null_mut;

type O = *mut PyObject;

/// A bound method as the callable becomes its function and self (Python/bytecodes.c, `CALL`).
unsafe fn unpack_method(base: *mut O) {
    // SAFETY: the contract; the two words at `base` are a callable's; a method's function and self get references of
    // their own before it is dropped.
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

/// What functions and methods in C are called through, if the callable is one: it runs no frame of Python's, so nothing
/// but its arguments matters to it.
unsafe fn vectorcall_in_c(callable: O) -> Option<ffi::Vectorcall> {
    // SAFETY: a live callable; an object of these exact types has its vectorcall at its type's offset.
    unsafe {
        let ty = ffi::Py_TYPE(callable);
        let in_c = ty == &raw mut ffi::PyMethodDescr_Type || ty == &raw mut ffi::PyCFunction_Type;
        // Null if it takes a tuple.
        in_c.then(|| get(callable, (*ty).tp_vectorcall_offset as usize))?
    }
}

/// The result of a call in C; a null without an exception becomes one, as in `PyObject_Vectorcall`.
unsafe fn checked(callable: O, result: O) -> O {
    // SAFETY: callable with the GIL held; a live callable.
    unsafe {
        if result.is_null() && ffi::PyErr_Occurred().is_null() {
            let text = c"%R returned NULL without setting an exception";
            ffi::PyErr_Format(ffi::PyExc_SystemError, text.as_ptr(), callable);
        }
        result
    }
}

/// The interpreter would run a Python function without using the C stack's counter, which anything else uses up: that ends
/// an endless recursion through a `__call__`.
unsafe fn credit(callable: O) -> i32 {
    // SAFETY: a live callable.
    let is_function = unsafe { ffi::Py_TYPE(callable) == &raw mut ffi::PyFunction_Type };
    if is_function { dispatch::C_CREDIT } else { 0 }
}

/// So it would run the `__init__` of a class that has no `__new__`, if each of its parameters is positional (Python/specialize.c,
/// `specialize_class_call`).
unsafe fn class_credit(class: O) -> i32 {
    // SAFETY: a live class.
    unsafe {
        let inlined = shape::init_function(class)
            .is_some_and(|init| dispatch::is_positional(get(init, at::FUNC_CODE)));
        if inlined { dispatch::C_CREDIT } else { 0 }
    }
}

/// CALL: two words that name the callable (and self or null), then `n` arguments; `keywords`: names of the last ones.
pub unsafe extern "C" fn run_call(base: *mut O, n: u64, keywords: O) -> O {
    // SAFETY: the contract; the word below the arguments is the callable's, which a vectorcall may use; operands are
    // dropped once each.
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
        let named = dispatch::keyword_count(keywords);
        if let Some(call) = vectorcall_in_c(callable) {
            let count = (total - named) | ffi::VECTORCALL_OFFSET;
            let result = checked(callable, call(callable, args, count, keywords));
            drop_operands(args, total);
            ffi::Py_DECREF(callable);
            return result;
        }
        let ts = ffi::thread();
        let depth = ffi::c_recursion(ts);
        let credit = if ffi::Py_TYPE(callable) == &raw mut ffi::PyType_Type {
            class_credit(callable)
        } else {
            credit(callable)
        };
        *depth += credit;
        let count = (total - named) | ffi::VECTORCALL_OFFSET;
        let native = dispatch::call_from_native(ts, callable, args, count, keywords);
        let result = native.unwrap_or_else(|| {
            // Nor would it keep the arguments: they move into the frame.
            let moved = dispatch::moved_arguments(ts, callable, args, total - named, keywords);
            let call = || match &moved {
                Some(copy) => {
                    ffi::PyObject_Vectorcall(callable, copy.as_ptr(), total - named, keywords)
                }
                None => ffi::PyObject_Vectorcall(callable, args, count, keywords),
            };
            if dispatch::is_pythons(callable) {
                dispatch::call_suspended(ts, callable, args, total, call)
            } else {
                call()
            }
        });
        *depth -= credit;
        ffi::Py_DECREF(callable);
        drop_operands(args, total);
        result
    }
}

/// CALL_FUNCTION_EX: two words that name the callable, positional arguments (a tuple), perhaps keywords (a dict).
pub unsafe extern "C" fn run_call_ex(base: *mut O, has_keywords: u64, _extra: u64) -> O {
    // SAFETY: the contract; its operands are used up here.
    unsafe {
        let callable = *callable_and_null(base).0;
        let mut arguments = *base.add(2);
        let keywords = if has_keywords != 0 {
            *base.add(3)
        } else {
            null_mut()
        };
        if ffi::PyTuple_CheckExact(arguments) == 0 {
            let tuple = if can_iterate(callable, arguments) {
                ffi::PySequence_Tuple(arguments)
            } else {
                null_mut()
            };
            if !tuple.is_null() {
                // Whoever is called may be the only one to have them.
                *base.add(2) = tuple;
                ffi::Py_DECREF(arguments);
                arguments = tuple;
            }
        }
        let result = if ffi::PyTuple_CheckExact(arguments) == 0 {
            null_mut()
        } else {
            let depth = ffi::c_recursion(ffi::thread());
            let credit = credit(callable);
            *depth += credit;
            let result = ffi::PyObject_Call(callable, arguments, keywords);
            *depth -= credit;
            result
        };
        ffi::Py_DECREF(callable);
        ffi::Py_DECREF(arguments);
        ffi::Py_XDECREF(keywords);
        result
    }
}

/// What stands after a `*` in a call of this callable is an iterable; an exception is set if not.
unsafe fn can_iterate(callable: O, arguments: O) -> bool {
    // SAFETY: live objects, GIL held.
    unsafe {
        let ty = ffi::Py_TYPE(arguments);
        if (*ty).tp_iter.is_some() || ffi::PySequence_Check(arguments) != 0 {
            return true;
        }
        let name = ffi::_PyObject_FunctionStr(callable);
        if !name.is_null() {
            ffi::PyErr_Format(
                ffi::PyExc_TypeError,
                c"%U argument after * must be an iterable, not %.200s".as_ptr(),
                name,
                (*ty).tp_name,
            );
            ffi::Py_DECREF(name);
        }
        false
    }
}

/// A function of the code at `base`, in the globals of `frame`; 3.12: its parts lie below the code.
pub unsafe extern "C" fn run_make_function(base: *mut O, flags: u64, frame: *mut Frame) -> O {
    // SAFETY: the contract; `frame` is the current frame, and each part moves into the fresh function.
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
    // SAFETY: a live function that has no such part yet; the reference of `value` moves.
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
    // SAFETY: the contract; the reference of the value moves into the function, that of the function into the result.
    unsafe {
        let (value, function) = (*base, *base.add(1));
        set_part(function, kind, value);
        function
    }
}
