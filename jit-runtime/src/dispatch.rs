//! Dispatch: which functions and loops are watched, counted, and entered natively.
//!
//! A function watcher gives each new plain function a counting vectorcall, [`entry`]. When a function is hot the
//! compiler is asked; from then on `entry` runs its unit, or the function is given back to CPython for good. Loops are
//! counted by a JUMP event on their code object, whose callback enters the loop's unit on the running frame. State
//! hangs on the code object (`co_extra`), so `f.__code__ = g.__code__` just works.

use crate::assumptions;
use crate::code::{self, CodeInfo, Handler};
use crate::ffi::{
    self, CO_GENERATORS, CO_NEWLOCALS, CO_OPTIMIZED, CO_VARARGS, Frame, PyObject, Vectorcall, get,
    set,
};
use crate::frame;
use crate::helpers;
use crate::image::{self, LinkError, Linked};
use crate::interpreted::{self, Program};
use crate::layout::{offsets as at, opcodes};
use crate::monitoring;
use crate::region::Region;
use crate::stats::{self, Counter};
use crate::unit::{
    CalleeAbi, CodeHash, GlobalFact, GlobalKey, Repr, TypeTag, UnitMeta, split_key, status,
};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::os::raw::{c_int, c_void};
use std::ptr::null_mut;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicIsize, AtomicU32, AtomicUsize, Ordering::Relaxed};

type O = *mut PyObject;

/// The compiler, as the runtime sees it.
pub trait Compiler: Sync {
    /// A function was called often: its unit, or none for good.
    fn hot_call(&self, site: &mut Site<'_>) -> Option<&'static Linked>;
    /// A loop ran often: its unit, or none for good.
    fn hot_loop(&self, site: &mut Site<'_>, header: u32) -> Option<&'static Linked>;
    /// This code was hot in an earlier run: ask at the first call or jump.
    fn is_known(&self, qualname: &str) -> bool;
    /// A unit for this entry from an earlier run, if one can be linked.
    fn preloaded(&self, site: &mut Site<'_>, header: Option<u32>) -> Option<&'static Linked>;
}

static COMPILER: OnceLock<&'static dyn Compiler> = OnceLock::new();
static EXTRA: AtomicIsize = AtomicIsize::new(-1);
static ORIGINAL: AtomicUsize = AtomicUsize::new(0);
static ON: AtomicBool = AtomicBool::new(false);
static TRACE_EXITS: AtomicBool = AtomicBool::new(false);
static KEEP_SEEN: AtomicBool = AtomicBool::new(false);
static CALL_THRESHOLD: AtomicU32 = AtomicU32::new(400);
static LOOP_THRESHOLD: AtomicU32 = AtomicU32::new(1000);
static STACK_LIMIT: AtomicUsize = AtomicUsize::new(0);
/// A function that is never called: see `forget_version`.
static OWN_FUNCTION: AtomicUsize = AtomicUsize::new(0);
/// The thread that the limit is for.
static LIMIT_OF: AtomicUsize = AtomicUsize::new(0);
static LIST_APPEND: AtomicUsize = AtomicUsize::new(0);
static SMALL_INTS: AtomicUsize = AtomicUsize::new(0);

/// Native activations that the interpreter has entered and that have not returned.
static ACTIVE: AtomicUsize = AtomicUsize::new(0);

/// References that invalidated units held. Native code may still use the objects until it has returned.
struct Graveyard(RefCell<Vec<O>>);
// SAFETY: only used with the GIL held.
unsafe impl Sync for Graveyard {}
static GRAVEYARD: Graveyard = Graveyard(RefCell::new(Vec::new()));

/// Live functions that the compiler was asked about.
#[derive(Default)]
struct Natives(RefCell<std::collections::HashSet<usize>>);
// SAFETY: only used with the GIL held.
unsafe impl Sync for Natives {}
static NATIVE: std::sync::LazyLock<Natives> = std::sync::LazyLock::new(Default::default);
// SAFETY: as above.
unsafe impl Send for Natives {}

/// References that a unit no longer needs.
pub(crate) fn release_held(objects: Vec<O>) {
    GRAVEYARD.0.borrow_mut().extend(objects);
}

/// Drops what invalidated units held, unless native code runs.
pub(crate) fn bury() {
    if ACTIVE.load(Relaxed) != 0 {
        return;
    }
    let objects = GRAVEYARD.0.take();
    if objects.is_empty() {
        return;
    }
    // SAFETY: references that units owned; an exception being raised must not be seen by what ends.
    unsafe {
        let raised = ffi::PyErr_GetRaisedException();
        for object in objects {
            ffi::Py_DECREF(object);
        }
        if !raised.is_null() {
            ffi::PyErr_SetRaisedException(raised);
        }
    }
}

/// Counts an activation of native code from the interpreter while it is alive.
pub(crate) struct Activation;

impl Activation {
    pub(crate) fn new() -> Activation {
        // Plain loads and stores: the GIL is held.
        ACTIVE.store(ACTIVE.load(Relaxed) + 1, Relaxed);
        Activation
    }
}

impl Drop for Activation {
    fn drop(&mut self) {
        let left = ACTIVE.load(Relaxed) - 1;
        ACTIVE.store(left, Relaxed);
        if left == 0 && !GRAVEYARD.0.borrow().is_empty() {
            bury();
        }
    }
}

pub(crate) fn limit_of_address() -> usize {
    LIMIT_OF.as_ptr() as usize
}

/// Recompilations of one entry; the last version has no speculation where it failed.
const MAX_VERSIONS: u32 = 5;

/// What is known of a loop, by its header.
#[derive(Default)]
struct Loop {
    count: u32,
    /// Iterations after which the compiler wants to be asked again.
    next: u32,
    unit: Option<&'static Linked>,
    versions: u32,
    given_up: bool,
}

/// What hangs on a code object.
struct State {
    /// The code object, which may end before its state.
    code: O,
    /// Calls are taken over.
    begun: Cell<bool>,
    /// Computed when first needed.
    hash: Cell<Option<CodeHash>>,
    count: Cell<u32>,
    /// Calls after which the compiler wants to be asked again.
    next: Cell<u32>,
    /// Types of the arguments when it was asked, until it is asked again.
    waiting: RefCell<Option<Vec<TypeTag>>>,
    unit: Cell<Option<&'static Linked>>,
    versions: Cell<u32>,
    given_up: Cell<bool>,
    version_tag: Cell<u32>,
    watched_loops: Cell<bool>,
    has_loops: Cell<bool>,
    /// An earlier run had units of this code.
    known: Cell<bool>,
    /// Ask for the call unit of an earlier run.
    preload: Cell<bool>,
    /// An argument's slot is assigned or deleted.
    rebinds: Cell<bool>,
    /// There are slots besides the arguments': arguments are dropped before them, `*args` from its end.
    has_others: Cell<bool>,
    loops: RefCell<HashMap<u32, Loop>>,
}

/// Exits are to be printed (`PYAOT_TRACE=exits`).
pub(crate) fn trace_exits() -> bool {
    TRACE_EXITS.load(Relaxed)
}

pub(crate) fn stack_limit_address() -> usize {
    STACK_LIMIT.as_ptr() as usize
}

pub(crate) fn list_append() -> usize {
    LIST_APPEND.load(Relaxed)
}

pub(crate) fn small_ints() -> usize {
    SMALL_INTS.load(Relaxed)
}

/// The state of a code object, made when missing.
unsafe fn state(code: O) -> Option<&'static State> {
    // SAFETY: a live code object; the extra of this index is ours and holds null or a leaked `State`.
    unsafe {
        let index = EXTRA.load(Relaxed);
        if index < 0 {
            return None;
        }
        // Objects/codeobject.c, `_PyCodeObjectExtra`: how many there are, then the pointers.
        let extras: *const isize = get(code, at::CODE_EXTRA);
        if !extras.is_null() && *extras > index {
            let found = *extras.offset(1 + index) as *const State;
            if !found.is_null() {
                return Some(&*found);
            }
        }
        let fresh: &'static State = Box::leak(Box::new(State {
            code,
            begun: Cell::new(false),
            hash: Cell::new(None),
            count: Cell::new(0),
            next: Cell::new(0),
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
            loops: RefCell::new(HashMap::new()),
        }));
        if KEEP_SEEN.load(Relaxed) {
            let (filename, first_line) = place(code);
            let seen = Seen {
                qualname: qualname(code),
                filename,
                first_line,
                calls: 0,
                loops: Vec::new(),
                users: is_users(code),
            };
            REGISTER.0.borrow_mut().push(Kept { seen, state: fresh });
        }
        let pointer = std::ptr::from_ref(fresh).cast_mut().cast::<c_void>();
        if ffi::PyUnstable_Code_SetExtra(code, index, pointer) < 0 {
            ffi::PyErr_Clear();
            return None;
        }
        Some(fresh)
    }
}

