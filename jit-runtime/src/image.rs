//! Links a unit, from its image or placed in memory at once: fills the slots, watches facts, makes the text executable.
//!
//! An image holds no address. A *linked* unit belongs to one code object and one globals dict. Text is never writable
//! once it can run, and native code is neither patched nor freed.

use crate::assumptions;
use crate::code::{CodeInfo, Handler};
use crate::dispatch::{self, Verdict};
use crate::ffi::{self, PyObject, get};
use crate::frame;
use crate::helpers;
use crate::interpreted::Program;
use crate::layout::offsets as at;
use crate::methods::{self, PlainFunction};
use crate::monitoring;
use crate::profiling;
use crate::region::Region;
use crate::shape;
use crate::stats;
use crate::tracemalloc;
use crate::unit::{
    EntryKind, Error, ExitDesc, ExitReason, GlobalFact, GlobalKey, Known, Slot, TypeTag, UnitMeta,
    split_key,
};
use std::cell::{Cell, RefCell};
use std::os::raw::c_int;
use std::ptr::null_mut;

type O = *mut PyObject;

/// Why a unit cannot be linked here and now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    #[error("no executable memory")]
    Memory,
    #[error("malformed image")]
    Malformed,
    #[error("a global is not what the unit was compiled for")]
    Fact,
    #[error("a function it calls is not compiled")]
    Callee,
}

/// A unit that can run.
#[repr(C)]
pub struct Linked {
    /// Not 0: never entered again; native code that runs leaves at the next instruction. Compiled code reads it, so it
    /// stands first.
    broken: Cell<u64>,
    pub meta: UnitMeta,
    pub(crate) code: O,
    /// Borrowed, so that a module's objects die when they do under CPython; null once the dict is gone.
    pub(crate) globals: Cell<O>,
    pub(crate) nlocalsplus: usize,
    pub(crate) handlers: Vec<Handler>,
    text: *const u8,
    exits: Vec<Cell<u32>>,
    /// Exits that speak for a recompilation.
    pub(crate) hot_exits: Cell<u32>,
    pub(crate) entries: Cell<u64>,
    pub(crate) misses: Cell<u32>,
    /// Too many of its calls end in the interpreter.
    pub(crate) hopeless: Cell<bool>,
    pub(crate) cycles: Cell<u64>,
    /// Nobody was watching its code when the events had this version.
    pub(crate) unwatched: Cell<usize>,
    /// Whether it pays.
    pub verdict: Cell<Verdict>,
    /// Units that call this one directly.
    pub(crate) callers: RefCell<Vec<&'static Linked>>,
    /// Units that this one calls directly.
    pub(crate) callees: RefCell<Vec<&'static Linked>>,
    /// What runs in place of native code; there is none then.
    pub(crate) program: Option<&'static dyn Program>,
    /// Objects of watched globals that compiled code uses without a reference of its own.
    held: RefCell<Vec<O>>,
}

// SAFETY: all fields that change, and all Python objects, are touched only with the GIL held.
unsafe impl Sync for Linked {}
// SAFETY: as above.
unsafe impl Send for Linked {}

/// Stands among the instructions that exits have taught: the unit should have a frame.
pub const NEEDS_FRAME: u32 = u32::MAX;

/// In an instruction that exits have taught: what it calls is for the interpreter.
pub const UNCOMPILED: u32 = 1 << 31;

/// An exit seen this often speaks for a recompilation.
const HOT_EXIT: u32 = 12;

impl Linked {
    /// Native code may be entered.
    pub fn is_valid(&self) -> bool {
        self.broken.get() == 0
    }

    /// Never entered again, nor the units that call it.
    pub(crate) fn invalidate(&self) {
        if self.broken.replace(1) == 0 {
            dispatch::release_held(self.held.take());
            for caller in self.callers.borrow().iter() {
                caller.invalidate();
            }
        }
    }

    pub(crate) fn entry_address(&self) -> *const u8 {
        // SAFETY: `entry` was checked to lie within the text.
        unsafe { self.text.add(self.meta.entry as usize) }
    }

    pub(crate) fn core_address(&self) -> *const u8 {
        // SAFETY: as above.
        unsafe { self.text.add(self.meta.core as usize) }
    }

    /// There is a frame while it runs, so that it may run Python code.
    pub(crate) fn is_framed(&self) -> bool {
        match &self.meta.entry_kind {
            EntryKind::Call(abi) => abi.framed,
            EntryKind::Loop { .. } => self.meta.names.is_empty(),
        }
    }

