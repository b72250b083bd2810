//! `/tmp/perf-PID.map`: what `perf` calls native functions. CPython writes this file for `-X perf`; entries go through it, so
//! that both can.

use super::Function;
use crate::ffi;
use std::ffi::{CString, c_char, c_int, c_uint, c_void};
use std::ptr::null_mut;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

unsafe extern "C" {
    fn PyUnstable_WritePerfMapEntry(
        address: *const c_void,
        size: c_uint,
        name: *const c_char,
    ) -> c_int;
    fn PyUnstable_PerfMapState_Fini();
}

static ON: AtomicBool = AtomicBool::new(false);

/// All entries: a child process writes a file of its own.
static ENTRIES: Mutex<Vec<(usize, u32, CString)>> = Mutex::new(Vec::new());

/// CPython writes the map for functions that it runs.
pub(super) fn is_pythons() -> bool {
    // SAFETY: the GIL is held; each result is tested and released once.
    unsafe {
        let ask = ffi::PySys_GetObject(c"is_stack_trampoline_active".as_ptr());
        let answer = if ask.is_null() {
            null_mut()
        } else {
            ffi::PyObject_CallNoArgs(ask)
        };
        let active = answer == ffi::Py_True();
        ffi::Py_XDECREF(answer);
        ffi::PyErr_Clear();
        active
    }
}

/// From now on units are written to the map.
pub(super) fn begin() {
    if !ON.swap(true, Relaxed) {
        // SAFETY: a function without arguments, for as long as the process lives.
        unsafe { libc::pthread_atfork(None, None, Some(in_child)) };
    }
}

/// A child has the units of its parent.
unsafe extern "C" fn in_child() {
    // The thread that forks holds the GIL, with which alone the entries are changed.
    let Ok(entries) = ENTRIES.try_lock() else {
        return;
    };
    // SAFETY: the file is the parent's as well: closing it here leaves it alone, and the first entry opens the child's.
    unsafe { PyUnstable_PerfMapState_Fini() };
    for (address, size, name) in entries.iter() {
        entry(*address, *size, name);
    }
}

fn entry(address: usize, size: u32, name: &CString) {
    // SAFETY: CPython reads the string and prints the two numbers. A file that cannot be written is left alone.
    unsafe { PyUnstable_WritePerfMapEntry(address as *const c_void, size, name.as_ptr()) };
}

/// Writes the functions of a unit at `base`, if somebody wants them. The GIL is held.
pub(super) fn write(base: usize, functions: &[Function<'_>]) {
    if !ON.load(Relaxed) {
        return;
    }
    let Ok(mut entries) = ENTRIES.try_lock() else {
        return;
    };
    for function in functions {
        let Ok(name) = CString::new(function.name.replace(['\n', '\0'], " ")) else {
            continue;
        };
        let address = base + function.offset as usize;
        entry(address, function.size, &name);
        entries.push((address, function.size, name));
    }
}