/// The code of a function assigns or deletes one of its parameters.
unsafe fn rebinds(code: O) -> bool {
    // SAFETY: as for `has_loops`.
    unsafe {
        let n = get::<i32, _>(code, at::CODE_ARGCOUNT) as usize;
        let units = get::<isize, _>(code, at::VAR_SIZE) as usize;
        let bytes = std::slice::from_raw_parts(code.cast::<u8>().add(at::CODE_ADAPTIVE), units * 2);
        bytes.chunks_exact(2).any(|unit| {
            let arg = usize::from(unit[1]);
            match opcodes::NAMES[usize::from(opcodes::DEOPT[usize::from(unit[0])])] {
                "STORE_FAST" | "DELETE_FAST" | "LOAD_FAST_AND_CLEAR" => arg < n,
                "STORE_FAST_LOAD_FAST" => arg >> 4 < n,
                "STORE_FAST_STORE_FAST" => arg >> 4 < n || arg & 15 < n,
                _ => false,
            }
        })
    }
}

/// An argument that only the caller's stack holds would live through the call, though the function drops it: its
/// destructor would run late. CPython's own calls move such references into the frame.
unsafe fn outlives(state: &State, args: *const O, n: usize) -> bool {
    // SAFETY: live arguments of a call.
    unsafe {
        state.rebinds.get()
            && (0..n).any(|i| {
                let arg = *args.add(i);
                ffi::Py_REFCNT(arg) == 1 && !helpers::is_inert(arg)
            })
    }
}

unsafe fn has_loops(code: O) -> bool {
    // SAFETY: the bytecode of a live code object, `Py_SIZE` code units.
    unsafe {
        let units = get::<isize, _>(code, at::VAR_SIZE) as usize;
        let bytes = std::slice::from_raw_parts(code.cast::<u8>().add(at::CODE_ADAPTIVE), units * 2);
        bytes.chunks_exact(2).any(|unit| {
            opcodes::NAMES[usize::from(opcodes::DEOPT[usize::from(unit[0])])] == "JUMP_BACKWARD"
        })
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
        let linked = state(get(function, at::FUNC_CODE))?.unit.get()?;
        let same: O = get(function, at::FUNC_GLOBALS);
        let native = linked.program.is_none();
        (native && linked.is_valid() && linked.globals.get() == same).then_some(linked)
    }
}

/// Where the compiler is asked: a function being called or a loop being run.
pub struct Site<'a> {
    code: O,
    globals: O,
    builtins: O,
    state: &'static State,
    /// Arguments of the call, or nothing.
    arguments: &'a [O],
    /// Frame of the loop.
    frame: *mut Frame,
    /// Unit that is being replaced.
    pub previous: Option<&'static Linked>,
    /// How often the code has run.
    pub count: u32,
    /// The compiler wants to be asked again when the code has run so often.
    postponed: Option<u32>,
    /// Types of the arguments of an earlier call.
    tags: Option<Vec<TypeTag>>,
}

/// A compiled callee.
pub struct Callee {
    pub abi: CalleeAbi,
    /// It reads globals that are not functions or builtins.
    pub reads_globals: bool,
}