    /// Where it is called by the boxed convention; 0: it cannot be.
    pub(crate) fn boxed_address(&self) -> usize {
        // SAFETY: `boxed` was checked to lie within the text.
        let address = |offset: u32| unsafe { self.text.add(offset as usize) };
        self.meta.boxed.map_or(0, |offset| address(offset) as usize)
    }

    pub(crate) fn constant(&self, i: u16) -> O {
        // SAFETY: the code object is alive (linking took a reference); the compiler names only existing constants.
        unsafe { ffi::PyTuple_GET_ITEM(get(self.code, at::CODE_CONSTS), i as isize) }
    }

    pub(crate) fn note_exit(&self, id: usize, desc: &ExitDesc) {
        stats::count(stats::Counter::Exits);
        let seen = self.exits[id].get() + 1;
        self.exits[id].set(seen);
        if dispatch::trace_exits() {
            eprintln!(
                "pyaot: exit {:?} ({:?}) in {} at {}",
                desc.reason, desc.kind, self.meta.qualname, desc.at
            );
        }
        if desc.reason == ExitReason::Poll {
            dispatch::note_poll();
        } else if self.meta.entry_kind.abi().is_some_and(|abi| abi.framed) {
            let left = self.misses.get() + 1;
            self.misses.set(left);
            if left > 300 && u64::from(left) * 4 > self.entries.get() {
                self.hopeless.set(true);
                self.invalidate();
            }
        }
        if seen == HOT_EXIT / 3 && desc.reason == ExitReason::Type {
            // SAFETY: a linked unit holds its code; units leave with the GIL held.
            unsafe { dispatch::look_again(self.code, self.meta.code) }
        }
        if seen == HOT_EXIT && self.speculative(desc.reason) {
            self.hot_exits.set(self.hot_exits.get() + 1);
            // Sites that call it natively look for its successor.
            if self.meta.entry_kind.abi().is_some() && self.callers.borrow().is_empty() {
                self.invalidate();
            }
        }
        // Its next entry from the interpreter would replace it; there is none.
        if seen == HOT_EXIT * 100 && self.speculative(desc.reason) {
            self.invalidate();
        }
    }

    fn speculative(&self, reason: ExitReason) -> bool {
        let no_frame = self.meta.entry_kind.abi().is_some_and(|abi| !abi.framed);
        (no_frame && matches!(reason, ExitReason::Unsupported | ExitReason::Destructor))
            || matches!(
                reason,
                ExitReason::Type
                    | ExitReason::Callee
                    | ExitReason::Overflow
                    | ExitReason::Unreached
                    | ExitReason::WouldRaise
                    | ExitReason::Bounds
            )
    }

    /// The code as it is now, inline caches included.
    pub fn read_code(&self) -> CodeInfo {
        // SAFETY: a linked unit holds its code; callers hold the GIL.
        unsafe { dispatch::read_code(self.code, self.meta.code) }
    }

    /// File and first line of the code.
    pub fn place(&self) -> (String, u32) {
        // SAFETY: as above.
        unsafe { dispatch::place(self.code) }
    }

    /// Exits speak for a recompilation that has not happened.
    pub fn has_hot_exits(&self) -> bool {
        self.hot_exits.get() > 0
    }

    /// Line of an instruction.
    pub fn line(&self, at: u32) -> u32 {
        // SAFETY: as above.
        unsafe { line_of(self.code, at) }
    }

    /// Exits by instruction and reason, with how often each was taken.
    pub fn exit_counts(&self) -> Vec<(u32, ExitReason, u32)> {
        self.meta
            .exits
            .iter()
            .zip(&self.exits)
            .filter(|(_, n)| n.get() > 0)
            .map(|(d, n)| (d.at, d.reason, n.get()))
            .collect()
    }

    /// Instructions where speculation failed often. Code that had not run is found to have run when it is read again.
    pub fn failed_speculation(&self) -> Vec<u32> {
        let framed = self.is_framed();
        let failed = |(desc, n): &(&ExitDesc, &Cell<u32>)| {
            n.get() >= HOT_EXIT
                && desc.reason != ExitReason::Unreached
                && self.speculative(desc.reason)
        };
        self.meta
            .exits
            .iter()
            .zip(&self.exits)
            .filter(failed)
            .map(|(desc, _)| match desc.reason {
                ExitReason::Unsupported | ExitReason::Destructor => NEEDS_FRAME,
                ExitReason::Callee if framed => desc.at | UNCOMPILED,
                ExitReason::Callee => NEEDS_FRAME,
                _ => desc.at,
            })
            .collect()
    }
}

