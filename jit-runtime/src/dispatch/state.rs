//! What hangs on a code object: counts, units, and what its bytecode says of it.
//!
//! A state is made when its code is first counted and is never freed: it may outlive its code.

use super::bind::collects;
use super::calls::ONLY_NATIVE;
use super::register::keep_seen;
use super::trial::Trial;
use crate::code::{self, CodeInfo, Handler};
use crate::ffi::{self, PyObject, get};
use crate::image::{self, Linked};
use crate::layout::{offsets as at, opcodes};
use crate::monitoring;
use crate::operators::operator_at;
use crate::unit::{CodeHash, TypeTag};
use memchr::memmem;
use rustc_hash::FxHashMap;
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::os::raw::c_void;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicIsize, Ordering::Relaxed};

type O = *mut PyObject;

pub(super) static EXTRA: AtomicIsize = AtomicIsize::new(-1);

/// What is known of a loop, by its header.
#[derive(Default)]
pub(super) struct Loop {
    pub(super) count: u32,
    /// Iterations after which the compiler wants to be asked again.
    pub(super) next: u32,
    pub(super) unit: Option<&'static Linked>,
    pub(super) versions: u32,
    pub(super) given_up: bool,
    /// Calls of the function until its jumps were no longer counted.
    pub(super) calls: Option<u32>,
}

/// What hangs on a code object.
pub(super) struct State {
    /// The code object, which may end before its state.
    pub(super) code: O,
    /// Calls are taken over.
    pub(super) begun: Cell<bool>,
    /// Computed when first needed.
    pub(super) hash: Cell<Option<CodeHash>>,
    /// How hot it is: calls, and more for loops that were entered.
    pub(super) count: Cell<u32>,
    /// Calls alone, while they are counted.
    pub(super) calls: Cell<u32>,
    /// Calls after which the compiler wants to be asked again.
    pub(super) next: Cell<u32>,
    /// Calls after which it is asked though the code is not hot by its calls alone: each takes long. 0: it is not.
    pub(super) long: Cell<u32>,
    /// Types of the arguments when it was asked, until it is asked again.
    pub(super) waiting: RefCell<Option<Vec<TypeTag>>>,
    pub(super) unit: Cell<Option<&'static Linked>>,
    pub(super) versions: Cell<u32>,
    pub(super) given_up: Cell<bool>,
    pub(super) version_tag: Cell<u32>,
    pub(super) watched_loops: Cell<bool>,
    pub(super) has_loops: Cell<bool>,
    /// An earlier run had units of this code.
    pub(super) known: Cell<bool>,
    /// Ask for the call unit of an earlier run.
    pub(super) preload: Cell<bool>,
    /// An argument's slot is assigned or deleted.
    pub(super) rebinds: Cell<bool>,
    /// There are slots besides the arguments': arguments are dropped before them, `*args` from its end.
    pub(super) has_others: Cell<bool>,
    pub(super) loops: RefCell<FxHashMap<u32, Loop>>,
    /// Loops are not entered: the unit of the calls covers them, or the interpreter is faster.
    pub(super) loops_rest: Cell<bool>,
    pub(super) trial: Trial,
    /// Instructions (code unit) that have called a function in Python as an operator.
    pub(super) operators: RefCell<BTreeSet<u32>>,
    /// What the interpreter had seen in the code before it was made to look again.
    seen_before: RefCell<Option<Vec<u8>>>,
}

impl State {
    /// It shows when an argument dies in a call: before the parameter's slot is assigned, or other locals end.
    pub(super) fn minds_ends(&self) -> bool {
        self.rebinds.get() || self.has_others.get()
    }
}

/// The state of a code object, if it has one.
pub(super) unsafe fn known_state(code: O) -> Option<&'static State> {
    // SAFETY: a live code object; the extra of this index is ours and holds null or a leaked `State`.
    unsafe {
        let index = EXTRA.load(Relaxed);
        // Objects/codeobject.c, `_PyCodeObjectExtra`: how many there are, then the pointers.
        let extras: *const isize = get(code, at::CODE_EXTRA);
        if index < 0 || extras.is_null() || *extras <= index {
            return None;
        }
        (*extras.offset(1 + index) as *const State).as_ref()
    }
}

/// Functions with this code were given back to CPython, version and all: new ones need not be counted.
pub(super) unsafe fn is_interpreters(code: O) -> bool {
    // SAFETY: as above.
    unsafe {
        known_state(code).is_some_and(|state| {
            (state.given_up.get() || state.next.get() == ONLY_NATIVE)
                && get::<u32, _>(code, at::CODE_VERSION) != 0
        })
    }
}