impl Site<'_> {
    /// It is too early: the compiler is asked again when the code has run `count` times.
    pub fn postpone(&mut self, count: u32) {
        self.postponed = Some(count);
    }

    pub fn hash(&self) -> CodeHash {
        // SAFETY: the site's code object is alive while the site is.
        unsafe { code_hash(self.code) }
    }

    pub fn qualname(&self) -> String {
        // SAFETY: as above.
        unsafe { qualname(self.code) }
    }

    pub fn read_code(&self) -> CodeInfo {
        // SAFETY: as above.
        unsafe { code::read(self.code, self.hash()) }
    }

    /// Types of the arguments of the call.
    pub fn argument_tags(&self) -> Vec<TypeTag> {
        if let Some(tags) = &self.tags {
            return tags.clone();
        }
        if self.arguments.is_empty() && self.frame.is_null() {
            // SAFETY: the site's code object is alive.
            let n = unsafe {
                get::<i32, _>(self.code, at::CODE_ARGCOUNT)
                    + get::<i32, _>(self.code, at::CODE_KWONLY)
            };
            return vec![TypeTag::Other; n as usize];
        }
        self.arguments.iter().map(|&o| image::tag_of(o)).collect()
    }

    unsafe fn slots(&self) -> *mut O {
        // SAFETY: a loop site has a live frame.
        unsafe { ffi::frame_slots(self.frame) }
    }

    /// Types of the frame's local slots; none: unbound.
    pub fn local_tags(&self) -> Vec<Option<TypeTag>> {
        if self.frame.is_null() {
            return Vec::new();
        }
        // SAFETY: localsplus of a live frame.
        unsafe {
            let n = get::<i32, _>(self.code, at::CODE_NLOCALSPLUS) as usize;
            (0..n)
                .map(|i| {
                    let o = *self.slots().add(i);
                    (!o.is_null()).then(|| image::tag_of(o))
                })
                .collect()
        }
    }

    /// Types of the frame's value stack; none: null.
    pub fn stack_tags(&self) -> Vec<Option<TypeTag>> {
        // SAFETY: as above; the stack pointer is saved while an event is called.
        unsafe {
            let n = get::<i32, _>(self.code, at::CODE_NLOCALSPLUS);
            let top = get::<i32, _>(self.frame, at::FRAME_STACKTOP);
            (n..top)
                .map(|i| {
                    let o = *self.slots().add(i as usize);
                    (!o.is_null()).then(|| match image::tag_of(o) {
                        // Native code makes no copy of an iterator that something else can see.
                        TypeTag::RangeIter if ffi::Py_REFCNT(o) > 1 => TypeTag::Other,
                        tag => tag,
                    })
                })
                .collect()
        }
    }

    fn name(&self, index: u32) -> O {
        // SAFETY: the compiler names only existing names.
        unsafe { ffi::PyTuple_GET_ITEM(get(self.code, at::CODE_NAMES), index as isize) }
    }

    /// Type of a name bound in the frame's namespace, if that is a plain dict.
    pub fn namespace_tag(&self, index: u32) -> Option<TypeTag> {
        // SAFETY: a live frame; a dict is asked for a str.
        unsafe {
            let namespace: O = get(self.frame, at::FRAME_LOCALS);
            if namespace.is_null() || ffi::PyDict_CheckExact(namespace) == 0 {
                return None;
            }
            let found = ffi::PyDict_GetItemWithError(namespace, self.name(index));
            if found.is_null() {
                ffi::PyErr_Clear();
                return None;
            }
            Some(image::tag_of(found))
        }
    }

    /// Convention of the method that the interpreter's inline cache at this instruction names, if it is compiled. The
    /// cache does not keep the function alive, so it is only believed if the function is known to live.
    pub fn method(&self, at: u32) -> Option<CalleeAbi> {
        // SAFETY: a live function.
        unsafe {
            call_unit(self.cached_method(at)?)?
                .meta
                .entry_kind
                .abi()
                .cloned()
        }
    }

    fn cached_method(&self, at: u32) -> Option<O> {
        // SAFETY: the instruction is a LOAD_ATTR that is specialised for a method: its cache has the function in code
        // units 5 to 8 (Include/internal/pycore_code.h, `_PyLoadMethodCache`).
        unsafe {
            let first = self.code.cast::<u8>().add(at::CODE_ADAPTIVE);
            let place = first.add(2 * (at as usize + 6)).cast::<O>();
            let function = place.read_unaligned();
            NATIVE
                .0
                .borrow()
                .contains(&(function as usize))
                .then_some(function)
        }
    }

    /// The frame is that of a class body, or of code with a namespace of its own.
    pub fn has_own_namespace(&self) -> bool {
        // SAFETY: a loop site has a live frame.
        unsafe {
            !self.frame.is_null() && get::<O, _>(self.frame, at::FRAME_LOCALS) != self.globals
        }
    }

    /// What a global names now.
    pub fn global_fact(&self, key: GlobalKey) -> GlobalFact {
        let (object, _) = self.find(key);
        // SAFETY: a live object or null.
        unsafe { image::global_fact(object) }
    }

    /// What a global names now, borrowed or null, and whether it is a builtin.
    fn find(&self, key: GlobalKey) -> (O, bool) {
        let (name, attribute) = split_key(key);
        // SAFETY: live dicts of a live function or frame.
        unsafe {
            let (object, builtin) =
                image::lookup_global(self.globals, self.builtins, self.name(name));
            match attribute {
                None => (object, builtin),
                Some(attribute) => (image::module_attribute(object, self.name(attribute)), false),
            }
        }
    }

    /// The `__init__` of the plain class that a global names, if it was never compiled: the interpreter enters it without
    /// anybody counting. Its arguments' types are not known.
    pub fn initializer_site(&self, key: GlobalKey) -> Option<Site<'static>> {
        // SAFETY: a live object or null; a function's fields.
        unsafe {
            let init = crate::shape::init_function(self.find(key).0)?;
            let code: O = get(init, at::FUNC_CODE);
            let state = state(code)?;
            let flags: c_int = get(code, at::CODE_FLAGS);
            if code == self.code
                || state.unit.get().is_some()
                || state.given_up.get()
                || state.versions.get() > 0
                || flags & CO_GENERATORS != 0
            {
                return None;
            }
            state.versions.set(1);
            Some(Site {
                code,
                globals: get(init, at::FUNC_GLOBALS),
                builtins: get(init, at::FUNC_BUILTINS),
                state,
                arguments: &[],
                frame: null_mut(),
                previous: None,
                count: u32::MAX,
                postponed: None,
                tags: None,
            })
        }
    }

    /// The function that a global names, if it is hot but waits to be hotter: with its caller it is worth more.
    pub fn waiting_callee(&self, key: GlobalKey) -> Option<Site<'static>> {
        // SAFETY: a live object or null.
        unsafe { self.waiting(self.find(key).0) }
    }

    /// The same for the method that the inline cache at this instruction names.
    pub fn waiting_method(&self, at: u32) -> Option<Site<'static>> {
        // SAFETY: as for `method`.
        unsafe { self.waiting(self.cached_method(at)?) }
    }

    unsafe fn waiting(&self, function: O) -> Option<Site<'static>> {
        // SAFETY: null or a live object; a function's fields.
        unsafe {
            if function.is_null()
                || ffi::Py_TYPE(function).cast() != image::type_object(TypeTag::Function)
            {
                return None;
            }
            let code: O = get(function, at::FUNC_CODE);
            let state = state(code)?;
            if code == self.code || state.unit.get().is_some() || state.given_up.get() {
                return None;
            }
            let tags = state.waiting.take()?;
            state.versions.set(state.versions.get() + 1);
            Some(Site {
                code,
                globals: get(function, at::FUNC_GLOBALS),
                builtins: get(function, at::FUNC_BUILTINS),
                state,
                arguments: &[],
                frame: null_mut(),
                previous: None,
                count: u32::MAX,
                postponed: None,
                tags: Some(tags),
            })
        }
    }

    /// The unit that was compiled for this call.
    pub fn install(&self, linked: &'static Linked) {
        self.state.unit.set(Some(linked));
    }

    /// The global names a plain class whose compiled `__init__` can be called on a new instance: its convention.
    pub fn initializer(&self, key: GlobalKey) -> Option<CalleeAbi> {
        // SAFETY: a live object or null.
        unsafe {
            crate::shape::initializer(self.find(key).0)?
                .meta
                .entry_kind
                .abi()
                .cloned()
        }
    }

    /// The global names a function whose frameless unit can be called.
    pub fn callee(&self, key: GlobalKey) -> Option<Callee> {
        // SAFETY: as above.
        unsafe {
            let (object, _) = self.find(key);
            let linked = call_unit(object)?;
            let abi = linked.meta.entry_kind.abi()?.clone();
            let code: O = get(object, at::FUNC_CODE);
            if code == self.code
                || abi.params.len() != get::<i32, _>(code, at::CODE_ARGCOUNT) as usize
            {
                return None;
            }
            let reads_globals = linked
                .meta
                .globals
                .iter()
                .any(|(_, fact)| matches!(fact, GlobalFact::Object(_)));
            Some(Callee { abi, reads_globals })
        }
    }

    /// A function that the unit calls may not have been called in this run: it gets its unit of an earlier run now, if
    /// `ask` has one, and each function is asked for once.
    pub fn prepare_callee(
        &self,
        index: u32,
        ask: impl FnOnce(&mut Site<'_>) -> Option<&'static Linked>,
    ) {
        // SAFETY: live dicts; the function that is found is alive while they are not changed, and nothing here runs
        // Python code.
        unsafe {
            let names: O = get(self.code, at::CODE_NAMES);
            if index as isize >= ffi::PyTuple_GET_SIZE(names) {
                return;
            }
            let (function, _) = image::lookup_global(self.globals, self.builtins, self.name(index));
            if function.is_null()
                || ffi::Py_TYPE(function).cast() != image::type_object(TypeTag::Function)
                || get::<usize, _>(function, at::FUNC_VECTORCALL) != entry as *const () as usize
            {
                return;
            }
            let code: O = get(function, at::FUNC_CODE);
            let Some(state) = state(code) else { return };
            begin(state, code);
            if !state.preload.replace(false) {
                return;
            }
            let mut site = Site {
                code,
                globals: get(function, at::FUNC_GLOBALS),
                builtins: get(function, at::FUNC_BUILTINS),
                state,
                arguments: &[],
                frame: null_mut(),
                previous: None,
                count: u32::MAX,
                postponed: None,
                tags: None,
            };
            state.unit.set(ask(&mut site));
        }
    }

    /// File and first line of the code.
    pub fn place(&self) -> (String, u32) {
        // SAFETY: a live code object.
        unsafe { place(self.code) }
    }

    /// Line of an instruction.
    pub fn line(&self, at: u32) -> u32 {
        // SAFETY: a live code object.
        unsafe { image::line_of(self.code, at) }
    }

    /// A unit for this site that is interpreted.
    pub fn interpret(&self, meta: UnitMeta, program: &'static dyn Program) -> &'static Linked {
        // SAFETY: the site's own code and globals.
        unsafe { image::interpreted(meta, program, self.code, self.globals) }
    }

    /// Links an image for this site.
    pub fn link(
        &self,
        meta: UnitMeta,
        text: &[u8],
        slots_at: usize,
    ) -> Result<&'static Linked, LinkError> {
        let region = Region::of_image(text, slots_at, meta.slots.len()).ok_or(LinkError::Memory)?;
        self.link_placed(meta, &region)
    }

    /// Links a unit that was placed in memory at once.
    pub fn link_placed(
        &self,
        meta: UnitMeta,
        region: &Region,
    ) -> Result<&'static Linked, LinkError> {
        if meta.code != self.hash() {
            return Err(LinkError::Malformed);
        }
        // SAFETY: the site's own code and dicts.
        unsafe { image::link(meta, region, self.code, self.globals, self.builtins) }
    }
}