/// Line of the instruction at this code unit; 0: none.
pub(crate) unsafe fn line_of(code: O, at: u32) -> u32 {
    // SAFETY: a live code object; any offset may be asked for.
    unsafe { ffi::PyCode_Addr2Line(code.cast(), at as c_int * 2).max(0) as u32 }
}

/// A unit that is interpreted.
///
/// # Safety
/// The GIL is held; `code` is a live code object whose content hash is `meta.code`, `globals` the dict of a function or
/// frame that runs it; the program never names slots or names that the code does not have.
pub(crate) unsafe fn interpreted(
    meta: UnitMeta,
    program: &'static dyn Program,
    code: O,
    globals: O,
) -> &'static Linked {
    // SAFETY: as required of the caller.
    unsafe {
        ffi::Py_INCREF(code);
        let linked: &'static Linked = Box::leak(Box::new(Linked {
            code,
            globals: Cell::new(globals),
            nlocalsplus: get::<i32, _>(code, at::CODE_NLOCALSPLUS) as usize,
            handlers: dispatch::handlers(code),
            text: std::ptr::null(),
            broken: Cell::new(0),
            hopeless: Cell::new(false),
            held: RefCell::new(Vec::new()),
            exits: Vec::new(),
            hot_exits: Cell::new(0),
            entries: Cell::new(0),
            misses: Cell::new(0),
            cycles: Cell::new(0),
            unwatched: Cell::new(usize::MAX),
            verdict: Cell::default(),
            callers: RefCell::new(Vec::new()),
            callees: RefCell::new(Vec::new()),
            program: Some(program),
            meta,
        }));
        assumptions::watch_namespace(globals, linked);
        linked
    }
}

/// Address of a type object.
pub(crate) fn type_object(tag: TypeTag) -> O {
    (match tag {
        TypeTag::Int | TypeTag::BigInt => &raw mut ffi::PyLong_Type,
        TypeTag::Float => &raw mut ffi::PyFloat_Type,
        TypeTag::Bool => &raw mut ffi::PyBool_Type,
        TypeTag::Str => &raw mut ffi::PyUnicode_Type,
        TypeTag::List => &raw mut ffi::PyList_Type,
        TypeTag::Tuple => &raw mut ffi::PyTuple_Type,
        TypeTag::Dict => &raw mut ffi::PyDict_Type,
        TypeTag::Range => &raw mut ffi::PyRange_Type,
        TypeTag::RangeIter => &raw mut ffi::PyRangeIter_Type,
        TypeTag::ListIter => &raw mut ffi::PyListIter_Type,
        TypeTag::TupleIter => &raw mut ffi::PyTupleIter_Type,
        TypeTag::Function => &raw mut ffi::PyFunction_Type,
        TypeTag::Module => &raw mut ffi::PyModule_Type,
        TypeTag::None | TypeTag::Other => return null_mut(),
    })
    .cast()
}

/// Address of a class of exceptions.
fn class_of(error: Error) -> O {
    // SAFETY: set before any Python code runs, and never again.
    unsafe {
        match error {
            Error::ZeroDivision => ffi::PyExc_ZeroDivisionError,
            Error::Index => ffi::PyExc_IndexError,
            Error::Key => ffi::PyExc_KeyError,
            Error::Value => ffi::PyExc_ValueError,
        }
    }
}

/// Exact type of a live object.
pub(crate) fn tag_of(object: O) -> TypeTag {
    // SAFETY: a live object; the GIL is held.
    unsafe {
        if object == ffi::Py_None() {
            return TypeTag::None;
        }
        let ty: O = ffi::Py_TYPE(object).cast();
        if ty == type_object(TypeTag::Int) {
            let mut overflow = 0;
            ffi::PyLong_AsLongLongAndOverflow(object, &mut overflow);
            return if overflow == 0 {
                TypeTag::Int
            } else {
                TypeTag::BigInt
            };
        }
        [
            TypeTag::Float,
            TypeTag::Bool,
            TypeTag::Str,
            TypeTag::List,
            TypeTag::Tuple,
            TypeTag::Dict,
            TypeTag::Range,
            TypeTag::RangeIter,
            TypeTag::ListIter,
            TypeTag::TupleIter,
            TypeTag::Function,
            TypeTag::Module,
        ]
        .into_iter()
        .find(|&tag| type_object(tag) == ty)
        .unwrap_or(TypeTag::Other)
    }
}

/// Looks a name up as `LOAD_GLOBAL` does; borrowed, null if unbound. The flag: found among the builtins.
pub(crate) unsafe fn lookup_global(globals: O, builtins: O, name: O) -> (O, bool) {
    // SAFETY: live dicts and a live str.
    unsafe {
        let found = ffi::PyDict_GetItemWithError(globals, name);
        if !found.is_null() || ffi::PyDict_CheckExact(builtins) == 0 {
            return (found, false);
        }
        (ffi::PyDict_GetItemWithError(builtins, name), true)
    }
}

