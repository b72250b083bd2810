//! What must hold of frames, operands and results where Python code may run (`PYAOT_STRESS=frames`).

use super::{BUSY, Mode, is};
use crate::ffi::{self, Frame, PyObject, PyThreadState, get};
use crate::helpers::Id;
use crate::layout::{offsets as at, opcodes};
use crate::stats::{self, Counter};
use thiserror::Error;

type O = *mut PyObject;

/// What a frame must not be.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub(super) enum Violation {
    #[error("frame {depth}: its code is no code object")]
    Code { depth: usize },
    #[error("frame {depth}: the instruction pointer is {unit}, of {units} code units")]
    Pointer {
        depth: usize,
        unit: isize,
        units: isize,
    },
    #[error("no line at code unit {0}")]
    Line(isize),
    #[error("frame {depth}: slot {slot} of {slots} holds no live object")]
    Slot {
        depth: usize,
        slot: usize,
        slots: usize,
    },
    #[error("the instruction at code unit {unit} is {found}")]
    Instruction { unit: isize, found: &'static str },
    #[error("operand {0} is no live object")]
    Operand(usize),
    #[error("operands lie outside of the current frame's stack")]
    Base,
    #[error("the result is no live object")]
    Result,
    #[error("an exception is {0}")]
    Exception(&'static str),
    #[error("the frame's object cannot be looked at")]
    Look,
}

/// How many frames, innermost first, are walked each time.
const WALKED: usize = 16;

/// A live object, as far as that can be seen. Freed memory mostly holds a pointer in place of the count.
unsafe fn is_live(object: O) -> bool {
    // SAFETY: reads two words of what should be an object, and two of what should be its type. Both are aligned. That it is
    // an object is what is asked: if it is none, this may read freed memory of the allocator, which stays mapped, or crash,
    // which is what the mode is for.
    unsafe {
        if object.is_null() || !(object as usize).is_multiple_of(8) {
            return false;
        }
        let count: u64 = get(object, 0);
        let ty: O = ffi::Py_TYPE(object).cast();
        (1..=u64::from(u32::MAX)).contains(&count)
            && !ty.is_null()
            && (ty as usize).is_multiple_of(8)
            && ffi::PyType_Check(ty) != 0
    }
}

/// The code unit that the frame's instruction pointer is at, and how many there are.
unsafe fn position(frame: *mut Frame, code: O) -> (isize, isize) {
    // SAFETY: `code` was seen to be a live code object, whose bytecode follows the struct. The pointers are only subtracted
    // as numbers, so the frame's may be anything.
    unsafe {
        let first = code.cast::<u8>().add(at::CODE_ADAPTIVE).cast::<u16>();
        let now: *const u16 = get(frame, at::FRAME_INSTR);
        let unit = (now as isize - first as isize) / 2;
        (unit, ffi::Py_SIZE(code))
    }
}

const OWNED_BY_THE_C_STACK: i8 = 3;

/// The innermost frames are what whoever looks at them relies on.
pub(super) unsafe fn walk() -> Result<(), Violation> {
    if !is(Mode::Frames) || BUSY.get() {
        return Ok(());
    }
    stats::count(Counter::Walks);
    // SAFETY: the GIL is held, so the thread state and its frames do not change here. The current frame and those before it
    // are linked, which only live frames are, and the list ends with null.
    unsafe {
        let ts: *mut PyThreadState = ffi::thread();
        let mut frame = *ffi::current_frame(ts);
        for depth in 0..WALKED {
            if frame.is_null() {
                break;
            }
            if get::<i8, _>(frame, at::FRAME_OWNER) != OWNED_BY_THE_C_STACK {
                check(frame, depth)?;
            }
            frame = get(frame, at::FRAME_PREVIOUS);
        }
    }
    Ok(())
}

/// One frame: code, instruction, locals.
unsafe fn check(frame: *mut Frame, depth: usize) -> Result<(), Violation> {
    // SAFETY: the caller walks linked frames, which have their code for as long as they are linked; `co_nlocalsplus` slots
    // of each were allocated with it. The code is tested before its fields are read.
    unsafe {
        let code: O = get(frame, at::FRAME_CODE);
        if !is_live(code) || ffi::PyCode_Check(code) == 0 {
            return Err(Violation::Code { depth });
        }
        let (unit, units) = position(frame, code);
        if !(-1..units).contains(&unit) {
            return Err(Violation::Pointer { depth, unit, units });
        }
        check_slots(
            frame,
            depth,
            get::<i32, _>(code, at::CODE_NLOCALSPLUS) as usize,
        )
    }
}

/// The first slots of a frame: live objects or nothing.
pub(super) unsafe fn check_slots(
    frame: *mut Frame,
    depth: usize,
    slots: usize,
) -> Result<(), Violation> {
    // SAFETY: the caller takes `slots` from the frame's code or its stack pointer, both within what was allocated with it.
    unsafe {
        let first = frame.cast::<u8>().add(at::FRAME_LOCALSPLUS).cast::<O>();
        for slot in 0..slots {
            let object = *first.add(slot);
            if !object.is_null() && !is_live(object) {
                return Err(Violation::Slot { depth, slot, slots });
            }
        }
    }
    Ok(())
}

/// The instructions that a helper does, and how many operands lie at its base. None: it is not told.
fn does(helper: u16, arg: u64) -> Option<(&'static [&'static str], usize)> {
    const TRUTH: &[&str] = &[
        "TO_BOOL",
        "UNARY_NOT",
        "COMPARE_OP",
        "POP_JUMP_IF_TRUE",
        "POP_JUMP_IF_FALSE",
    ];
    let arg = arg as usize;
    let found: (&[&str], usize) = match helper {
        h if h == Id::run_binary as u16 => (&["BINARY_OP"], 2),
        h if h == Id::run_unary as u16 => {
            (&["UNARY_NEGATIVE", "UNARY_INVERT", "CALL_INTRINSIC_1"], 1)
        }
        h if h == Id::run_compare as u16 => (&["COMPARE_OP"], 2),
        h if h == Id::run_subscr as u16 => (&["BINARY_SUBSCR"], 2),
        h if h == Id::run_slice as u16 => (&["BINARY_SLICE"], 3),
        h if h == Id::run_build_map as u16 => (&["BUILD_MAP"], arg),
        h if h == Id::run_build_set as u16 => (&["BUILD_SET"], arg),
        h if h == Id::run_build_string as u16 => (&["BUILD_STRING"], arg),
        h if h == Id::run_get_iter as u16 => (&["GET_ITER"], 1),
        h if h == Id::run_load_attr as u16 => (&["LOAD_ATTR"], 1),
        h if h == Id::run_load_method as u16 => (&["LOAD_ATTR"], 1),
        h if h == Id::run_load_super as u16 => (&["LOAD_SUPER_ATTR"], 3),
        h if h == Id::run_call as u16 => (&["CALL", "CALL_KW"], 2 + arg),
        h if h == Id::run_call_ex as u16 => (&["CALL_FUNCTION_EX"], 3 + arg),
        h if h == Id::run_truth as u16 => (TRUTH, 1),
        h if h == Id::run_contains as u16 => (&["CONTAINS_OP"], 2),
        h if h == Id::run_store_subscr as u16 => (&["STORE_SUBSCR"], 3),
        h if h == Id::run_delete_subscr as u16 => (&["DELETE_SUBSCR"], 2),
        h if h == Id::run_store_slice as u16 => (&["STORE_SLICE"], 4),
        h if h == Id::run_store_attr as u16 => (&["STORE_ATTR"], 2),
        h if h == Id::run_delete_attr as u16 => (&["DELETE_ATTR"], 1),
        h if h == Id::run_iter_next as u16 => (&["FOR_ITER"], 0),
        h if h == Id::run_unpack as u16 => (&["UNPACK_SEQUENCE"], 1),
        h if h == Id::run_unpack_ex as u16 => (&["UNPACK_EX"], 1),
        h if h == Id::run_before_with as u16 => (&["BEFORE_WITH"], 1),
        h if h == Id::run_load_global as u16 => (&["LOAD_GLOBAL"], 0),
        h if h == Id::run_load_name as u16 => (&["LOAD_NAME"], 0),
        h if h == Id::run_store_global as u16 => (&["STORE_GLOBAL"], 1),
        h if h == Id::run_store_name as u16 => (&["STORE_NAME"], 1),
        h if h == Id::run_assertion_error as u16 => (&["LOAD_ASSERTION_ERROR"], 0),
        h if h == Id::run_raise as u16 => (&["RAISE_VARARGS"], arg),
        _ => return None,
    };
    Some(found)
}