unsafe fn qualname(code: O) -> String {
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

/// A code object that was called or whose loops were counted, for reports.
#[derive(Clone, Debug)]
pub struct Seen {
    pub qualname: String,
    pub filename: String,
    pub first_line: u32,
    /// Calls that were counted.
    pub calls: u32,
    /// Its loops by header: back-edges that were counted.
    pub loops: Vec<(u32, u32)>,
    /// A file of the user's own.
    pub users: bool,
}

struct Kept {
    seen: Seen,
    state: &'static State,
}

struct Register(RefCell<Vec<Kept>>);
// SAFETY: only used with the GIL held.
unsafe impl Sync for Register {}
static REGISTER: Register = Register(RefCell::new(Vec::new()));

/// All code that was counted, if [`Options::keep_seen`] asked for that.
pub fn seen() -> Vec<Seen> {
    let kept = REGISTER.0.borrow();
    let now = |kept: &Kept| Seen {
        calls: kept.state.count.get(),
        loops: kept
            .state
            .loops
            .borrow()
            .iter()
            .map(|(&header, l)| (header, l.count))
            .collect(),
        ..kept.seen.clone()
    };
    kept.iter().map(now).collect()
}

/// Nothing else watches this thread's execution.
unsafe fn undisturbed(ts: *mut ffi::PyThreadState) -> bool {
    // SAFETY: fields of the live thread state.
    unsafe {
        get::<usize, _>(ts, at::THREAD_TRACEFUNC) == 0
            && get::<usize, _>(ts, at::THREAD_PROFILEFUNC) == 0
            && monitoring::quiet(ts)
            && ON.load(Relaxed)
    }
}

thread_local! {
    static THREAD_LIMIT: Cell<usize> = const { Cell::new(0) };
    static COMPILING: Cell<bool> = const { Cell::new(false) };
}

/// Room that native code leaves at the end of the stack: the interpreter and C libraries run there.
const STACK_RESERVE: usize = 512 * 1024;

/// Sets the limit of the current thread's stack for native code.
fn set_stack_limit(ts: *mut ffi::PyThreadState) {
    STACK_LIMIT.store(stack_limit(), Relaxed);
    LIMIT_OF.store(ts as usize, Relaxed);
}

/// Lowest address of the current thread's stack that native code may use.
fn stack_limit() -> usize {
    let limit = THREAD_LIMIT.get();
    if limit != 0 {
        limit
    } else {
        // SAFETY: plain queries of the current thread.
        let found = unsafe {
            let mut attributes = std::mem::zeroed();
            let (mut base, mut size) = (null_mut(), 0);
            if libc::pthread_getattr_np(libc::pthread_self(), &mut attributes) == 0 {
                libc::pthread_attr_getstack(&attributes, &mut base, &mut size);
                libc::pthread_attr_destroy(&mut attributes);
            }
            base as usize + STACK_RESERVE.min(size / 2)
        };
        THREAD_LIMIT.set(found);
        found
    }
}

/// So little of the stack is left that interpreted calls must not take more of it.
fn stack_is_low() -> bool {
    let here = 0u8;
    (&raw const here as usize) < stack_limit() + STACK_RESERVE
}

fn original() -> Vectorcall {
    // SAFETY: read from a fresh function at start; a function pointer of that very type.
    unsafe { std::mem::transmute(ORIGINAL.load(Relaxed)) }
}

/// Gives a function back to CPython at full speed.
unsafe fn give_back(function: O, state: &State) {
    // SAFETY: a live function whose vectorcall is `entry`.
    unsafe {
        ffi::PyFunction_SetVectorcall(function, original());
        let code: O = get(function, at::FUNC_CODE);
        let tag = state.version_tag.get();
        set(code, at::CODE_VERSION, tag);
        #[cfg(Py_3_13)]
        ffi::_PyFunction_SetVersion(function, tag);
        #[cfg(not(Py_3_13))]
        set(function, at::FUNC_VERSION, 0u32);
    }
}

/// 3.13 finds functions and their code by version in a table. When code dies its entry is cleared by the version that it
/// has then (Objects/funcobject.c, `_PyFunction_ClearCodeByVersion`): where we take the version away, we clear the entry,
/// which from now on names code that never dies.
unsafe fn forget_version(version: u32) {
    // SAFETY: a function of our own that lives for ever; versions are plain numbers to the table.
    #[cfg(Py_3_13)]
    unsafe {
        let own = OWN_FUNCTION.load(Relaxed) as O;
        if version != 0 && !own.is_null() {
            ffi::_PyFunction_SetVersion(own, version);
            ffi::_PyFunction_SetVersion(own, 0);
        }
    }
    #[cfg(not(Py_3_13))]
    let _ = version;
}

/// Runs `f`; a panic ends this compilation, not the process.
fn guarded<R>(f: impl FnOnce() -> Option<R>) -> Option<R> {
    if COMPILING.replace(true) {
        return None;
    }
    // The user's stderr is the program's: a defect of ours is counted, not printed.
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(f));
    std::panic::set_hook(hook);
    COMPILING.set(false);
    match outcome {
        Ok(found) => found,
        Err(_) => {
            stats::count(Counter::Panics);
            None
        }
    }
}

/// Calls the function in the interpreter. CPython would run it without using the C stack, so its C recursion counter is
/// credited with what this call takes; when the stack really gets low, the function is given back for good.
unsafe fn interpret(
    state: &State,
    ts: *mut ffi::PyThreadState,
    function: O,
    args: *const O,
    nargsf: usize,
    keywords: O,
) -> O {
    // SAFETY: CPython's calling convention, passed through.
    unsafe {
        if stack_is_low() {
            state.given_up.set(true);
            state.unit.set(None);
            give_back(function, state);
        }
        let depth = ffi::c_recursion(ts);
        *depth += C_CREDIT;
        let moved = if state.rebinds.get() || state.has_others.get() {
            move_arguments(ts, function, args, nargsf, keywords)
        } else {
            None
        };
        let result = match moved {
            Some(copy) => original()(function, copy.as_ptr(), copy.len(), keywords),
            None => original()(function, args, nargsf, keywords),
        };
        *depth -= C_CREDIT;
        result
    }
}