/// What a plain module's namespace binds a name to; borrowed, null if the object is no plain module or does not bind it.
pub(crate) unsafe fn module_attribute(object: O, name: O) -> O {
    // SAFETY: a live object or null; a module's dict lives as long as it does.
    unsafe {
        if object.is_null() || ffi::PyModule_CheckExact(object) == 0 {
            return null_mut();
        }
        let found = ffi::PyDict_GetItemWithError(ffi::PyModule_GetDict(object), name);
        if found.is_null() {
            ffi::PyErr_Clear();
        }
        found
    }
}

/// What an object that a global names is, as a fact.
pub(crate) unsafe fn global_fact(object: O) -> GlobalFact {
    // SAFETY: a live object or null.
    unsafe {
        if object.is_null() {
            return GlobalFact::Missing;
        }
        if let Some(known) = known(object) {
            return GlobalFact::Known(known);
        }
        if ffi::Py_TYPE(object).cast() == type_object(TypeTag::Function) {
            return GlobalFact::Function {
                code: dispatch::code_hash(get(object, at::FUNC_CODE)),
            };
        }
        GlobalFact::Object(tag_of(object))
    }
}

pub(crate) unsafe fn known(object: O) -> Option<Known> {
    // SAFETY: a live object; a builtin function's definition lives as long as it does.
    unsafe {
        if object == type_object(TypeTag::Int) {
            return Some(Known::IntType);
        }
        if object == type_object(TypeTag::Float) {
            return Some(Known::FloatType);
        }
        if object == type_object(TypeTag::Range) {
            return Some(Known::Range);
        }
        if ffi::Py_TYPE(object) != &raw mut ffi::PyCFunction_Type {
            return None;
        }
        let module = ffi::PyCFunction_GetSelf(object);
        if module.is_null() || ffi::PyModule_Check(module) == 0 {
            return None;
        }
        let of = ffi::PyModule_GetName(module);
        let definition = get::<*mut ffi::PyMethodDef, _>(object, 16);
        if of.is_null() || definition.is_null() {
            ffi::PyErr_Clear();
            return None;
        }
        let of = std::ffi::CStr::from_ptr(of).to_str().ok()?;
        let name = std::ffi::CStr::from_ptr((*definition).ml_name)
            .to_str()
            .ok()?;
        match (of, name) {
            ("builtins", "len") => Some(Known::Len),
            ("builtins", "abs") => Some(Known::Abs),
            ("builtins", "min") => Some(Known::Min),
            ("builtins", "max") => Some(Known::Max),
            ("math", name) if let Some(i) = helpers::MATH.iter().position(|m| m.0 == name) => {
                Some(Known::Math(i as u8))
            }
            _ if methods::takes_no_tuple(definition) => {
                PlainFunction::named(of, name).map(Known::Plain)
            }
            _ => None,
        }
    }
}

