//! Where the compiler is asked: a function being called or a loop being run, as far as the compiler may see it.
//!
//! A site exists during one request. Its code, dicts and arguments or frame are alive as long, and nothing here runs Python
//! code.

use super::calls::{begin, entry};
use super::state::{State, call_unit, code_hash, known_state, place, qualname, read_code, state};
use super::trial;
use super::{MAX_VERSIONS, NATIVE};
use crate::code::CodeInfo;
use crate::ffi::{self, CO_GENERATORS, Frame, PyObject, get};
use crate::image::{self, LinkError, Linked};
use crate::interpreted::Program;
use crate::layout::offsets as at;
use crate::methods::BuiltinMethod;
use crate::region::Region;
use crate::unit::{CalleeAbi, CodeHash, GlobalFact, GlobalKey, TypeTag, UnitMeta, split_key};
use std::os::raw::c_int;
use std::ptr::null_mut;

type O = *mut PyObject;

/// Where the compiler is asked: a function being called or a loop being run.
pub struct Site<'a> {
    pub(super) code: O,
    /// The function that runs; null: it is not known.
    pub(super) function: O,
    pub(super) globals: O,
    pub(super) builtins: O,
    pub(super) state: &'static State,
    /// Arguments of the call, or nothing.
    pub(super) arguments: &'a [O],
    /// Frame of the loop.
    pub(super) frame: *mut Frame,
    /// Unit that is being replaced.
    pub previous: Option<&'static Linked>,
    /// How often the code has run; none where that does not matter, because native code calls it, or its predecessor.
    pub count: Option<u32>,
    /// It has waited too long: if it is not compiled now, it never is.
    pub last_chance: bool,
    /// The compiler wants to be asked again when the code has run so often.
    pub(super) postponed: Option<u32>,
    /// The compiler has not looked at the code yet.
    pub(super) deferred: bool,
    /// Types of the arguments of an earlier call.
    pub(super) tags: Option<Vec<TypeTag>>,
}

/// A compiled callee.
pub struct Callee {
    pub abi: CalleeAbi,
    /// It reads globals that are not functions or builtins.
    pub reads_globals: bool,
}