/// The interpreter's current frame calls this very function with the arguments on its value stack, which owns them.
/// (What calls through a `partial` or a method object may lie there too, borrowed.)
unsafe fn on_callers_stack(
    ts: *mut ffi::PyThreadState,
    function: O,
    args: *const O,
    n: usize,
) -> bool {
    // SAFETY: fields of the current frame and its code; entries of its value stack below the arguments.
    unsafe {
        let caller = *ffi::current_frame(ts);
        // A thread or a generator owns the frame.
        if caller.is_null() || get::<u8, _>(caller, at::FRAME_OWNER) > 1 {
            return false;
        }
        let of: O = get(caller, at::FRAME_CODE);
        let slots = ffi::frame_slots(caller);
        let stack = slots.add(get::<i32, _>(of, at::CODE_NLOCALSPLUS) as usize);
        let end = stack.add(get::<i32, _>(of, at::CODE_STACKSIZE) as usize);
        if args <= stack.cast_const() || args.add(n) > end.cast_const() {
            return false;
        }
        // The callable, or the callable and a null where a `self` would be.
        let below = *args.sub(1);
        below == function
            || below.is_null() && args.sub(1) > stack.cast_const() && *args.sub(2) == function
    }
}

/// [`move_arguments`] for a function that is CPython's alone: ours do it when they are entered.
pub(crate) unsafe fn moved_arguments(
    ts: *mut ffi::PyThreadState,
    callable: O,
    args: *const O,
    n: usize,
    keywords: O,
) -> Option<Vec<O>> {
    // SAFETY: a live callable; the arguments lie on the value stack of the current frame.
    unsafe {
        if !is_pythons(callable) {
            return None;
        }
        let state = state(get(callable, at::FUNC_CODE))?;
        if !state.rebinds.get() && !state.has_others.get() {
            return None;
        }
        move_arguments(ts, callable, args, n, keywords)
    }
}

/// CPython's own calls move their references into the callee's frame; a vectorcall lends them. Where the caller is the
/// interpreter (the arguments lie on its value stack) and it matters when an argument dies, the last reference to an
/// object is moved: the frame takes it up again, and the caller's stack keeps `None` to drop. So a destructor runs
/// where it does under CPython.
unsafe fn move_arguments(
    ts: *mut ffi::PyThreadState,
    function: O,
    args: *const O,
    nargsf: usize,
    keywords: O,
) -> Option<Vec<O>> {
    // SAFETY: binding cannot fail (positional arguments, all of them, nothing else but what `*args` takes), so each
    // reference is taken up by the frame at once, before anything can look at the count; the stack entries are those of
    // the running CALL.
    unsafe {
        let code: O = get(function, at::FUNC_CODE);
        let n = nargsf & !ffi::VECTORCALL_OFFSET;
        let wanted = get::<i32, _>(code, at::CODE_ARGCOUNT) as usize;
        let more = get::<c_int, _>(code, at::CODE_FLAGS) & CO_VARARGS != 0;
        let last = |arg: O| ffi::Py_REFCNT(arg) == 1 && !helpers::is_inert(arg);
        if !keywords.is_null()
            || !(n == wanted || more && n > wanted)
            || get::<i32, _>(code, at::CODE_KWONLY) != 0
            || !(0..n).any(|i| last(*args.add(i)))
            || !on_callers_stack(ts, function, args, n)
        {
            return None;
        }
        let copy: Vec<O> = (0..n).map(|i| *args.add(i)).collect();
        for (i, &arg) in copy.iter().enumerate() {
            if last(arg) {
                *args.cast_mut().add(i) = ffi::Py_None();
                // Binding takes the one reference.
                set(arg, 0, 0u32);
            }
        }
        Some(copy)
    }
}

/// A native call left: its frame, about to be run, holds the arguments. The caller's stack lets go of them, as above.
unsafe fn let_go(
    state: &State,
    ts: *mut ffi::PyThreadState,
    function: O,
    args: *const O,
    n: usize,
) {
    // SAFETY: as above; the frame holds the argument too, so it does not die here.
    unsafe {
        if state.has_others.get() && on_callers_stack(ts, function, args, n) {
            for i in 0..n {
                let arg = *args.add(i);
                if ffi::Py_REFCNT(arg) >= 2 {
                    *args.cast_mut().add(i) = ffi::Py_None();
                    ffi::Py_DECREF(arg);
                }
            }
        }
    }
}

/// What an entry of the interpreter takes of the C recursion counter (Python/ceval.c, `PY_EVAL_C_STACK_UNITS`).
pub(crate) const C_CREDIT: i32 = 2;

/// Parameters that a unit can have.
const MAX_PARAMETERS: usize = 32;

/// The arguments of a call in the order of the parameters, defaults filled in; none if the interpreter must bind them
/// (`*args`, `**kwargs`) or would raise.
unsafe fn bind(
    function: O,
    args: *const O,
    n: usize,
    keywords: O,
    room: &mut [O; MAX_PARAMETERS],
) -> Option<&[O]> {
    // SAFETY: CPython's calling convention; tuples and dicts of a live function and its code.
    unsafe {
        let code: O = get(function, at::FUNC_CODE);
        let positional = get::<i32, _>(code, at::CODE_ARGCOUNT) as usize;
        let total = positional + get::<i32, _>(code, at::CODE_KWONLY) as usize;
        const VARIABLE: c_int = 0x04 | 0x08;
        if get::<c_int, _>(code, at::CODE_FLAGS) & VARIABLE != 0 {
            return None;
        }
        if n == total && n == positional && keywords.is_null() {
            return Some(std::slice::from_raw_parts(args, n));
        }
        if n > positional || total > MAX_PARAMETERS {
            return None;
        }
        let bound = &mut room[..total];
        bound.fill(null_mut());
        for (i, slot) in bound.iter_mut().take(n).enumerate() {
            *slot = *args.add(i);
        }
        let names: O = get(code, at::CODE_LOCALSPLUSNAMES);
        if !keywords.is_null() {
            let first = get::<i32, _>(code, at::CODE_POSONLY) as usize;
            for i in 0..ffi::PyTuple_GET_SIZE(keywords) {
                let keyword = ffi::PyTuple_GET_ITEM(keywords, i);
                let slot = (first..total).find(|&slot| {
                    let name = ffi::PyTuple_GET_ITEM(names, slot as isize);
                    name == keyword || ffi::PyUnicode_Compare(name, keyword) == 0
                })?;
                if !bound[slot].is_null() {
                    return None;
                }
                bound[slot] = *args.add(n + i as usize);
            }
        }
        let defaults: O = get(function, at::FUNC_DEFAULTS);
        if !defaults.is_null() {
            let m = ffi::PyTuple_GET_SIZE(defaults) as usize;
            for i in 0..m.min(positional) {
                let slot = &mut bound[positional - 1 - i];
                if slot.is_null() {
                    *slot = ffi::PyTuple_GET_ITEM(defaults, (m - 1 - i) as isize);
                }
            }
        }
        let kwdefaults: O = get(function, at::FUNC_KWDEFAULTS);
        if !kwdefaults.is_null() {
            for (slot, value) in bound.iter_mut().enumerate().skip(positional) {
                if value.is_null() {
                    let name = ffi::PyTuple_GET_ITEM(names, slot as isize);
                    *value = ffi::PyDict_GetItemWithError(kwdefaults, name);
                    if value.is_null() {
                        ffi::PyErr_Clear();
                    }
                }
            }
        }
        (!bound.contains(&null_mut())).then_some(&*bound)
    }
}

