//! Operators of classes: `a + b` where `__add__` is a compiled function, called without the interpreter.
//!
//! CPython finds such a method through a slot of the type's that stands for all of them (Objects/typeobject.c,
//! `slot_nb_add`). Whether the method is what comes first depends on both types only (Objects/abstract.c, `binary_op1`), so
//! a site remembers the answer by their version tags. What a method that declines (`NotImplemented`) leaves to be done
//! is done in [`finish`].
//!
//! Objects passed here are live and the GIL is held: *the contract* below.

use crate::dispatch;
use crate::ffi::{self, PyObject};
use crate::frame;
use crate::image::{self, Linked};
use crate::layout::offsets as at;
use crate::shape::{self, NO_UNIT, version};
use crate::unit::TypeTag;
use std::ptr::null_mut;
use std::sync::OnceLock;

type O = *mut PyObject;
type Type = *mut ffi::PyTypeObject;

/// How many binary operators there are, in the order of `BINARY_OP` arguments (Include/opcode.h, `NB_*`).
const OPERATORS: usize = 13;

/// Method, reflected method, and what messages call the operator.
const NAMES: [(&std::ffi::CStr, &std::ffi::CStr, [&std::ffi::CStr; 2]); OPERATORS] = [
    (c"__add__", c"__radd__", [c"+", c"+="]),
    (c"__and__", c"__rand__", [c"&", c"&="]),
    (c"__floordiv__", c"__rfloordiv__", [c"//", c"//="]),
    (c"__lshift__", c"__rlshift__", [c"<<", c"<<="]),
    (c"__matmul__", c"__rmatmul__", [c"@", c"@="]),
    (c"__mul__", c"__rmul__", [c"*", c"*="]),
    (c"__mod__", c"__rmod__", [c"%", c"%="]),
    (c"__or__", c"__ror__", [c"|", c"|="]),
    (c"__pow__", c"__rpow__", [c"** or pow()", c"**="]),
    (c"__rshift__", c"__rrshift__", [c">>", c">>="]),
    (c"__sub__", c"__rsub__", [c"-", c"-="]),
    (c"__truediv__", c"__rtruediv__", [c"/", c"/="]),
    (c"__xor__", c"__rxor__", [c"^", c"^="]),
];

/// The names as objects, which live for ever, and the slots of a class that has all these methods.
struct Known {
    names: [(usize, usize); OPERATORS],
    slots: [usize; OPERATORS],
}

static KNOWN: OnceLock<Known> = OnceLock::new();

/// A type's function for an operator, or for the operator in place; 0: none.
unsafe fn slot(ty: Type, op: usize, in_place: bool) -> usize {
    // SAFETY: the contract; a type's number methods live as long as it does.
    unsafe {
        let methods = (*ty).tp_as_number;
        if methods.is_null() {
            return 0;
        }
        let m = &*methods;
        let power = |f: Option<ffi::ternaryfunc>| f.map_or(0, |f| f as usize);
        let function = match (op, in_place) {
            (8, false) => return power(m.nb_power),
            (8, true) => return power(m.nb_inplace_power),
            (0, false) => m.nb_add,
            (1, false) => m.nb_and,
            (2, false) => m.nb_floor_divide,
            (3, false) => m.nb_lshift,
            (4, false) => m.nb_matrix_multiply,
            (5, false) => m.nb_multiply,
            (6, false) => m.nb_remainder,
            (7, false) => m.nb_or,
            (9, false) => m.nb_rshift,
            (10, false) => m.nb_subtract,
            (11, false) => m.nb_true_divide,
            (12, false) => m.nb_xor,
            (0, true) => m.nb_inplace_add,
            (1, true) => m.nb_inplace_and,
            (2, true) => m.nb_inplace_floor_divide,
            (3, true) => m.nb_inplace_lshift,
            (4, true) => m.nb_inplace_matrix_multiply,
            (5, true) => m.nb_inplace_multiply,
            (6, true) => m.nb_inplace_remainder,
            (7, true) => m.nb_inplace_or,
            (9, true) => m.nb_inplace_rshift,
            (10, true) => m.nb_inplace_subtract,
            (11, true) => m.nb_inplace_true_divide,
            (12, true) => m.nb_inplace_xor,
            _ => None,
        };
        function.map_or(0, |f| f as usize)
    }
}

