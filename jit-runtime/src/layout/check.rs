//! The start-up self-check: the offsets that native code relies on, tried on live objects.
//!
//! The offsets come from the headers of the version that runs, so it fails only where a library was built in another
//! way than its headers say (another compiler's packing, a patched CPython). Then nothing is compiled. It takes some
//! 200 us, reads only, and follows a pointer that it found only if it is one that it expects or looks like one.

use super::{offsets, opcodes};
use crate::ffi::{self, Frame, PyObject, get};
use std::cell::Cell;
use std::os::raw::{c_int, c_void};
use std::ptr::null_mut;

type O = *mut PyObject;

/// A structure is not laid out as the headers say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} is not where the headers put it")]
pub struct Misplaced(pub &'static str);

thread_local! {
    /// The offset that is to be taken for another one.
    static WRONG: Cell<Option<&'static str>> = const { Cell::new(None) };
    /// What `look` found; none: it was not called.
    static FOUND: Cell<Option<Result<(), Misplaced>>> = const { Cell::new(None) };
}

fn shifted(name: &str, offset: usize) -> usize {
    offset + if WRONG.get() == Some(name) { 8 } else { 0 }
}

/// `at!(NAME)`: the offset of that name.
macro_rules! at {
    ($name:ident) => {
        shifted(stringify!($name), offsets::$name)
    };
}

/// `same!(base, NAME: type, expected)`: the field holds what is expected.
macro_rules! same {
    ($base:expr, $name:ident: $ty:ty, $expected:expr) => {
        if get::<$ty, _>($base, at!($name)) != $expected {
            return Err(Misplaced(stringify!($name)));
        }
    };
}

const SOURCE: &std::ffi::CStr = c"
def make(n):
    def probe(p, /, a: 5, b=2.5, *, k=1, l=3):
        c = look(n)
        return c
    return probe
probe = make(1)
probe(0, 'a')
";

/// Checks all of them. `wrong` names an offset that is to be taken for another one (tests).
///
/// The GIL is held, and nothing of the program has run.
pub fn check(wrong: Option<&'static str>) -> Result<(), Misplaced> {
    WRONG.set(wrong);
    // SAFETY: attached to the main interpreter; objects are made here and alive until the end of each check.
    unsafe {
        numbers()?;
        strings()?;
        containers()?;
        instances()?;
        thread()?;
        collector()?;
        code_and_frame()
    }
}

/// Looks like the address of an object or of a block of them.
fn plausible(pointer: usize) -> bool {
    pointer.is_multiple_of(8) && pointer > 1 << 16 && pointer < 1 << 47
}

/// A new reference that is dropped with the check.
struct Owned(O);

impl Owned {
    fn new(object: O, what: &'static str) -> Result<Owned, Misplaced> {
        if object.is_null() {
            // SAFETY: the GIL is held.
            unsafe { ffi::PyErr_Clear() };
            return Err(Misplaced(what));
        }
        Ok(Owned(object))
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        // SAFETY: owned, with the GIL held.
        unsafe { ffi::Py_DECREF(self.0) };
    }
}

const CLASSES: &std::ffi::CStr = c"
class Slotted:
    __slots__ = ('member',)
class Plain:
    pass
plain = Plain()
plain.first = None
plain.second = 1.5
";

/// Types, instances and the keys that instances share.
unsafe fn instances() -> Result<(), Misplaced> {
    // SAFETY: fields of live objects; what is found is only followed if it lies where it must.
    unsafe {
        let globals = Owned::new(ffi::PyDict_New(), "a dict")?;
        let run = ffi::PyRun_String(CLASSES.as_ptr(), ffi::Py_file_input, globals.0, globals.0);
        drop(Owned::new(run, "classes")?);
        let get_item = |name: &std::ffi::CStr| ffi::PyDict_GetItemString(globals.0, name.as_ptr());
        let (slotted, class, plain) =
            (get_item(c"Slotted"), get_item(c"Plain"), get_item(c"plain"));
        if slotted.is_null() || class.is_null() || plain.is_null() {
            return Err(Misplaced("classes"));
        }
        let ty = class.cast::<ffi::PyTypeObject>();
        same!(class, TYPE_BASICSIZE: isize, (*ty).tp_basicsize);
        ffi::PyUnstable_Type_AssignVersionTag(ty);
        ffi::PyUnstable_Type_AssignVersionTag(slotted.cast());
        let tag = |ty: O| get::<u32, _>(ty, at!(TYPE_VERSION));
        if tag(class) == 0 || tag(class) == tag(slotted) {
            return Err(Misplaced("TYPE_VERSION"));
        }
        let descriptor = Owned::new(
            ffi::PyObject_GetAttrString(slotted, c"member".as_ptr()),
            "a member",
        )?;
        let member: usize = get(descriptor.0, at!(MEMBER_DESCR_DEF));
        let inside = slotted as usize..slotted as usize + 4096;
        if !inside.contains(&member) {
            return Err(Misplaced("MEMBER_DESCR_DEF"));
        }
        let keys: usize = get(class, at!(TYPE_CACHED_KEYS));
        if !plausible(keys) {
            return Err(Misplaced("TYPE_CACHED_KEYS"));
        }
        let keys = keys as *const u8;
        same!(keys, KEYS_NENTRIES: isize, 2);
        // Of 30, less those in use and one for each instance made.
        if !(20..=28).contains(&get::<isize, _>(keys, at!(KEYS_USABLE))) {
            return Err(Misplaced("KEYS_USABLE"));
        }
        // Shared by the instances; all str.
        same!(keys, KEYS_KIND: u8, 2);
        let of_dict: usize = get(globals.0, at!(DICT_KEYS));
        if !plausible(of_dict) {
            return Err(Misplaced("DICT_KEYS"));
        }
        // All str.
        same!(of_dict as *const u8, KEYS_KIND: u8, 1);
        let log: u8 = get(keys, at!(KEYS_LOG2_BYTES));
        if !(3..=6).contains(&log) {
            return Err(Misplaced("KEYS_LOG2_BYTES"));
        }
        let name = Owned::new(ffi::PyUnicode_InternFromString(c"first".as_ptr()), "a str")?;
        if get::<O, _>(keys, at!(KEYS_INDICES) + (1usize << log)) != name.0 {
            return Err(Misplaced("KEYS_INDICES"));
        }
        if cfg!(Py_3_13) {
            let values = plain.cast::<u8>().offset((*ty).tp_basicsize);
            same!(values, VALUES_FIRST: O, ffi::Py_None());
            same!(values, VALUES_SIZE: u8, 2);
            same!(values, VALUES_VALID: u8, 1);
            same!(values, VALUES_EMBEDDED: u8, 1);
            if !(2..=30).contains(&get::<u8, _>(values, at!(VALUES_CAPACITY))) {
                return Err(Misplaced("VALUES_CAPACITY"));
            }
        }
    }
    Ok(())
}

unsafe fn numbers() -> Result<(), Misplaced> {
    // SAFETY: fields of live objects, a few bytes beyond them at most if an offset is wrong.
    unsafe {
        let float = Owned::new(ffi::PyFloat_FromDouble(6.25), "float")?;
        same!(float.0, FLOAT_VALUE: f64, 6.25);
        free_floats(float.0)?;
        const VALUE: i64 = -(5 << 30 | 77);
        let int = Owned::new(ffi::PyLong_FromLongLong(VALUE), "int")?;
        // Two digits of 30 bits; the low bits of the tag are the sign.
        same!(int.0, LONG_TAG: usize, 2 << 3 | 2);
        same!(int.0, LONG_DIGITS: [u32; 2], [77, 5]);
        let cell = Owned::new(ffi::PyCell_New(float.0), "cell")?;
        same!(cell.0, CELL_REF: O, float.0);
        let (start, step) = (3i64, 4i64);
        let range = Owned::new(
            ffi::PyObject_CallFunction(
                (&raw mut ffi::PyRange_Type).cast(),
                c"LLL".as_ptr(),
                start,
                50i64,
                step,
            ),
            "range",
        )?;
        let iterator = Owned::new(ffi::PyObject_GetIter(range.0), "range iterator")?;
        same!(iterator.0, RANGEITER_START: i64, start);
        same!(iterator.0, RANGEITER_STEP: i64, step);
        same!(iterator.0, RANGEITER_LEN: i64, 12);
        Ok(())
    }
}

/// A float that ends becomes the first of the free ones, which are counted.
unsafe fn free_floats(float: O) -> Result<(), Misplaced> {
    // SAFETY: fields of the live interpreter; objects that are made and dropped here.
    unsafe {
        let interpreter: *mut u8 = get(ffi::thread(), offsets::THREAD_INTERP);
        let count = || get::<i32, _>(interpreter, at!(INTERP_FLOATS_FREE));
        let first = || get::<O, _>(interpreter, at!(INTERP_FLOATS));
        let (a, b) = (ffi::PyFloat_FromDouble(1.5), ffi::PyFloat_FromDouble(2.5));
        let before = count();
        ffi::Py_XDECREF(a);
        ffi::Py_XDECREF(b);
        if first() != b || b == float {
            return Err(Misplaced("INTERP_FLOATS"));
        }
        if count() != before + 2 {
            return Err(Misplaced("INTERP_FLOATS_FREE"));
        }
        Ok(())
    }
}

/// The collector's youngest generation gets a new object.
unsafe fn collector() -> Result<(), Misplaced> {
    // SAFETY: fields of the live interpreter; what is found is only followed if it lies where it must.
    unsafe {
        let interpreter: *mut u8 = get(ffi::thread(), offsets::THREAD_INTERP);
        let young = interpreter.add(at!(INTERP_GC_YOUNG));
        if get::<*mut u8, _>(interpreter, at!(INTERP_GC_YOUNGEST)) != young {
            return Err(Misplaced("INTERP_GC_YOUNG or INTERP_GC_YOUNGEST"));
        }
        same!(interpreter, INTERP_GC_ENABLED: i32, ffi::PyGC_IsEnabled());
        // What the interpreter begins with (Include/internal/pycore_runtime_init.h).
        let threshold = if cfg!(Py_3_13) { 2000 } else { 700 };
        same!(young, GENERATION_THRESHOLD: i32, threshold);
        let before: i32 = get(young, at!(GENERATION_COUNT));
        // There is no list of free ones.
        let set = Owned::new(ffi::PySet_New(null_mut()), "a set")?;
        let tracked: *mut u8 = get(young, 8);
        if tracked != set.0.cast::<u8>().sub(16) {
            return Err(Misplaced("INTERP_GC_YOUNG"));
        }
        same!(young, GENERATION_COUNT: i32, before + 1);
        Ok(())
    }
}

/// Strings, and those of one ASCII character, which are shared.
unsafe fn strings() -> Result<(), Misplaced> {
    // SAFETY: fields of live objects; the address of a shared string is only compared.
    unsafe {
        let text = Owned::new(ffi::PyUnicode_FromString(c"z\x7fa".as_ptr()), "str")?;
        same!(text.0, STR_LENGTH: isize, 3);
        same!(text.0, STR_ASCII_DATA: [u8; 3], *b"z\x7fa");
        let other = Owned::new(ffi::PyUnicode_FromOrdinal(0xe9), "str")?;
        let is_ascii = |string: O| {
            let state: u32 = get(string, at!(STR_STATE));
            state as usize & offsets::STR_ASCII == offsets::STR_ASCII
        };
        // Neither interned nor static: its kind, and that it is compact and ASCII.
        if !is_ascii(text.0) || is_ascii(other.0) || get::<u8, _>(text.0, at!(STR_STATE)) != 0x64 {
            return Err(Misplaced("STR_STATE"));
        }
        for character in [0usize, 97, 127] {
            let shared = Owned::new(ffi::PyUnicode_FromOrdinal(character as i32), "str")?;
            let first = (&raw const ffi::_PyRuntime)
                .cast::<u8>()
                .add(at!(RUNTIME_ASCII));
            if first.add(character * offsets::ASCII_STRIDE) != shared.0.cast_const().cast() {
                return Err(Misplaced("RUNTIME_ASCII"));
            }
        }
        Ok(())
    }
}

unsafe fn containers() -> Result<(), Misplaced> {
    // SAFETY: as above; the block of a list's items is read if its address looks like one.
    unsafe {
        let item = ffi::Py_None();
        let tuple = Owned::new(ffi::PyTuple_Pack(3, item, item, ffi::Py_True()), "tuple")?;
        same!(tuple.0, VAR_SIZE: isize, 3);
        same!(tuple.0, TUPLE_ITEMS: [O; 3], [item, item, ffi::Py_True()]);
        let list = Owned::new(ffi::PySequence_List(tuple.0), "list")?;
        same!(list.0, VAR_SIZE: isize, 3);
        let items: usize = get(list.0, at!(LIST_ITEMS));
        if !plausible(items) || *(items as *const [O; 3]) != [item, item, ffi::Py_True()] {
            return Err(Misplaced("LIST_ITEMS"));
        }
        let allocated: isize = get(list.0, at!(LIST_ALLOCATED));
        if !(3..=16).contains(&allocated) {
            return Err(Misplaced("LIST_ALLOCATED"));
        }
        let iterator = Owned::new(ffi::PyObject_GetIter(list.0), "list iterator")?;
        let first = ffi::PyIter_Next(iterator.0);
        ffi::Py_XDECREF(first);
        same!(iterator.0, LISTITER_INDEX: isize, 1);
        same!(iterator.0, LISTITER_SEQ: O, list.0);
        Ok(())
    }
}

unsafe fn thread() -> Result<(), Misplaced> {
    // SAFETY: the current thread state; an exception is set and cleared.
    unsafe {
        let ts = ffi::thread();
        same!(ts, THREAD_INTERP: *mut ffi::PyInterpreterState, ffi::PyInterpreterState_Get());
        let limit = ffi::Py_GetRecursionLimit();
        let left: i32 = get(ts, at!(THREAD_PY_RECURSION));
        if left <= limit / 2 || left > limit {
            return Err(Misplaced("THREAD_PY_RECURSION"));
        }
        let left: i32 = get(ts, at!(THREAD_C_RECURSION));
        if left <= 0 || left as usize > offsets::C_RECURSION_LIMIT {
            return Err(Misplaced("THREAD_C_RECURSION"));
        }
        let error = Owned::new(
            ffi::PyObject_CallNoArgs(ffi::PyExc_ValueError),
            "THREAD_EXCEPTION",
        )?;
        ffi::PyErr_SetObject(ffi::PyExc_ValueError, error.0);
        let set: O = get(ts, at!(THREAD_EXCEPTION));
        ffi::PyErr_Clear();
        if set != error.0 {
            return Err(Misplaced("THREAD_EXCEPTION"));
        }
        eval_breaker(ts)?;
        eval_frame(ts)
    }
}

/// Runs [`SOURCE`], whose `look` comes back here while its frame is the current one.
unsafe fn code_and_frame() -> Result<(), Misplaced> {
    // SAFETY: plain calls of the C API; what they return is tested. The name outlives the run.
    unsafe {
        let mut method = ffi::PyMethodDef::zeroed();
        method.ml_name = c"look".as_ptr();
        method.ml_flags = ffi::METH_O;
        method.ml_meth = ffi::PyMethodDefPointer { PyCFunction: look };
        // The function object can outlive this call only if it leaks; its definition then has to, too.
        let method = Box::leak(Box::new(method));
        let look = Owned::new(ffi::PyCFunction_New(method, null_mut()), "function")?;
        let globals = Owned::new(ffi::PyDict_New(), "dict")?;
        ffi::PyDict_SetItemString(globals.0, c"look".as_ptr(), look.0);
        FOUND.set(None);
        let done = ffi::PyRun_String(SOURCE.as_ptr(), ffi::Py_file_input, globals.0, globals.0);
        if done.is_null() {
            ffi::PyErr_Clear();
        }
        ffi::Py_XDECREF(done);
        FOUND.take().unwrap_or(Err(Misplaced("a frame")))?;
        let probe = ffi::PyDict_GetItemString(globals.0, c"probe".as_ptr());
        if probe.is_null() {
            return Err(Misplaced("a function"));
        }
        function(probe, globals.0)
    }
}

unsafe extern "C" fn look(_self: O, n: O) -> O {
    // SAFETY: called by `probe`, whose frame is the current one, with a live argument, which is also the result.
    unsafe {
        FOUND.set(Some(frame(n)));
        ffi::Py_NewRef(n)
    }
}

unsafe fn current_frame(ts: *mut ffi::PyThreadState) -> Result<*mut Frame, Misplaced> {
    // SAFETY: fields of the live thread state; what is followed looks like an address.
    unsafe {
        #[cfg(Py_3_13)]
        let frame: *mut Frame = get(ts, at!(THREAD_CURRENT_FRAME));
        #[cfg(not(Py_3_13))]
        let frame: *mut Frame = {
            let cframe: usize = get(ts, at!(THREAD_CFRAME));
            if !plausible(cframe) {
                return Err(Misplaced("THREAD_CFRAME"));
            }
            get(cframe as *const u8, at!(CFRAME_CURRENT))
        };
        if plausible(frame as usize) {
            Ok(frame)
        } else {
            Err(Misplaced("the current frame"))
        }
    }
}

extern "C" fn nothing(_: *mut c_void) -> c_int {
    0
}

/// A function that evaluates frames shows; none runs meanwhile.
unsafe fn eval_frame(ts: *mut ffi::PyThreadState) -> Result<(), Misplaced> {
    // SAFETY: a word of the live interpreter state; the function is never called.
    unsafe {
        let interp: *mut ffi::PyInterpreterState = get(ts, offsets::THREAD_INTERP);
        let word = interp.cast::<u8>().add(at!(INTERP_EVAL_FRAME));
        let word = word.cast::<usize>();
        let before = ffi::_PyInterpreterState_GetEvalFrameFunc(interp);
        let other = unused_eval_frame as *const () as usize;
        ffi::_PyInterpreterState_SetEvalFrameFunc(interp, unused_eval_frame);
        let set = word.read_volatile() == other;
        ffi::_PyInterpreterState_SetEvalFrameFunc(interp, before);
        if !set || word.read_volatile() == other {
            return Err(Misplaced("INTERP_EVAL_FRAME"));
        }
        Ok(())
    }
}

unsafe extern "C" fn unused_eval_frame(
    _ts: *mut ffi::PyThreadState,
    _frame: *mut Frame,
    _throw: c_int,
) -> O {
    null_mut()
}

/// A pending call shows in the word that polls read.
unsafe fn eval_breaker(ts: *mut ffi::PyThreadState) -> Result<(), Misplaced> {
    // SAFETY: a byte of the live thread or interpreter state; the call does nothing.
    unsafe {
        #[cfg(Py_3_13)]
        let (name, word) = (
            "THREAD_EVAL_BREAKER",
            ts.cast::<u8>().add(at!(THREAD_EVAL_BREAKER)),
        );
        #[cfg(not(Py_3_13))]
        let (name, word) = (
            "INTERP_EVAL_BREAKER",
            get::<*mut u8, _>(ts, offsets::THREAD_INTERP).add(at!(INTERP_EVAL_BREAKER)),
        );
        let before = word.read_volatile();
        let added = ffi::Py_AddPendingCall(Some(nothing), null_mut()) == 0;
        let after = word.read_volatile();
        ffi::Py_MakePendingCalls();
        if added && before == after {
            return Err(Misplaced(name));
        }
        Ok(())
    }
}

/// The frame of `probe(0, 'a')`: `n` is what its free variable holds.
unsafe fn frame(n: O) -> Result<(), Misplaced> {
    // SAFETY: the current frame, and objects that the C API gives for it.
    unsafe {
        let ts = ffi::thread();
        let frame = current_frame(ts)?;
        let object: O = ffi::PyEval_GetFrame().cast();
        if object.is_null() {
            return Err(Misplaced("the current frame"));
        }
        same!(object, FRAMEOBJ_BACK: usize, 0);
        same!(object, FRAMEOBJ_FRAME: *mut Frame, frame);
        same!(frame, FRAME_OBJ: O, object);
        same!(frame, FRAME_LOCALS: usize, 0);
        // No generator runs: the thread's own item is the innermost, and lies in the thread state.
        let info = get::<usize, _>(ts, at!(THREAD_EXC_INFO)).wrapping_sub(ts as usize);
        if info > 4096 {
            return Err(Misplaced("THREAD_EXC_INFO"));
        }
        let code = Owned::new(ffi::PyFrame_GetCode(object.cast()).cast(), "FRAME_CODE")?;
        same!(frame, FRAME_CODE: O, code.0);
        let globals = ffi::PyEval_GetGlobals();
        same!(frame, FRAME_GLOBALS: O, globals);
        same!(frame, FRAME_BUILTINS: O, ffi::PyEval_GetBuiltins());
        let instr: usize = get(frame, at!(FRAME_INSTR));
        let first = code.0 as usize + offsets::CODE_ADAPTIVE;
        let end = first + 2 * get::<isize, _>(code.0, offsets::VAR_SIZE) as usize;
        if !(first..end).contains(&instr) {
            return Err(Misplaced("FRAME_INSTR"));
        }
        // The stack pointer is in a register while a frame runs.
        same!(frame, FRAME_STACKTOP: i32, -1);
        // p, a, b, k, l, c and the cell of n.
        let locals: [O; 7] = get(frame, at!(FRAME_LOCALSPLUS));
        let cell = locals[6];
        if locals[2] != default_of(get(frame, offsets::FRAME_FUNC), &locals)
            || !locals[5].is_null()
            || !plausible(cell as usize)
            || get::<O, _>(cell, offsets::CELL_REF) != n
        {
            return Err(Misplaced("FRAME_LOCALSPLUS"));
        }
        let function: O = get(frame, at!(FRAME_FUNC));
        if !plausible(function as usize)
            || ffi::Py_TYPE(function) != &raw mut ffi::PyFunction_Type
            || ffi::PyFunction_GetCode(function) != code.0
        {
            return Err(Misplaced("FRAME_FUNC"));
        }
        let previous: *mut Frame = get(frame, at!(FRAME_PREVIOUS));
        if !plausible(previous as usize) || get::<O, _>(previous, offsets::FRAME_GLOBALS) != globals
        {
            return Err(Misplaced("FRAME_PREVIOUS"));
        }
        let chunk: usize = get(ts, at!(THREAD_CHUNK));
        let top: usize = get(ts, at!(THREAD_DATASTACK_TOP));
        let limit: usize = get(ts, at!(THREAD_DATASTACK_LIMIT));
        let frame = frame as usize;
        if !(plausible(chunk) && chunk < frame && frame - chunk < 1 << 24) {
            return Err(Misplaced("THREAD_CHUNK"));
        }
        if !(top > frame && top - frame < 1 << 16) {
            return Err(Misplaced("THREAD_DATASTACK_TOP"));
        }
        if !(limit > top && limit - chunk <= 1 << 24) {
            return Err(Misplaced("THREAD_DATASTACK_LIMIT"));
        }
        same!(chunk as *const u8, CHUNK_SIZE: usize, limit - chunk);
        Ok(())
    }
}

/// The default of `b`, if the frame's function is one, else a local that cannot be it.
unsafe fn default_of(function: O, locals: &[O; 7]) -> O {
    // SAFETY: tested before use.
    unsafe {
        if !plausible(function as usize) || ffi::Py_TYPE(function) != &raw mut ffi::PyFunction_Type
        {
            return locals[0];
        }
        let defaults = ffi::PyFunction_GetDefaults(function);
        if defaults.is_null() {
            return locals[0];
        }
        ffi::PyTuple_GetItem(defaults, 0)
    }
}

unsafe fn function(probe: O, globals: O) -> Result<(), Misplaced> {
    // SAFETY: a live function, and what the C API says of it and its code; all of it outlives the check.
    unsafe {
        if ffi::Py_TYPE(probe) != &raw mut ffi::PyFunction_Type {
            return Err(Misplaced("a function"));
        }
        let code = ffi::PyFunction_GetCode(probe);
        same!(probe, FUNC_CODE: O, code);
        same!(probe, FUNC_GLOBALS: O, globals);
        same!(probe, FUNC_DEFAULTS: O, ffi::PyFunction_GetDefaults(probe));
        same!(probe, FUNC_KWDEFAULTS: O, ffi::PyFunction_GetKwDefaults(probe));
        same!(probe, FUNC_CLOSURE: O, ffi::PyFunction_GetClosure(probe));
        let annotations = ffi::PyFunction_GetAnnotations(probe);
        same!(probe, FUNC_ANNOTATIONS: O, annotations);
        let attribute = |of: O, name: &std::ffi::CStr| {
            Owned::new(ffi::PyObject_GetAttrString(of, name.as_ptr()), "a function")
        };
        same!(probe, FUNC_QUALNAME: O, attribute(probe, c"__qualname__")?.0);
        same!(probe, FUNC_BUILTINS: O, attribute(probe, c"__builtins__")?.0);
        let expected = ffi::PyVectorcall_Function(probe).map_or(0, |f| f as usize);
        same!(probe, FUNC_VECTORCALL: usize, expected);
        let version: u32 = get(code, at!(CODE_VERSION));
        if version == 0 || get::<u32, _>(probe, at!(FUNC_VERSION)) != version {
            return Err(Misplaced("FUNC_VERSION"));
        }
        same!(code, CODE_CONSTS: O, attribute(code, c"co_consts")?.0);
        same!(code, CODE_NAMES: O, attribute(code, c"co_names")?.0);
        same!(code, CODE_EXCTABLE: O, attribute(code, c"co_exceptiontable")?.0);
        same!(code, CODE_FILENAME: O, attribute(code, c"co_filename")?.0);
        same!(code, CODE_NAME: O, attribute(code, c"co_name")?.0);
        same!(code, CODE_QUALNAME: O, attribute(code, c"co_qualname")?.0);
        let number = |name: &std::ffi::CStr| -> Result<i32, Misplaced> {
            let value = attribute(code, name)?;
            Ok(ffi::PyLong_AsLong(value.0) as i32)
        };
        same!(code, CODE_FLAGS: i32, number(c"co_flags")?);
        same!(code, CODE_ARGCOUNT: i32, number(c"co_argcount")?);
        same!(code, CODE_POSONLY: i32, number(c"co_posonlyargcount")?);
        same!(code, CODE_KWONLY: i32, number(c"co_kwonlyargcount")?);
        same!(code, CODE_STACKSIZE: i32, number(c"co_stacksize")?);
        same!(code, CODE_FIRSTLINENO: i32, number(c"co_firstlineno")?);
        same!(code, CODE_NLOCALS: i32, number(c"co_nlocals")?);
        same!(code, CODE_NLOCALSPLUS: i32, number(c"co_nlocals")? + 1);
        let size = number(c"co_nlocals")? + 1 + number(c"co_stacksize")?;
        let fixed = offsets::FRAME_LOCALSPLUS as i32 / 8;
        same!(code, CODE_FRAMESIZE: i32, size + fixed);
        let kinds: O = get(code, at!(CODE_LOCALSPLUSKINDS));
        if !plausible(kinds as usize)
            || ffi::Py_TYPE(kinds) != &raw mut ffi::PyBytes_Type
            || ffi::PyBytes_Size(kinds) != 7
        {
            return Err(Misplaced("CODE_LOCALSPLUSKINDS"));
        }
        let names: O = get(code, at!(CODE_LOCALSPLUSNAMES));
        if !plausible(names as usize)
            || ffi::Py_TYPE(names) != &raw mut ffi::PyTuple_Type
            || ffi::PyTuple_Size(names) != 7
        {
            return Err(Misplaced("CODE_LOCALSPLUSNAMES"));
        }
        bytecode(code, attribute(code, c"co_code")?)
    }
}

/// The instructions in the code object are those of `co_code`, some of them specialised.
unsafe fn bytecode(code: O, plain: Owned) -> Result<(), Misplaced> {
    // SAFETY: the bytecode of a live code object, as long as `co_code`.
    unsafe {
        let size = usize::try_from(ffi::PyBytes_Size(plain.0)).unwrap_or(0);
        same!(code, VAR_SIZE: isize, size as isize / 2);
        let plain = std::slice::from_raw_parts(ffi::PyBytes_AsString(plain.0).cast::<u8>(), size);
        let live = code.cast::<u8>().add(at!(CODE_ADAPTIVE));
        let live = std::slice::from_raw_parts(live, size);
        let mut i = 0;
        while i + 1 < size {
            let op = usize::from(plain[i]);
            if usize::from(opcodes::DEOPT[usize::from(live[i])]) != op {
                return Err(Misplaced("CODE_ADAPTIVE"));
            }
            i += 2 + 2 * usize::from(opcodes::CACHES[op]);
        }
        Ok(())
    }
}