/// Whoever calls this for native code must say so to the caller's frame ([`suspended`]): ours do it when they are entered.
pub(crate) unsafe fn is_pythons(callable: O) -> bool {
    // SAFETY: a live callable.
    unsafe {
        ffi::Py_TYPE(callable) == &raw mut ffi::PyFunction_Type
            && get::<usize, _>(callable, at::FUNC_VECTORCALL) == ORIGINAL.load(Relaxed)
    }
}

/// The caller's frame, for the time of a call of this function from its value stack: see [`frame::suspend`].
pub(crate) unsafe fn suspended(
    ts: *mut ffi::PyThreadState,
    function: O,
    args: *const O,
    n: usize,
) -> Option<frame::Suspended> {
    // SAFETY: fields of the current frame.
    unsafe {
        (!cfg!(Py_3_13) && on_callers_stack(ts, function, args, n))
            .then(|| frame::suspend(*ffi::current_frame(ts)))
    }
}

/// The vectorcall of every function that is counted or native.
unsafe extern "C" fn entry(function: O, args: *const O, nargsf: usize, keywords: O) -> O {
    if cfg!(Py_3_13) {
        // SAFETY: as below.
        return unsafe { enter(function, args, nargsf, keywords) };
    }
    // SAFETY: CPython's calling convention.
    unsafe {
        let n = nargsf & !ffi::VECTORCALL_OFFSET;
        let caller = suspended(ffi::thread(), function, args, n);
        let result = enter(function, args, nargsf, keywords);
        if let Some(caller) = caller {
            caller.over(result);
        }
        result
    }
}

/// A call of a function that is counted or native.
unsafe fn enter(function: O, args: *const O, nargsf: usize, keywords: O) -> O {
    // SAFETY: CPython's calling convention; the function is alive during its call.
    unsafe {
        let code: O = get(function, at::FUNC_CODE);
        let Some(state) = state(code) else {
            return original()(function, args, nargsf, keywords);
        };
        let ts = ffi::thread();
        if outlives(state, args, nargsf & !ffi::VECTORCALL_OFFSET) {
            return interpret(state, ts, function, args, nargsf, keywords);
        }
        if let Some(linked) = state.unit.get() {
            if let Some(result) = run(linked, state, ts, function, args, nargsf, keywords) {
                return result;
            }
            return interpret(state, ts, function, args, nargsf, keywords);
        }
        let count = state.count.get() + 1;
        state.count.set(count);
        begin(state, code);
        set(function, at::FUNC_VERSION, 0u32);
        if state.has_loops.get() && !state.watched_loops.get() && (count > 1 || is_users(code)) {
            watch_loops(code, state);
        }
        if state.given_up.get() {
            give_back(function, state);
        } else if (count >= threshold(code, count).max(state.next.get()) || state.preload.get())
            && undisturbed(ts)
        {
            let mut room = [null_mut(); MAX_PARAMETERS];
            let n = nargsf & !ffi::VECTORCALL_OFFSET;
            if let Some(arguments) = bind(function, args, n, keywords, &mut room) {
                let mut site = Site {
                    code,
                    globals: get(function, at::FUNC_GLOBALS),
                    builtins: get(function, at::FUNC_BUILTINS),
                    state,
                    arguments,
                    frame: null_mut(),
                    previous: None,
                    count,
                    postponed: None,
                    tags: None,
                };
                compile_call(&mut site);
                if state.unit.get().is_some() || state.next.get() > 0 {
                    NATIVE.0.borrow_mut().insert(function as usize);
                }
            } else if count > 20 * CALL_THRESHOLD.load(Relaxed) {
                state.given_up.set(true);
            }
        }
        interpret(state, ts, function, args, nargsf, keywords)
    }
}

/// Takes over the calls of functions with this code, once.
unsafe fn begin(state: &State, code: O) {
    if state.begun.replace(true) {
        return;
    }
    // SAFETY: a live code object.
    unsafe {
        // Specialised call sites test only the version: none must match while the function is ours.
        state.version_tag.set(get(code, at::CODE_VERSION));
        set(code, at::CODE_VERSION, 0u32);
        forget_version(state.version_tag.get());
        if let Some(compiler) = COMPILER.get() {
            state.known.set(compiler.is_known(&qualname(code)));
            state.preload.set(state.known.get());
        }
    }
}

/// Calls after which this code is hot. Imports call library code often and soon are done with it.
unsafe fn threshold(code: O, count: u32) -> u32 {
    let own = CALL_THRESHOLD.load(Relaxed);
    // SAFETY: a live code object.
    if count < own || unsafe { is_users(code) } {
        own
    } else {
        own.saturating_mul(LIBRARY_FACTOR)
    }
}

/// Library code must be called this many times as often before it is hot.
const LIBRARY_FACTOR: u32 = 10;

fn compile_call(site: &mut Site<'_>) {
    let state = site.state;
    let Some(&compiler) = COMPILER.get() else {
        return;
    };
    if state.preload.replace(false) {
        let found = guarded(|| compiler.preloaded(site, None));
        state.unit.set(found);
        if found.is_some() || state.count.get() < CALL_THRESHOLD.load(Relaxed) {
            return;
        }
    }
    let versions = state.versions.get() + 1;
    state.versions.set(versions);
    if versions > MAX_VERSIONS {
        state.given_up.set(true);
        return;
    }
    match guarded(|| compiler.hot_call(site)) {
        Some(linked) => state.unit.set(Some(linked)),
        None => match site.postponed.take() {
            Some(count) => {
                state.versions.set(versions - 1);
                state.next.set(count);
                state.waiting.replace(Some(site.argument_tags()));
            }
            None => state.given_up.set(true),
        },
    }
}