/// The state of a code object, made when missing.
pub(super) unsafe fn state(code: O) -> Option<&'static State> {
    // SAFETY: a live code object; the extra of this index is ours and holds null or a leaked `State`.
    unsafe {
        if let Some(found) = known_state(code) {
            return Some(found);
        }
        let index = EXTRA.load(Relaxed);
        if index < 0 {
            return None;
        }
        let fresh: &'static State = Box::leak(Box::new(State {
            code,
            begun: Cell::new(false),
            hash: Cell::new(None),
            count: Cell::new(0),
            calls: Cell::new(0),
            next: Cell::new(0),
            long: Cell::new(0),
            waiting: RefCell::new(None),
            unit: Cell::new(None),
            versions: Cell::new(0),
            given_up: Cell::new(false),
            version_tag: Cell::new(0),
            watched_loops: Cell::new(false),
            has_loops: Cell::new(has_loops(code)),
            known: Cell::new(false),
            preload: Cell::new(false),
            rebinds: Cell::new(rebinds(code)),
            has_others: Cell::new(
                get::<i32, _>(code, at::CODE_NLOCALSPLUS) > get::<i32, _>(code, at::CODE_ARGCOUNT),
            ),
            loops: RefCell::new(FxHashMap::default()),
            loops_rest: Cell::new(false),
            trial: Trial::default(),
            operators: RefCell::default(),
            seen_before: RefCell::new(None),
        }));
        keep_seen(code, fresh);
        let pointer = std::ptr::from_ref(fresh).cast_mut().cast::<c_void>();
        let only_ours = get::<*const isize, _>(code, at::CODE_EXTRA).is_null();
        if ffi::PyUnstable_Code_SetExtra(code, index, pointer) < 0 {
            ffi::PyErr_Clear();
            return None;
        }
        if only_ours {
            // When code ends, the free functions of all extras that it has room for are called, set or not. The program's
            // must not be for code that it set nothing on. Setting one later makes the room.
            *get::<*mut isize, _>(code, at::CODE_EXTRA) = index + 1;
        }
        Some(fresh)
    }
}

/// What an instruction does that states record.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Effect {
    None,
    /// Assigns or clears the local of its argument.
    Sets,
    /// Assigns the local of the upper half of its argument.
    SetsUpper,
    /// Assigns the locals of both halves.
    SetsBoth,
    JumpsBack,
}

/// By opcode, specialised ones included.
static EFFECTS: LazyLock<[Effect; 256]> = LazyLock::new(|| {
    std::array::from_fn(|op| match opcodes::NAMES[usize::from(opcodes::DEOPT[op])] {
        "STORE_FAST" | "DELETE_FAST" | "LOAD_FAST_AND_CLEAR" => Effect::Sets,
        "STORE_FAST_LOAD_FAST" => Effect::SetsUpper,
        "STORE_FAST_STORE_FAST" => Effect::SetsBoth,
        "JUMP_BACKWARD" => Effect::JumpsBack,
        _ => Effect::None,
    })
});

/// Effects of the code's units, with their arguments.
unsafe fn effects(code: O) -> impl Iterator<Item = (Effect, usize)> {
    // SAFETY: the bytecode of a live code object, `Py_SIZE` code units.
    let bytes = unsafe {
        let units = get::<isize, _>(code, at::VAR_SIZE) as usize;
        std::slice::from_raw_parts(code.cast::<u8>().add(at::CODE_ADAPTIVE), units * 2)
    };
    let effects = &*EFFECTS;
    let pairs = bytes.chunks_exact(2);
    pairs.map(|unit| (effects[usize::from(unit[0])], usize::from(unit[1])))
}

/// The code of a function assigns or deletes one of its parameters.
unsafe fn rebinds(code: O) -> bool {
    // SAFETY: a live code object.
    unsafe {
        let n = get::<i32, _>(code, at::CODE_ARGCOUNT) as usize;
        effects(code).any(|(effect, arg)| match effect {
            Effect::Sets => arg < n,
            Effect::SetsUpper => arg >> 4 < n,
            Effect::SetsBoth => arg >> 4 < n || arg & 15 < n,
            Effect::None | Effect::JumpsBack => false,
        })
    }
}

pub(super) unsafe fn has_loops(code: O) -> bool {
    // SAFETY: a live code object.
    unsafe { effects(code).any(|(effect, _)| effect == Effect::JumpsBack) }
}

/// Reads a live code object, with all that the interpreter has seen in it.
pub(crate) unsafe fn read_code(code: O, hash: CodeHash) -> CodeInfo {
    // SAFETY: a live code object.
    unsafe {
        let mut info = code::read(code, hash);
        if let Some(state) = known_state(code) {
            info.operators.clone_from(&state.operators.borrow());
            if let Some(before) = state.seen_before.borrow().as_ref() {
                info.add_seen(before);
            }
        }
        info
    }
}