/// Links what a region holds, for a code object and a globals dict.
///
/// # Safety
/// The GIL is held; `code` is a live code object whose content hash is `meta.code`, `globals` and `builtins` are those
/// of a function or frame that runs it.
pub(crate) unsafe fn link(
    meta: UnitMeta,
    region: &Region,
    code: O,
    globals: O,
    builtins: O,
) -> Result<&'static Linked, LinkError> {
    // SAFETY: the region has room for the slots, and is writable until it is sealed.
    unsafe {
        let places = [Some(meta.entry), Some(meta.core), meta.boxed];
        if places
            .into_iter()
            .flatten()
            .any(|at| at as usize >= region.text())
        {
            return Err(LinkError::Malformed);
        }
        let slots = region.slots(meta.slots.len()).ok_or(LinkError::Malformed)?;
        let names: O = get(code, at::CODE_NAMES);
        let name_of = |i: u16| -> Result<O, LinkError> {
            if isize::try_from(i).map_err(|_| LinkError::Malformed)? >= ffi::PyTuple_GET_SIZE(names)
            {
                return Err(LinkError::Malformed);
            }
            Ok(ffi::PyTuple_GET_ITEM(names, i as isize))
        };
        let find = |key: GlobalKey| -> Result<(O, bool), LinkError> {
            let (name, attribute) = split_key(key);
            let (object, builtin) = lookup_global(globals, builtins, name_of(name as u16)?);
            match attribute {
                None => Ok((object, builtin)),
                Some(attribute) => {
                    Ok((module_attribute(object, name_of(attribute as u16)?), false))
                }
            }
        };
        for (i, fact) in &meta.globals {
            let (object, _) = find(*i)?;
            if global_fact(object) != *fact {
                return Err(LinkError::Fact);
            }
        }
        ffi::Py_INCREF(code);
        let exits = meta.exits.iter().map(|_| Cell::new(0)).collect();
        let linked: &'static Linked = Box::leak(Box::new(Linked {
            code,
            globals: Cell::new(globals),
            nlocalsplus: get::<i32, _>(code, at::CODE_NLOCALSPLUS) as usize,
            handlers: dispatch::handlers(code),
            text: region.base(),
            broken: Cell::new(0),
            held: RefCell::new(Vec::new()),
            exits,
            hot_exits: Cell::new(0),
            entries: Cell::new(0),
            misses: Cell::new(0),
            hopeless: Cell::new(false),
            cycles: Cell::new(0),
            unwatched: Cell::new(usize::MAX),
            verdict: Cell::default(),
            callers: RefCell::new(Vec::new()),
            callees: RefCell::new(Vec::new()),
            program: None,
            meta,
        }));
        for (i, slot) in linked.meta.slots.iter().enumerate() {
            let word = match slot {
                Slot::Unit => std::ptr::from_ref(linked) as usize,
                Slot::CodeBase => code.cast::<u8>().add(at::CODE_ADAPTIVE) as usize,
                Slot::Helper(h) => helpers::address(*h).ok_or(LinkError::Malformed)?,
                Slot::Type(tag) => type_object(*tag) as usize,
                Slot::True => ffi::Py_True() as usize,
                Slot::False => ffi::Py_False() as usize,
                Slot::None => ffi::Py_None() as usize,
                Slot::Const(c) => {
                    let consts: O = get(code, at::CODE_CONSTS);
                    if isize::from(*c as i16) >= ffi::PyTuple_GET_SIZE(consts) {
                        return Err(LinkError::Malformed);
                    }
                    linked.constant(*c) as usize
                }
                Slot::Name(n) => name_of(*n)? as usize,
                Slot::Global(n) => {
                    let object = find(*n)?.0;
                    let fact = linked.meta.globals.iter().find(|g| g.0 == *n);
                    if fact.is_some_and(|g| g.1.is_held()) {
                        ffi::Py_INCREF(object);
                        linked.held.borrow_mut().push(object);
                    }
                    object as usize
                }
                Slot::Core(n) => {
                    let function = find(*n)?.0;
                    let callee = dispatch::call_unit(function).ok_or(LinkError::Callee)?;
                    let expected = linked.meta.callees.iter().find(|c| c.0 == *n);
                    if callee.meta.entry_kind.abi() != expected.map(|c| &c.1) {
                        return Err(LinkError::Callee);
                    }
                    callee.callers.borrow_mut().push(linked);
                    linked.callees.borrow_mut().push(callee);
                    assumptions::watch_function(function, linked);
                    callee.core_address() as usize
                }
                Slot::EvalBreaker => ffi::eval_breaker(ffi::thread()) as usize,
                Slot::StackLimit => dispatch::stack_limit_address(),
                Slot::Exception(error) => class_of(*error) as usize,
                Slot::Exposed => frame::exposed_address(),
                Slot::LimitOf => dispatch::limit_of_address(),
                Slot::EvalFrame => dispatch::eval_frame(ffi::thread()) as usize,
                Slot::Site(_, word) if word % shape::ENTRY_WORDS == 0 => shape::NO_VERSION as usize,
                Slot::Group(_, _, true) => shape::NO_VERSION as usize,
                Slot::Site(..) | Slot::Group(..) => 0,
                Slot::Disturbed => monitoring::foreign_address(),
                Slot::ListAppend => dispatch::list_append(),
                Slot::Method(method) => method.descriptor(),
                Slot::AsciiStrings => (&raw const ffi::_PyRuntime as usize) + at::RUNTIME_ASCII,
                Slot::SmallInts => dispatch::small_ints(),
            };
            *slots.add(i) = word;
        }
        assumptions::watch_namespace(globals, linked);
        for (i, _) in &linked.meta.globals {
            let (name, attribute) = split_key(*i);
            assumptions::watch_global(globals, builtins, name_of(name as u16)?, linked);
            if let Some(attribute) = attribute {
                let module = find(name)?.0;
                assumptions::watch_attribute(module, name_of(attribute as u16)?, linked);
            }
        }
        if !region.seal() {
            return Err(LinkError::Memory);
        }
        profiling::linked(linked, region);
        tracemalloc::intercept();
        stats::count(stats::Counter::Linked);
        Ok(linked)
    }
}