/// Runs the unit of a call; none if the interpreter must.
unsafe fn run(
    linked: &'static Linked,
    state: &'static State,
    ts: *mut ffi::PyThreadState,
    function: O,
    args: *const O,
    nargsf: usize,
    keywords: O,
) -> Option<O> {
    // SAFETY: the entry tests the arguments' types; the result is a new reference in its representation.
    unsafe {
        let abi = linked.meta.entry_kind.abi()?;
        let n = nargsf & !ffi::VECTORCALL_OFFSET;
        let mut room = [null_mut(); MAX_PARAMETERS];
        let bound = bind(function, args, n, keywords, &mut room);
        let globals: O = get(function, at::FUNC_GLOBALS);
        set(function, at::FUNC_VERSION, 0u32);
        if !undisturbed(ts) || !monitoring::spares(linked) {
            return None;
        }
        let replace = !linked.is_valid() || linked.hot_exits.get() > 0;
        if replace {
            state.unit.set(None);
            if !linked.hopeless.get()
                && state.versions.get() < MAX_VERSIONS
                && globals == linked.globals.get()
                && let Some(arguments) = bound
            {
                stats::count(Counter::Recompiled);
                let mut site = Site {
                    code: get(function, at::FUNC_CODE),
                    globals,
                    builtins: get(function, at::FUNC_BUILTINS),
                    state,
                    arguments,
                    frame: null_mut(),
                    previous: Some(linked),
                    count: u32::MAX,
                    postponed: None,
                    tags: None,
                };
                linked.invalidate();
                compile_call(&mut site);
                NATIVE.0.borrow_mut().insert(function as usize);
            } else {
                state.given_up.set(true);
                stats::count(Counter::Dropped);
            }
            return None;
        }
        let mut value = 0u64;
        let bound = bound.filter(|bound| {
            bound.len() == abi.params.len() && globals == linked.globals.get() && !stack_is_low()
        });
        let outcome = match (bound, linked.program) {
            (None, _) => status::MISS,
            (Some(bound), Some(program)) => {
                interpreted::call(linked, program, ts, function, bound, &mut value)
            }
            (Some(bound), None) => {
                set_stack_limit(ts);
                let _active = Activation::new();
                let enter: extern "C" fn(*mut ffi::PyThreadState, O, *const O, *mut u64) -> u64 =
                    std::mem::transmute(linked.entry_address());
                enter(ts, function, bound.as_ptr(), &mut value)
            }
        };
        // A frame that is pushed counts its entry itself.
        if !abi.framed {
            linked.entries.set(linked.entries.get() + 1);
        }
        match outcome {
            status::RAISED => Some(null_mut()),
            status::OTHER => Some(value as O),
            status::DONE => {
                let object = match abi.result {
                    Repr::Int => helpers::box_int(value as i64),
                    Repr::Float => helpers::box_float(f64::from_bits(value)),
                    Repr::Bool => helpers::box_bool(value != 0),
                    Repr::Boxed => value as O,
                };
                helpers::drop_deferred();
                Some(object)
            }
            status::LEFT => {
                let left = linked.misses.get() + 1;
                linked.misses.set(left);
                let often = left > 500 && u64::from(left) * 4 > linked.entries.get();
                if often && linked.program.is_none() {
                    drop_unit(linked, state);
                }
                frame::name_callee(function);
                let_go(state, ts, function, args, n);
                Some(frame::finish(ts))
            }
            _ => {
                if outcome == status::MISS {
                    stats::count(Counter::CallMisses);
                    let missed = linked.misses.get() + 1;
                    linked.misses.set(missed);
                    if missed > 200 && u64::from(missed) * 2 > linked.entries.get() {
                        // Other types have become usual.
                        linked.hot_exits.set(1);
                    }
                }
                None
            }
        }
    }
}

fn drop_unit(linked: &'static Linked, state: &State) {
    linked.invalidate();
    state.unit.set(None);
    state.given_up.set(true);
    stats::count(Counter::Dropped);
}

/// A function was created, changed or destroyed.
unsafe extern "C" fn on_function(event: ffi_event::Event, function: O, _value: O) -> c_int {
    // SAFETY: CPython passes a live function.
    unsafe {
        match event {
            ffi_event::CREATE => {
                stats::count(Counter::Created);
                let code: O = get(function, at::FUNC_CODE);
                let flags: c_int = get(code, at::CODE_FLAGS);
                const PLAIN: c_int = CO_OPTIMIZED | CO_NEWLOCALS;
                if flags & PLAIN == PLAIN {
                    // Generators run frames of their own; `*args` and `**kwargs` are bound by CPython.
                    if flags & CO_GENERATORS == 0 {
                        ffi::PyFunction_SetVectorcall(function, entry);
                    }
                } else if is_users(code)
                    && has_loops(code)
                    && let Some(state) = state(code)
                {
                    if let Some(compiler) = COMPILER.get() {
                        state.known.set(compiler.is_known(&qualname(code)));
                    }
                    watch_loops(code, state);
                }
            }
            ffi_event::DESTROY | ffi_event::MODIFY_CODE => {
                if event == ffi_event::DESTROY {
                    NATIVE.0.borrow_mut().remove(&(function as usize));
                }
                assumptions::function_changed(function)
            }
            _ => {}
        }
    }
    0
}

mod ffi_event {
    pub type Event = std::os::raw::c_int;
    pub const CREATE: Event = 0;
    pub const DESTROY: Event = 1;
    pub const MODIFY_CODE: Event = 2;
}

/// Code of the user's own files: not of the standard library, not of installed packages, not frozen.
unsafe fn is_users(code: O) -> bool {
    // SAFETY: a str field of a live code object.
    unsafe {
        let text = ffi::PyUnicode_AsUTF8(get(code, at::CODE_FILENAME));
        if text.is_null() {
            ffi::PyErr_Clear();
            return false;
        }
        let name = std::ffi::CStr::from_ptr(text).to_bytes();
        !name.starts_with(b"<frozen") && !name.windows(12).any(|w| w == b"/lib/python3")
    }
}

/// Asks for JUMP events of this code object.
unsafe fn watch_loops(code: O, state: &State) {
    state.watched_loops.set(true);
    // SAFETY: a live code object; `code_ended` forgets it.
    unsafe { monitoring::watch(code) };
}

/// A code object ends, with this state.
unsafe extern "C" fn code_ended(state: *mut c_void) {
    // SAFETY: null or a leaked `State`; a code object with linked units does not end.
    if let Some(state) = unsafe { state.cast::<State>().as_ref() }
        && state.watched_loops.get()
    {
        monitoring::forget(state.code);
    }
}

fn answer(object: O) -> O {
    // SAFETY: an immortal singleton or the DISABLE object, which we hold.
    unsafe { ffi::Py_INCREF(object) };
    object
}

/// The JUMP event: `callback(code, offset, destination)`, offsets in bytes.
unsafe extern "C" fn on_jump(_self: O, args: *mut O, n: ffi::Py_ssize_t) -> O {
    // SAFETY: `sys.monitoring` calls it with a code object and two ints, while the frame that jumps is current.
    unsafe {
        let none = ffi::Py_None();
        let disable = monitoring::disable();
        if n != 3 {
            return answer(none);
        }
        let code = *args;
        let (from, to) = (
            ffi::PyLong_AsLong(*args.add(1)),
            ffi::PyLong_AsLong(*args.add(2)),
        );
        if to > from {
            return answer(disable);
        }
        let ts = ffi::thread();
        let frame = *ffi::current_frame(ts);
        let Some(state) = state(code) else {
            return answer(disable);
        };
        if frame.is_null() || get::<O, _>(frame, at::FRAME_CODE) != code || COMPILING.get() {
            return answer(none);
        }
        let flags: c_int = get(code, at::CODE_FLAGS);
        if flags & CO_GENERATORS != 0 {
            return answer(disable);
        }
        let header = (to / 2) as u32;
        match loop_event(state, code, frame, ts, header) {
            Answer::Stay => answer(none),
            Answer::Done => answer(disable),
            Answer::Raised => null_mut(),
        }
    }
}

enum Answer {
    Stay,
    Done,
    Raised,
}

/// Time stamp counter.
fn ticks() -> u64 {
    // SAFETY: x86-64 always has it; other targets do not compile code.
    #[cfg(target_arch = "x86_64")]
    unsafe {
        std::arch::x86_64::_rdtsc()
    }
    #[cfg(not(target_arch = "x86_64"))]
    0
}

/// Ticks that an entry of a loop must last on average: entering and leaving costs about 1,000.
const WORTH: u64 = 4000;