/// The frame is at an instruction that the helper does, its operands on the frame's stack; no exception is set.
pub(super) unsafe fn instruction(helper: u16, words: &[u64]) -> Result<(), Violation> {
    // SAFETY: `walk` has checked the current frame. Compiled code has set its instruction pointer to an instruction of its
    // code, which is tested by its line before the word there is read. Operands are read only after they were seen to lie
    // within the frame's value stack.
    unsafe {
        if BUSY.get() {
            return Ok(());
        }
        if !ffi::PyErr_Occurred().is_null() {
            return Err(Violation::Exception("set before an operation"));
        }
        let &[base, arg, _] = words else {
            return Ok(());
        };
        let Some((names, operands)) = does(helper, arg) else {
            return Ok(());
        };
        let frame = *ffi::current_frame(ffi::thread());
        let code: O = get(frame, at::FRAME_CODE);
        let (unit, _) = position(frame, code);
        // 3.12 gives no line to what clears the name of an exception, which may end a life.
        if cfg!(Py_3_13) && ffi::PyCode_Addr2Line(code.cast(), unit as i32 * 2) < 0 {
            return Err(Violation::Line(unit));
        }
        let word: u16 = *get::<*const u16, _>(frame, at::FRAME_INSTR);
        let byte = usize::from(word & 0xff);
        let found = match opcodes::NAMES[usize::from(opcodes::DEOPT[byte])] {
            // A loop's header may bear an event.
            "" => opcodes::NAMES[byte],
            name => name,
        };
        if !names.contains(&found) && !found.starts_with("INSTRUMENTED_") {
            return Err(Violation::Instruction { unit, found });
        }
        let first = frame.cast::<u8>().add(at::FRAME_LOCALSPLUS).cast::<O>();
        let locals = get::<i32, _>(code, at::CODE_NLOCALSPLUS) as usize;
        let stack = get::<i32, _>(code, at::CODE_STACKSIZE) as usize;
        let base = base as *mut O;
        let offset = base.offset_from(first.add(locals));
        if offset < 0 || offset as usize + operands > stack {
            return Err(Violation::Base);
        }
        // A null stands beside callables.
        let nulls = names[0].starts_with("CALL");
        for i in 0..operands {
            let object = *base.add(i);
            if !(is_live(object) || nulls && object.is_null()) {
                return Err(Violation::Operand(i));
            }
        }
    }
    Ok(())
}

/// A helper's result fits what is said of an exception.
pub(super) unsafe fn outcome(helper: u16, result: u64) -> Result<(), Violation> {
    // SAFETY: the GIL is held, so that the exception may be asked for. A result that is no status is what the helper
    // declares to be an object, owned by the caller, and is only looked at.
    unsafe {
        if BUSY.get() {
            return Ok(());
        }
        let raised = !ffi::PyErr_Occurred().is_null();
        let status = matches!(result as i64, -1..=1);
        // Of these 0 is a result.
        let counts = [
            Id::run_truth,
            Id::run_contains,
            Id::run_len,
            Id::run_iter_next,
        ];
        let counts = counts.iter().any(|&id| id as u16 == helper);
        let failed = if counts {
            result as i64 == -1
        } else {
            result == 0
        };
        if failed && !raised {
            return Err(Violation::Exception(
                "missing after an operation that failed",
            ));
        }
        if !failed && raised {
            return Err(Violation::Exception(
                "set after an operation that succeeded",
            ));
        }
        if !status && helper != Id::run_len as u16 && !is_live(result as O) {
            return Err(Violation::Result);
        }
    }
    Ok(())
}