impl<'a> Site<'a> {
    /// A call of this function, whose code has this state.
    pub(super) unsafe fn of_call(
        function: O,
        state: &'static State,
        arguments: &'a [O],
    ) -> Site<'a> {
        // SAFETY: fields of a live function.
        unsafe {
            Site {
                code: get(function, at::FUNC_CODE),
                function,
                globals: get(function, at::FUNC_GLOBALS),
                builtins: get(function, at::FUNC_BUILTINS),
                state,
                arguments,
                frame: null_mut(),
                previous: None,
                count: None,
                last_chance: false,
                postponed: None,
                deferred: false,
                tags: None,
            }
        }
    }

    /// It is too early: the compiler is asked again when the code has run `count` times.
    pub fn postpone(&mut self, count: u32) {
        self.postponed = Some(count);
    }

    /// There is no time to look at the code: the compiler is asked again when it has run `count` times.
    pub fn defer(&mut self, count: u32) {
        self.postponed = Some(count);
        self.deferred = true;
    }

    /// Code units.
    pub fn size(&self) -> u32 {
        // SAFETY: the site's code object is alive while the site is; its size is that of its instructions.
        let size = unsafe { ffi::Py_SIZE(self.code) };
        u32::try_from(size).unwrap_or(u32::MAX)
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
        unsafe { read_code(self.code, self.hash()) }
    }

    /// Types of the arguments of the call, where they are known.
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
        let tag = |&argument: &O| {
            if argument.is_null() {
                TypeTag::Other
            } else {
                image::tag_of(argument)
            }
        };
        self.arguments.iter().map(tag).collect()
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
        let function = self.cached(at);
        let is_live = NATIVE.0.borrow().contains(&(function as usize));
        is_live.then_some(function)
    }

    /// The method that the interpreter's inline cache at this instruction names was refused by the compiler.
    pub fn is_refused_method(&self, at: u32) -> bool {
        self.cached_method(at).is_some_and(|function| {
            // SAFETY: a live function.
            let state = unsafe { known_state(get(function, at::FUNC_CODE)) };
            state.is_some_and(|state| state.given_up.get())
        })
    }

    /// The method that the interpreter's inline cache at this instruction names is the function that runs.
    pub fn is_own_method(&self, at: u32) -> bool {
        !self.function.is_null() && self.cached(at) == self.function
    }

    /// The builtin method that the interpreter's inline cache at this instruction names.
    pub fn builtin_method(&self, at: u32) -> Option<BuiltinMethod> {
        BuiltinMethod::of(self.cached(at) as usize)
    }

    /// What the instruction's inline cache names, perhaps no longer alive.
    fn cached(&self, at: u32) -> O {
        // SAFETY: the instruction is a LOAD_ATTR that is specialised for a method: its cache has the function in code
        // units 5 to 8 (Include/internal/pycore_code.h, `_PyLoadMethodCache`).
        unsafe {
            let first = self.code.cast::<u8>().add(at::CODE_ADAPTIVE);
            let place = first.add(2 * (at as usize + 6)).cast::<O>();
            place.read_unaligned()
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
            Some(Site::of_call(init, state, &[]))
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
        // SAFETY: as required of callers.
        unsafe { waiting(function, self.code) }
    }

    /// The unit that was compiled for this call.
    pub fn install(&self, linked: &'static Linked) {
        if let Some(previous) = self.state.unit.replace(Some(linked)) {
            previous.invalidate();
        }
        trial::begin(self.state, linked);
    }

    /// The code has not run `often` times, and that matters.
    pub fn is_early(&self, often: u32) -> bool {
        self.count.is_some_and(|count| count < often)
    }

    /// How often the loop with this header has run in each call, where its jumps were counted.
    pub fn iterations(&self, header: u32) -> Option<f64> {
        let loops = self.state.loops.borrow();
        let this = loops.get(&header)?;
        let calls = this.calls.unwrap_or(self.state.calls.get()).max(1);
        (this.count > 0).then(|| f64::from(this.count) / f64::from(calls))
    }

    /// How often it was compiled before for other types of arguments, or without what was learned since.
    pub fn versions(&self) -> u32 {
        self.state.versions.get()
    }

    /// It is compiled because native code calls it, or calls its predecessor.
    pub fn is_callee(&self) -> bool {
        self.count.is_none()
    }

    /// The callee is no longer being compiled.
    pub fn wait_again(&self) {
        self.state.waiting.replace(self.tags.clone());
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
            let Some(mut site) = unasked(function) else {
                return;
            };
            let found = ask(&mut site);
            site.state.unit.set(found);
            if let Some(linked) = found {
                trial::begin(site.state, linked);
            }
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

/// A call of a function that had a unit in an earlier run and was not asked for in this one. From now on it was.
///
/// # Safety
/// `function` is null or live; the GIL is held.
pub(super) unsafe fn unasked(function: O) -> Option<Site<'static>> {
    // SAFETY: null or a live object; a function's fields.
    unsafe {
        if function.is_null()
            || ffi::Py_TYPE(function).cast() != image::type_object(TypeTag::Function)
            || get::<usize, _>(function, at::FUNC_VECTORCALL) != entry as *const () as usize
        {
            return None;
        }
        let code: O = get(function, at::FUNC_CODE);
        let state = state(code)?;
        begin(state, code);
        let unasked = state.preload.replace(false);
        unasked.then(|| Site::of_call(function, state, &[]))
    }
}

/// A function that is hot but waits to be hotter, for whoever calls it natively; not `caller`, which is being compiled.
///
/// # Safety
/// `function` is null or live; the GIL is held.
pub(super) unsafe fn waiting(function: O, caller: O) -> Option<Site<'static>> {
    // SAFETY: null or a live object; a function's fields.
    unsafe {
        if function.is_null()
            || ffi::Py_TYPE(function).cast() != image::type_object(TypeTag::Function)
        {
            return None;
        }
        let code: O = get(function, at::FUNC_CODE);
        let state = state(code)?;
        let unit = state.unit.get();
        let good = |unit: &Linked| unit.is_valid() && unit.hot_exits.get() == 0;
        let versions = state.versions.get();
        if code == caller
            || unit.is_some_and(good)
            || state.given_up.get()
            || versions >= MAX_VERSIONS
        {
            return None;
        }
        // Gone while it is being compiled, so that functions that call each other end.
        let tags = state.waiting.take()?;
        state.versions.set(versions + 1);
        let mut site = Site::of_call(function, state, &[]);
        site.tags = Some(tags);
        site.previous = unit;
        Some(site)
    }
}