/// A function in Python is being called: if an operator of the current frame does it, that is noted in the state of the
/// frame's code.
pub(super) unsafe fn note_operator(ts: *mut ffi::PyThreadState) {
    // SAFETY: the current frame of the running thread; its code is alive.
    unsafe {
        if let Some((code, at)) = operator_at(*ffi::current_frame(ts))
            && let Some(state) = state(code)
        {
            state.operators.borrow_mut().insert(at);
        }
    }
}

/// A unit of this code meets other types than it was compiled for: from here to its recompilation the interpreter sees
/// which other instructions do. Once, for after that no instruction is expected to keep to what it has seen last.
pub(crate) unsafe fn look_again(code: O, hash: CodeHash) {
    // SAFETY: a live code object.
    unsafe {
        if let Some(state) = known_state(code)
            && state.seen_before.borrow().is_none()
        {
            let seen = code::read(code, hash).seen();
            state.seen_before.replace(Some(seen));
            code::look_again(code);
        }
    }
}

/// Content hash of a live code object, computed once.
pub(crate) unsafe fn code_hash(code: O) -> CodeHash {
    // SAFETY: a live code object.
    unsafe {
        match state(code) {
            Some(state) => state.hash.get().unwrap_or_else(|| {
                let hash = code::hash(code);
                state.hash.set(Some(hash));
                hash
            }),
            None => code::hash(code),
        }
    }
}

/// Exception table of a live code object.
pub(crate) unsafe fn handlers(code: O) -> Vec<Handler> {
    // SAFETY: the exception table of a live code object is a bytes object.
    unsafe {
        let table: O = get(code, at::CODE_EXCTABLE);
        let size = usize::try_from(ffi::PyBytes_Size(table)).unwrap_or(0);
        code::parse_handlers(std::slice::from_raw_parts(
            ffi::PyBytes_AsString(table).cast::<u8>(),
            size,
        ))
    }
}

/// The frameless unit of a function, if it has a valid one.
pub(crate) unsafe fn call_unit(function: O) -> Option<&'static Linked> {
    // SAFETY: `function` is null or live; its type is tested.
    unsafe {
        if function.is_null()
            || ffi::Py_TYPE(function).cast() != image::type_object(TypeTag::Function)
        {
            return None;
        }
        let code: O = get(function, at::FUNC_CODE);
        if !is_positional(code) {
            return None;
        }
        let linked = state(code)?.unit.get()?;
        let same: O = get(function, at::FUNC_GLOBALS);
        let native = linked.program.is_none();
        (native && linked.is_valid() && linked.globals.get() == same).then_some(linked)
    }
}

/// Each parameter is positional: a call with as many arguments needs no binding.
pub(crate) unsafe fn is_positional(code: O) -> bool {
    // SAFETY: a live code object.
    unsafe { get::<i32, _>(code, at::CODE_KWONLY) == 0 && collects(code) == [false; 2] }
}

pub(super) unsafe fn qualname(code: O) -> String {
    // SAFETY: a str field of a live code object.
    unsafe { text(get(code, at::CODE_QUALNAME)) }
}

/// File and first line.
pub(crate) unsafe fn place(code: O) -> (String, u32) {
    // SAFETY: fields of a live code object.
    unsafe {
        (
            text(get(code, at::CODE_FILENAME)),
            get::<i32, _>(code, at::CODE_FIRSTLINENO).max(0) as u32,
        )
    }
}

/// A live str; empty if it has no UTF-8 form.
unsafe fn text(object: O) -> String {
    // SAFETY: a live str, whose UTF-8 form lives as long as it does.
    unsafe {
        let text = ffi::PyUnicode_AsUTF8(object);
        if text.is_null() {
            ffi::PyErr_Clear();
            return String::new();
        }
        std::ffi::CStr::from_ptr(text)
            .to_string_lossy()
            .into_owned()
    }
}

/// Code of the user's own files: not of the standard library, not of installed packages, not frozen.
pub(super) unsafe fn is_users(code: O) -> bool {
    // SAFETY: a str field of a live code object.
    unsafe {
        let text = ffi::PyUnicode_AsUTF8(get(code, at::CODE_FILENAME));
        if text.is_null() {
            ffi::PyErr_Clear();
            return false;
        }
        let name = std::ffi::CStr::from_ptr(text).to_bytes();
        !name.starts_with(b"<frozen") && memmem::find(name, b"/lib/python3").is_none()
    }
}

/// Asks for JUMP events of this code object.
pub(super) unsafe fn watch_loops(code: O, state: &State) {
    state.watched_loops.set(true);
    // SAFETY: a live code object; `code_ended` forgets it.
    unsafe { monitoring::watch(code) };
}

/// A code object ends, with this state.
pub(super) unsafe extern "C" fn code_ended(state: *mut c_void) {
    // SAFETY: null or a leaked `State`; a code object with linked units does not end.
    if let Some(state) = unsafe { state.cast::<State>().as_ref() }
        && state.watched_loops.get()
    {
        monitoring::forget(state.code);
    }
}