/// What is known from the start on; none if a class cannot be made, and then no operator is called natively.
fn known() -> Option<&'static Known> {
    if let Some(known) = KNOWN.get() {
        return Some(known);
    }
    // SAFETY: called with the GIL held; the class that is made is dropped here, names are interned and kept.
    unsafe {
        let namespace = ffi::PyDict_New();
        let mut names = [(0, 0); OPERATORS];
        for (i, (method, reflected, _)) in NAMES.iter().enumerate() {
            let method = ffi::PyUnicode_InternFromString(method.as_ptr());
            let reflected = ffi::PyUnicode_InternFromString(reflected.as_ptr());
            ffi::PyDict_SetItem(namespace, method, ffi::Py_None());
            names[i] = (method as usize, reflected as usize);
        }
        let ty: O = (&raw mut ffi::PyType_Type).cast();
        let class = ffi::PyObject_CallFunction(ty, c"s()O".as_ptr(), c"C".as_ptr(), namespace);
        ffi::Py_DECREF(namespace);
        if class.is_null() {
            ffi::PyErr_Clear();
            return None;
        }
        let slots = std::array::from_fn(|op| slot(class.cast(), op, false));
        ffi::Py_DECREF(class);
        Some(KNOWN.get_or_init(|| Known { names, slots }))
    }
}

/// The type's operator is a method in Python, as far as its slot tells.
unsafe fn is_pythons(known: &Known, ty: Type, op: usize) -> bool {
    // SAFETY: the contract.
    unsafe { known.slots[op] != 0 && slot(ty, op, false) == known.slots[op] }
}

/// Sequences have ways of their own to be added and multiplied.
unsafe fn is_sequence(ty: Type, op: usize) -> bool {
    // SAFETY: the contract; a type's sequence methods live as long as it does.
    unsafe {
        let methods = (*ty).tp_as_sequence;
        !methods.is_null()
            && match op {
                0 => (*methods).sq_concat.is_some() || (*methods).sq_inplace_concat.is_some(),
                5 => (*methods).sq_repeat.is_some() || (*methods).sq_inplace_repeat.is_some(),
                _ => false,
            }
    }
}

/// The function in Python that `a op b` calls first, and whether it is called on `b`; none: it is no such function. `op` is
/// numbered as for `BINARY_OP`, in place from 13 on.
unsafe fn method(a: O, b: O, op: usize) -> Option<(O, bool)> {
    // SAFETY: the contract; looking a type's attribute up runs no Python code.
    unsafe {
        let known = known()?;
        let (op, in_place) = (op % OPERATORS, op >= OPERATORS);
        let (ta, tb) = (ffi::Py_TYPE(a), ffi::Py_TYPE(b));
        if in_place && slot(ta, op, true) != 0 || is_sequence(ta, op) || is_sequence(tb, op) {
            return None;
        }
        let (of, name, reflected) = if is_pythons(known, ta, op) {
            // A subclass may come first.
            if ta != tb && ffi::PyType_IsSubtype(tb, ta) != 0 {
                return None;
            }
            (ta, known.names[op].0, false)
        } else {
            // Numbers decline what is no number, and nobody notices that they were asked.
            let number = [TypeTag::Int, TypeTag::Float]
                .into_iter()
                .any(|tag| image::type_object(tag) == ta.cast());
            let other = ffi::PyLong_Check(b) == 0
                && ffi::PyFloat_Check(b) == 0
                && ffi::PyComplex_Check(b) == 0;
            if !number || !other || !is_pythons(known, tb, op) {
                return None;
            }
            (tb, known.names[op].1, true)
        };
        let found = ffi::_PyType_Lookup(of, name as O);
        let function = !found.is_null() && ffi::Py_TYPE(found) == &raw mut ffi::PyFunction_Type;
        function.then_some((found, reflected))
    }
}

