//! Declarations that pyo3-ffi lacks, and typed access to struct fields by offset.

use crate::layout::offsets as at;
pub use pyo3_ffi::*;
use std::os::raw::{c_int, c_void};

/// A CPython interpreter frame; only ever behind a pointer.
#[repr(C)]
pub struct Frame {
    _opaque: [u8; 0],
}

/// `vectorcallfunc`.
pub type Vectorcall = unsafe extern "C" fn(
    *mut PyObject,
    *const *mut PyObject,
    usize,
    *mut PyObject,
) -> *mut PyObject;

/// `_PyFrameEvalFunction`.
pub type EvalFrame = unsafe extern "C" fn(*mut PyThreadState, *mut Frame, c_int) -> *mut PyObject;

pub const CO_OPTIMIZED: c_int = 1;
pub const CO_VARARGS: c_int = 4;
pub const CO_VARKEYWORDS: c_int = 8;
pub const CO_NEWLOCALS: c_int = 2;
/// Generators, coroutines and asynchronous generators.
pub const CO_GENERATORS: c_int = 0x20 | 0x80 | 0x200;
pub const VECTORCALL_OFFSET: usize = 1 << 63;

unsafe extern "C" {
    pub fn PyFunction_AddWatcher(
        callback: unsafe extern "C" fn(c_int, *mut PyObject, *mut PyObject) -> c_int,
    ) -> c_int;
    pub fn PyUnstable_GC_VisitObjects(
        callback: unsafe extern "C" fn(*mut PyObject, *mut c_void) -> c_int,
        argument: *mut c_void,
    );
    pub fn PyFunction_SetVectorcall(function: *mut PyObject, vectorcall: Vectorcall);
    #[cfg(Py_3_13)]
    pub fn _PyEval_MonitorRaise(
        thread: *mut PyThreadState,
        frame: *mut Frame,
        instruction: *const u16,
    );
    #[cfg(Py_3_13)]
    pub fn _PyFunction_SetVersion(function: *mut PyObject, version: u32);
    pub fn PyDict_AddWatcher(
        callback: unsafe extern "C" fn(c_int, *mut PyObject, *mut PyObject, *mut PyObject) -> c_int,
    ) -> c_int;
    pub fn PyDict_Watch(watcher: c_int, dict: *mut PyObject) -> c_int;
    pub fn PyUnstable_Eval_RequestCodeExtraIndex(
        free: Option<unsafe extern "C" fn(*mut c_void)>,
    ) -> Py_ssize_t;
    pub fn PyUnstable_Code_SetExtra(
        code: *mut PyObject,
        index: Py_ssize_t,
        value: *mut c_void,
    ) -> c_int;
    pub fn _PyEval_EvalFrameDefault(
        thread: *mut PyThreadState,
        frame: *mut Frame,
        throw: c_int,
    ) -> *mut PyObject;
    pub fn _PyInterpreterState_GetEvalFrameFunc(interp: *mut PyInterpreterState) -> EvalFrame;
    pub fn _PyInterpreterState_SetEvalFrameFunc(interp: *mut PyInterpreterState, f: EvalFrame);
    /// Only ever behind a pointer.
    pub static mut _PyRuntime: [u8; 0];
    pub fn PyCode_GetCode(code: *mut PyObject) -> *mut PyObject;
    pub fn PyTraceBack_Here(frame: *mut PyObject) -> c_int;
    pub fn _Py_Dealloc(object: *mut PyObject);
    pub static mut PyRangeIter_Type: PyTypeObject;
    pub static mut PyListIter_Type: PyTypeObject;
    pub static mut PyTupleIter_Type: PyTypeObject;
    pub static mut PyZip_Type: PyTypeObject;
    pub static mut PyMethod_Type: PyTypeObject;
    pub fn PyMethod_Function(method: *mut PyObject) -> *mut PyObject;
    pub fn PyMethod_Self(method: *mut PyObject) -> *mut PyObject;
    pub fn _PyObject_FunctionStr(function: *mut PyObject) -> *mut PyObject;
    pub fn _PyType_Lookup(ty: *mut PyTypeObject, name: *mut PyObject) -> *mut PyObject;
    pub fn PyUnstable_Type_AssignVersionTag(ty: *mut PyTypeObject) -> c_int;
    pub fn _PyObject_GetMethod(
        object: *mut PyObject,
        name: *mut PyObject,
        method: *mut *mut PyObject,
    ) -> c_int;
    pub fn _PyObject_LookupSpecial(object: *mut PyObject, name: *mut PyObject) -> *mut PyObject;
    pub fn _PyUnicode_JoinArray(
        separator: *mut PyObject,
        items: *const *mut PyObject,
        n: Py_ssize_t,
    ) -> *mut PyObject;
    pub fn _PyList_Extend(list: *mut PyObject, iterable: *mut PyObject) -> *mut PyObject;
    pub fn _PySet_Update(set: *mut PyObject, iterable: *mut PyObject) -> c_int;
    #[cfg(Py_3_13)]
    pub static mut PyFrameLocalsProxy_Type: PyTypeObject;
    pub fn _PyObject_New(ty: *mut PyTypeObject) -> *mut PyObject;
}