unsafe fn loop_event(
    state: &'static State,
    code: O,
    frame: *mut Frame,
    ts: *mut ffi::PyThreadState,
    header: u32,
) -> Answer {
    // SAFETY: see `on_jump`.
    unsafe {
        let mut unit = None;
        let mut ask = false;
        let count;
        {
            let mut loops = state.loops.borrow_mut();
            let this = loops.entry(header).or_default();
            if this.given_up {
                return Answer::Done;
            }
            match this.unit {
                Some(linked) => unit = Some(linked),
                None => {
                    this.count += 1;
                    ask = this.count >= LOOP_THRESHOLD.load(Relaxed).max(this.next)
                        || (this.count == 1 && state.known.get());
                }
            }
            count = this.count;
        }
        if !undisturbed(ts) {
            return Answer::Stay;
        }
        let globals: O = get(frame, at::FRAME_GLOBALS);
        let mut previous = None;
        if let Some(linked) = unit
            && (!linked.is_valid() || linked.globals.get() != globals || linked.hot_exits.get() > 0)
        {
            previous = Some(linked);
            unit = None;
            ask = true;
        }
        if unit.is_none() {
            if !ask {
                return Answer::Stay;
            }
            let Some(&compiler) = COMPILER.get() else {
                return Answer::Done;
            };
            let mut site = Site {
                code,
                globals,
                builtins: get(frame, at::FRAME_BUILTINS),
                state,
                arguments: &[],
                frame,
                previous,
                count: if previous.is_some() { u32::MAX } else { count },
                postponed: None,
                tags: None,
            };
            let first = state
                .loops
                .borrow()
                .get(&header)
                .is_some_and(|l| l.versions == 0);
            let mut found = None;
            if first && previous.is_none() && state.known.get() {
                found = guarded(|| compiler.preloaded(&mut site, Some(header)));
                if found.is_none()
                    && state
                        .loops
                        .borrow()
                        .get(&header)
                        .is_some_and(|l| l.count < LOOP_THRESHOLD.load(Relaxed))
                {
                    return Answer::Stay;
                }
            }
            if found.is_none() {
                let versions = {
                    let mut loops = state.loops.borrow_mut();
                    let this = loops.entry(header).or_default();
                    this.versions += 1;
                    this.versions
                };
                if previous.is_some() {
                    stats::count(Counter::Recompiled);
                }
                if versions <= MAX_VERSIONS {
                    found = guarded(|| compiler.hot_loop(&mut site, header));
                }
            }
            let mut loops = state.loops.borrow_mut();
            let this = loops.entry(header).or_default();
            this.unit = found;
            match found {
                Some(linked) => unit = Some(linked),
                None => {
                    if let Some(next) = site.postponed {
                        this.versions -= 1;
                        this.next = next;
                        return Answer::Stay;
                    }
                    this.given_up = true;
                    return Answer::Done;
                }
            }
        }
        let Some(linked) = unit else {
            return Answer::Stay;
        };
        if !monitoring::spares(linked) {
            return Answer::Stay;
        }
        set_stack_limit(ts);
        let before = ticks();
        let outcome = frame::enter_loop(linked, ts, frame);
        linked
            .cycles
            .set(linked.cycles.get() + ticks().wrapping_sub(before));
        linked.entries.set(linked.entries.get() + 1);
        // An inner loop that is entered again and again: the loops around it are worth compiling sooner.
        let mut loops = state.loops.borrow_mut();
        for (&outer, this) in loops.iter_mut() {
            if outer < header && this.unit.is_none() {
                this.count += LOOP_THRESHOLD.load(Relaxed) / 8;
            }
        }
        state.count.set(
            state
                .count
                .get()
                .saturating_add(if outcome == status::MISS { 0 } else { 8 }),
        );
        let entries = linked.entries.get();
        if outcome == status::MISS {
            stats::count(Counter::LoopMisses);
            let missed = linked.misses.get() + 1;
            linked.misses.set(missed);
            if missed > 30 {
                linked.hot_exits.set(1);
            }
        } else if entries > 100
            && linked.program.is_none()
            && linked.cycles.get() / entries < WORTH
            && linked.hot_exits.get() == 0
        {
            if let Some(this) = loops.get_mut(&header) {
                this.given_up = true;
                this.unit = None;
            }
            stats::count(Counter::Dropped);
            if outcome != status::RAISED {
                return Answer::Done;
            }
        }
        drop(loops);
        if outcome == status::RAISED {
            Answer::Raised
        } else {
            Answer::Stay
        }
    }
}

static mut JUMP_METHOD: ffi::PyMethodDef = ffi::PyMethodDef::zeroed();

/// Options of the dispatcher.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Calls and back-edges after which code is hot.
    pub threshold: Option<u32>,
    pub trace_exits: bool,
    /// Keep what [`seen`] gives.
    pub keep_seen: bool,
}

/// Installs watchers and counting. Returns false, with nothing installed that matters, if something is missing.
///
/// The GIL is held and the main interpreter is current.
pub fn install(compiler: &'static dyn Compiler, options: Options) -> bool {
    if let Some(n) = options.threshold {
        CALL_THRESHOLD.store(n, Relaxed);
        LOOP_THRESHOLD.store(n, Relaxed);
    }
    TRACE_EXITS.store(options.trace_exits, Relaxed);
    KEEP_SEEN.store(options.keep_seen, Relaxed);
    if COMPILER.set(compiler).is_err() {
        return false;
    }
    // SAFETY: called once, with the GIL held; each object is tested before use.
    unsafe {
        let done = (|| -> Option<()> {
            EXTRA.store(
                ffi::PyUnstable_Eval_RequestCodeExtraIndex(Some(code_ended)),
                Relaxed,
            );
            if EXTRA.load(Relaxed) < 0 {
                return None;
            }
            let globals = ffi::PyDict_New();
            let lambda =
                ffi::PyRun_String(c"lambda: 0".as_ptr(), ffi::Py_eval_input, globals, globals);
            if lambda.is_null() {
                return None;
            }
            ORIGINAL.store(get::<usize, _>(lambda, at::FUNC_VECTORCALL), Relaxed);
            // Both stay for good.
            OWN_FUNCTION.store(lambda as usize, Relaxed);
            let append =
                ffi::PyObject_GetAttrString((&raw mut ffi::PyList_Type).cast(), c"append".as_ptr());
            if append.is_null() {
                return None;
            }
            LIST_APPEND.store(append as usize, Relaxed);
            let zero = helpers::box_int(0);
            let shared = (-5i64..=256)
                .all(|i| helpers::box_int(i) as isize == zero as isize + i as isize * 32);
            if !shared {
                return None;
            }
            SMALL_INTS.store(zero as usize, Relaxed);
            if !crate::shape::install() {
                return None;
            }
            let callback = jump_callback();
            if callback.is_null() {
                return None;
            }
            monitoring::install(callback);
            (ffi::PyFunction_AddWatcher(on_function) >= 0).then_some(())
        })()
        .is_some();
        if !done {
            ffi::PyErr_Clear();
        }
        ON.store(done, Relaxed);
        done
    }
}

/// The JUMP callback as a Python function.
unsafe fn jump_callback() -> O {
    // SAFETY: the definition is static and written once, before it is used.
    unsafe {
        let method = &raw mut JUMP_METHOD;
        (*method).ml_name = c"pyaot_jump".as_ptr();
        (*method).ml_flags = ffi::METH_FASTCALL;
        (*method).ml_meth = ffi::PyMethodDefPointer {
            PyCFunctionFast: on_jump,
        };
        ffi::PyCFunction_New(method, null_mut())
    }
}