/// `a op b`: fills a site with both types' versions, the function, whether the operands are swapped, and the boxed entry of
/// its unit with the word that says whether it is broken. Only a unit without a frame that never declines is one. In a unit
/// with a frame the site then says that there is none. The entry, or null: this operator is for the interpreter.
pub unsafe extern "C" fn fill_operator(
    site: *mut u64,
    a: O,
    b: O,
    op: u64,
    linked: *const Linked,
) -> *mut u64 {
    // SAFETY: the contract; `linked` is the running unit, the site its own; linked units are never freed.
    unsafe {
        let (va, vb) = (version(ffi::Py_TYPE(a)), version(ffi::Py_TYPE(b)));
        let tag = u64::from(va) | u64::from(vb) << 32;
        if va == 0 || vb == 0 {
            return null_mut();
        }
        let known = shape::entry(site, tag);
        if !known.is_null() {
            return known;
        }
        let linked = &*linked;
        let mut entry = [tag, 0, 0, 0, NO_UNIT.as_ptr() as u64, 0];
        if let Some((function, swapped)) = method(a, b, op as usize) {
            dispatch::compile_waiting(function);
            let unit =
                dispatch::call_unit(function).filter(|unit| {
                    unit.boxed_address() != 0
                        && unit.meta.entry_kind.abi().is_some_and(|abi| {
                            abi.params.len() == 2 && !abi.framed && !abi.declines
                        })
                });
            if let Some(unit) = unit {
                shape::calls(linked, unit);
                entry[1] = function as u64;
                entry[2] = u64::from(swapped);
                entry[3] = unit.boxed_address() as u64;
                entry[4] = std::ptr::from_ref(unit) as u64;
            }
        }
        if entry[3] == 0 && !linked.is_framed() {
            return null_mut();
        }
        shape::write_entry(site, entry);
        site
    }
}

/// What is left to do of `a op b` when the method that comes first has declined. A new reference, or null with an exception
/// set.
///
/// # Safety
/// The contract; the current frame is that of the operator's instruction.
unsafe fn finish(a: O, b: O, op: usize) -> O {
    // SAFETY: the contract.
    unsafe {
        let (op, in_place) = (op % OPERATORS, op >= OPERATORS);
        let (ta, tb) = (ffi::Py_TYPE(a), ffi::Py_TYPE(b));
        let mut result = ffi::Py_NewRef(ffi::Py_NotImplemented());
        if let Some(known) = known()
            && is_pythons(known, ta, op)
            && ta != tb
        {
            if is_pythons(known, tb, op) {
                let reflected = ffi::_PyType_Lookup(tb, known.names[op].1 as O);
                if !reflected.is_null() {
                    ffi::Py_DECREF(result);
                    result = ffi::PyObject_CallMethodObjArgs(
                        b,
                        known.names[op].1 as O,
                        a,
                        null_mut::<PyObject>(),
                    );
                }
            } else if slot(tb, op, false) != 0 {
                ffi::Py_DECREF(result);
                let address = slot(tb, op, false);
                result = if op == 8 {
                    let power: ffi::ternaryfunc = std::mem::transmute(address);
                    power(a, b, ffi::Py_None())
                } else {
                    let function: ffi::binaryfunc = std::mem::transmute(address);
                    function(a, b)
                };
            }
        }
        if result == ffi::Py_NotImplemented() {
            ffi::Py_DECREF(result);
            ffi::PyErr_Format(
                ffi::PyExc_TypeError,
                c"unsupported operand type(s) for %.100s: '%.100s' and '%.100s'".as_ptr(),
                NAMES[op].2[usize::from(in_place)].as_ptr(),
                (*ta).tp_name,
                (*tb).tp_name,
            );
            return null_mut();
        }
        result
    }
}

/// A method that an operator's instruction (code unit `unit`) has called returned `result`, or raised: the operator's own
/// result, or null. The operands are `a` and `b`, whose references are used up.
///
/// # Safety
/// The contract; the current frame is that of the instruction, which is a `BINARY_OP` of `code`.
pub(crate) unsafe fn operator_result(code: O, unit: u32, a: O, b: O, result: O) -> O {
    // SAFETY: the contract.
    unsafe {
        let first = code.cast::<u8>().add(at::CODE_ADAPTIVE).cast::<u16>();
        let op = usize::from(*first.add(unit as usize) >> 8);
        let result = if result == ffi::Py_NotImplemented() {
            ffi::Py_DECREF(result);
            finish(a, b, op)
        } else {
            result
        };
        ffi::Py_DECREF(a);
        ffi::Py_DECREF(b);
        result
    }
}

/// Which instruction of its code a frame is at, if that calls operators of classes; none: it is another one.
///
/// # Safety
/// `frame` is a live frame whose code runs, or null.
pub(crate) unsafe fn operator_at(frame: *mut ffi::Frame) -> Option<(O, u32)> {
    // SAFETY: the instruction pointer of a running frame is within its code, or before its start.
    unsafe {
        let (code, index) = frame::running(frame)?;
        let (name, _) = frame::instruction(code, index)?;
        (name == "BINARY_OP").then_some((code, index as u32))
    }
}