/// Reads the field of type `T` at `offset` bytes of the struct at `base`.
///
/// # Safety
/// `base` points to a live struct with a `T` there, as `layout::offsets` says.
#[inline(always)]
pub unsafe fn get<T: Copy, S>(base: *const S, offset: usize) -> T {
    // SAFETY: the caller vouches for the field; offsets come from the headers.
    unsafe { base.cast::<u8>().add(offset).cast::<T>().read() }
}

/// Writes the field of type `T` at `offset` bytes of the struct at `base`.
///
/// # Safety
/// As for [`get`], and nobody else reads the field at the same time (the GIL is held).
#[inline(always)]
pub unsafe fn set<T, S>(base: *mut S, offset: usize, value: T) {
    // SAFETY: the caller vouches for the field.
    unsafe { base.cast::<u8>().add(offset).cast::<T>().write(value) }
}

/// The current thread state; the GIL is held.
#[inline(always)]
pub fn thread() -> *mut PyThreadState {
    // SAFETY: callable with the GIL held; all of this crate runs with it.
    unsafe { PyThreadState_Get() }
}

/// Where the thread keeps its innermost frame.
///
/// # Safety
/// `ts` is a live thread state.
#[inline(always)]
pub unsafe fn current_frame(ts: *mut PyThreadState) -> *mut *mut Frame {
    // SAFETY: both fields exist in a live thread state of the version built against.
    unsafe {
        #[cfg(Py_3_13)]
        {
            ts.cast::<u8>().add(at::THREAD_CURRENT_FRAME).cast()
        }
        #[cfg(not(Py_3_13))]
        {
            let cframe: *mut u8 = get(ts, at::THREAD_CFRAME);
            cframe.add(at::CFRAME_CURRENT).cast()
        }
    }
}

/// How much of the C stack's counter the thread has left.
///
/// # Safety
/// `ts` is a live thread state.
#[inline(always)]
pub unsafe fn c_recursion(ts: *mut PyThreadState) -> *mut i32 {
    // SAFETY: a field of a live thread state.
    unsafe { ts.cast::<u8>().add(at::THREAD_C_RECURSION).cast() }
}

/// The frame's local slots; its value stack follows them.
///
/// # Safety
/// `frame` is a live frame.
#[inline(always)]
pub unsafe fn frame_slots(frame: *mut Frame) -> *mut *mut PyObject {
    // SAFETY: `localsplus` ends the struct.
    unsafe { frame.cast::<u8>().add(at::FRAME_LOCALSPLUS).cast() }
}

/// The word whose low bits ask for attention, and the mask of those bits.
///
/// # Safety
/// `ts` is a live thread state.
#[inline(always)]
pub unsafe fn eval_breaker(ts: *mut PyThreadState) -> *mut u8 {
    // SAFETY: as above. The lowest byte is enough on both versions: events on 3.13, the only flag on 3.12.
    unsafe {
        #[cfg(Py_3_13)]
        {
            ts.cast::<u8>().add(at::THREAD_EVAL_BREAKER)
        }
        #[cfg(not(Py_3_13))]
        {
            let interp: *mut u8 = get(ts, at::THREAD_INTERP);
            interp.add(at::INTERP_EVAL_BREAKER)
        }
    }
}
