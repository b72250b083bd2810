//! `sys.monitoring`: JUMP events that count loops, under a tool id that the program does not see, and whether somebody
//! else watches execution.
//!
//! CPython asks whether a tool id is in use only when events are set; callbacks and events work without a name. So the
//! id is taken for the length of one call that sets events and given back: `sys.monitoring.get_tool` names nothing that
//! it would not name under `python`. When the program takes this id for itself, our callback and events move to another
//! free one, before the program's first callback is registered.
//!
//! Callbacks that others register come by us. From then on their events decide: while any is set
//! globally, or for the code of a unit or of a unit it calls, that unit rests. When no callback of others is left, all
//! is as before.

use crate::dispatch;
use crate::ffi::{self, PyObject, get, set};
use crate::image::Linked;
use crate::layout::offsets as at;
use crate::stats::{self, Counter};
use std::cell::RefCell;
use std::ffi::{CStr, c_int};

use std::ptr::null_mut;
use std::sync::atomic::{
    AtomicBool, AtomicI64, AtomicU8, AtomicU64, AtomicUsize, Ordering::Relaxed,
};

type O = *mut PyObject;

/// Tool ids that we use, the first that is free; 0, 1, 2 and 5 have customary owners.
const IDS: [i64; 2] = [4, 3];
/// The program can use ids below this; the others are `sys.setprofile`'s and `sys.settrace`'s.
const PROGRAM_IDS: i64 = 6;
/// Numbers of events (`sys.monitoring.events.JUMP` is the bit of its number).
const JUMP: usize = 7;
const INSTRUCTION: usize = 6;
pub(crate) const LINE: usize = 5;
const CALL: usize = 4;
const RAISE: usize = 10;
const PY_UNWIND: usize = 12;
const PY_THROW: usize = 13;
const C_RETURN: usize = 15;
const C_RAISE: usize = 16;
/// Events that tell whether a function was called through C.
const OF_CALLS: [usize; 5] = [CALL, RAISE, PY_UNWIND, C_RETURN, C_RAISE];

/// The id that our callback is registered under; -1: none, loops are not counted.
static ID: AtomicI64 = AtomicI64::new(-1);
/// The callbacks of the interpreter were seen to be where the headers put them.
static KNOWN: AtomicBool = AtomicBool::new(false);
/// Others have registered a callback, and it is not known that all are gone.
static FOREIGN: AtomicU64 = AtomicU64::new(0);
/// What `register_callback` was.
static REGISTER: AtomicUsize = AtomicUsize::new(0);
/// What `set_events` and `set_local_events` were.
static SET_EVENTS: [AtomicUsize; 2] = [const { AtomicUsize::new(0) }; 2];
/// Somebody has traced or profiled.
static TRACED: AtomicBool = AtomicBool::new(false);
/// Others have set CALL events for some code.
static LOCAL_CALLS: AtomicBool = AtomicBool::new(false);
/// The callback being registered is ours.
static OWN: AtomicBool = AtomicBool::new(false);
static CALLBACK: AtomicUsize = AtomicUsize::new(0);
/// The function [`on_raise`].
static RAISED: AtomicUsize = AtomicUsize::new(0);
/// Tools that would be told of a PY_THROW: see [`hide_throw`].
static HIDDEN: AtomicU8 = AtomicU8::new(0);
static DISABLE: AtomicUsize = AtomicUsize::new(0);

/// Functions of `sys.monitoring`, held for ever.
#[derive(Clone, Copy)]
struct Api {
    use_tool_id: O,
    free_tool_id: O,
    get_tool: O,
    register_callback: O,
    set_events: O,
    set_local_events: O,
    get_local_events: O,
    name: O,
}

#[derive(Default)]
struct Shared {
    api: Option<Api>,
    /// Code objects whose JUMP events we asked for, borrowed: taken out when they end.
    watched: Vec<O>,
}

struct Cells(RefCell<Shared>);
// SAFETY: only used with the GIL held.
unsafe impl Sync for Cells {}
static SHARED: Cells = Cells(RefCell::new(Shared {
    api: None,
    watched: Vec::new(),
}));

fn api() -> Option<Api> {
    SHARED.0.try_borrow().ok()?.api
}

/// Address of the word that is not 0 while callbacks of others are registered: compiled code reads it after whatever may
/// have run Python code.
pub(crate) fn foreign_address() -> usize {
    FOREIGN.as_ptr() as usize
}

/// What a callback returns to hear no more of a place.
pub(crate) fn disable() -> O {
    DISABLE.load(Relaxed) as O
}

/// Calls `function` with ints and objects; null after an error, which is cleared.
unsafe fn call(function: O, args: &[O]) -> O {
    // SAFETY: live objects; an exception that was being raised is kept.
    unsafe {
        let raised = ffi::PyErr_GetRaisedException();
        let result = ffi::PyObject_Vectorcall(function, args.as_ptr(), args.len(), null_mut());
        if result.is_null() {
            ffi::PyErr_Clear();
        }
        if !raised.is_null() {
            ffi::PyErr_SetRaisedException(raised);
        }
        result
    }
}

/// Calls `function` with the tool id and up to two more arguments; whether it returned.
unsafe fn done(function: O, id: i64, more: &[O]) -> bool {
    // SAFETY: small ints are immortal or fresh; released after the call.
    unsafe {
        let tool = ffi::PyLong_FromLongLong(id);
        let mut args = vec![tool];
        args.extend(more);
        let result = call(function, &args);
        ffi::Py_DECREF(tool);
        ffi::Py_XDECREF(result);
        !result.is_null()
    }
}

/// Somebody holds this id. We do only within [`set_jump`].
unsafe fn taken(api: Api, id: i64) -> bool {
    // SAFETY: as above.
    unsafe {
        let tool = ffi::PyLong_FromLongLong(id);
        let result = call(api.get_tool, &[tool]);
        ffi::Py_DECREF(tool);
        ffi::Py_XDECREF(result);
        result != ffi::Py_None()
    }
}

/// The callback of a tool for an event; null: none.
unsafe fn callback_of(interp: *const u8, id: i64, event: usize) -> O {
    // SAFETY: the table of callbacks in the live interpreter state.
    unsafe { get(interp, callback_place(id, event)) }
}

/// Where it is in the interpreter state.
fn callback_place(id: i64, event: usize) -> usize {
    at::INTERP_CALLBACKS + (id as usize * at::MONITORING_EVENTS + event) * 8
}

unsafe fn interpreter() -> *const u8 {
    // SAFETY: a field of the live thread state.
    unsafe { get(ffi::thread(), at::THREAD_INTERP) }
}

unsafe fn register(api: Api, id: i64, callback: O) -> bool {
    // SAFETY: as for `done`.
    unsafe {
        let event = ffi::PyLong_FromLongLong(1 << JUMP);
        OWN.store(true, Relaxed);
        let registered = done(api.register_callback, id, &[event, callback]);
        OWN.store(false, Relaxed);
        ffi::Py_DECREF(event);
        registered
    }
}

/// Registers the JUMP callback under a free id and looks out for others. Without it, loops are not counted.
///
/// # Safety
/// The GIL is held; `callback` is a function, which is kept.
pub(crate) unsafe fn install(callback: O) {
    // SAFETY: attribute reads of `sys.monitoring`, each result tested.
    unsafe {
        let monitoring = ffi::PySys_GetObject(c"monitoring".as_ptr());
        if monitoring.is_null() {
            return;
        }
        let function = |name: &CStr| {
            let found = ffi::PyObject_GetAttrString(monitoring, name.as_ptr());
            if found.is_null() {
                ffi::PyErr_Clear();
                None
            } else {
                Some(found)
            }
        };
        let api = (|| {
            Some(Api {
                use_tool_id: function(c"use_tool_id")?,
                free_tool_id: function(c"free_tool_id")?,
                get_tool: function(c"get_tool")?,
                register_callback: function(c"register_callback")?,
                set_events: function(c"set_events")?,
                set_local_events: function(c"set_local_events")?,
                get_local_events: function(c"get_local_events")?,
                name: ffi::PyUnicode_FromString(c"pyaot".as_ptr()),
            })
        })();
        let Some(disable) = function(c"DISABLE") else {
            return;
        };
        let intercepted = api.is_some_and(|api| {
            intercept(api.register_callback, &REGISTER, on_register)
                && intercept(api.set_events, &SET_EVENTS[0], on_set_events)
                && intercept(api.set_local_events, &SET_EVENTS[1], on_set_local_events)
        });
        if !intercepted {
            return;
        }
        DISABLE.store(disable as usize, Relaxed);
        RAISED.store(raise_callback() as usize, Relaxed);
        CALLBACK.store(callback as usize, Relaxed);
        SHARED.0.borrow_mut().api = api;
        if let Some(api) = api {
            choose(api);
        }
    }
}

/// Registers our callback under the first id that nobody uses.
unsafe fn choose(api: Api) -> bool {
    let callback = CALLBACK.load(Relaxed) as O;
    // SAFETY: `sys.monitoring` and the live interpreter state.
    unsafe {
        let interp = interpreter();
        for id in IDS {
            let free = (0..at::MONITORING_EVENTS).all(|e| callback_of(interp, id, e).is_null());
            if free
                && !taken(api, id)
                && register(api, id, callback)
                && callback_of(interp, id, JUMP) == callback
            {
                ID.store(id, Relaxed);
                KNOWN.store(true, Relaxed);
                return true;
            }
        }
        false
    }
}

/// Sets or clears JUMP for this code under our id, which is in use for that long only.
unsafe fn set_jump(api: Api, id: i64, code: O, on: bool) -> bool {
    // SAFETY: as for `done`; a live code object.
    unsafe {
        if !done(api.use_tool_id, id, &[api.name]) {
            return false;
        }
        let events = ffi::PyLong_FromLongLong(if on { 1 << JUMP } else { 0 });
        let done_so = done(api.set_local_events, id, &[code, events]);
        ffi::Py_DECREF(events);
        done(api.free_tool_id, id, &[]);
        if done_so && on {
            keep_instruction_tools(code);
        }
        done_so
    }
}

/// Where an event has a second tool, CPython begins to note which instruction is whose. For INSTRUCTION it begins with
/// nobody's, even if there is a tool already (Python/instrumentation.c, `update_instrumentation_data`): when the program
/// traces opcodes first and then jumps, as pdb does, ours is the other tool of JUMP, and pdb would not be told of
/// opcodes any more. So it notes from the beginning here.
unsafe fn keep_instruction_tools(code: O) {
    // SAFETY: the data of a live code object, which has had events set. The block is of the size that CPython takes, and
    // it frees it with the code.
    unsafe {
        let data: *mut u8 = get(code, at::CODE_MONITORING);
        if data.is_null() || !get::<*mut u8, _>(data, at::MONITORING_INSTRUCTION_TOOLS).is_null() {
            return;
        }
        let interp = interpreter();
        let told = get::<u8, _>(interp, at::INTERP_MONITORS + INSTRUCTION)
            | get::<u8, _>(data, at::MONITORING_LOCAL + INSTRUCTION);
        let units = ffi::Py_SIZE(code) as usize;
        let noted = ffi::PyMem_Malloc(units).cast::<u8>();
        if !noted.is_null() {
            std::ptr::write_bytes(noted, told, units);
            set(data, at::MONITORING_INSTRUCTION_TOOLS, noted);
        }
    }
}

/// Asks for JUMP events of this code object.
///
/// # Safety
/// The GIL is held and `code` is live; [`forget`] is called when it ends.
pub(crate) unsafe fn watch(code: O) {
    let id = ID.load(Relaxed);
    if let Ok(mut shared) = SHARED.0.try_borrow_mut() {
        shared.watched.push(code);
    }
    let Some(api) = api().filter(|_| id >= 0) else {
        return;
    };
    // SAFETY: as required of the caller.
    unsafe {
        if !set_jump(api, id, code, true) && taken(api, id) {
            move_away(api, id);
        }
    }
}

/// A watched code object ends.
pub(crate) fn forget(code: O) {
    if let Ok(mut shared) = SHARED.0.try_borrow_mut() {
        shared.watched.retain(|&watched| watched != code);
    }
}

/// The program has taken our id: our callback and events go, and go on under another one.
unsafe fn move_away(api: Api, old: i64) {
    // SAFETY: watched code objects are alive; `sys.monitoring` runs no Python code.
    unsafe {
        ID.store(-1, Relaxed);
        if callback_of(interpreter(), old, JUMP) as usize == CALLBACK.load(Relaxed) {
            register(api, old, ffi::Py_None());
        }
        let watched = SHARED.0.borrow().watched.clone();
        let (tool, none) = (ffi::PyLong_FromLongLong(old), ffi::PyLong_FromLongLong(0));
        for &code in &watched {
            let events = call(api.get_local_events, &[tool, code]);
            if !events.is_null() && ffi::PyLong_AsLong(events) == 1 << JUMP {
                ffi::Py_XDECREF(call(api.set_local_events, &[tool, code, none]));
            }
            ffi::Py_XDECREF(events);
        }
        ffi::Py_DECREF(tool);
        ffi::Py_DECREF(none);
        begin(api);
    }
}

/// Under the first free id, asks for the events of all code objects that are watched.
unsafe fn begin(api: Api) {
    // SAFETY: watched code objects are alive; `sys.monitoring` runs no Python code.
    unsafe {
        if choose(api) {
            let watched = SHARED.0.borrow().watched.clone();
            for code in watched {
                set_jump(api, ID.load(Relaxed), code, true);
            }
        }
    }
}

pub(crate) type Fast = unsafe extern "C" fn(O, *mut O, ffi::Py_ssize_t) -> O;

/// Where the calls of a function in C go: to us first. (An audit hook would do for some, but then CPython builds the
/// arguments of every audited event, and `id` is one.)
///
/// # Safety
/// The GIL is held; `ours` calls what `was` then holds.
pub(crate) unsafe fn intercept(function: O, was: &AtomicUsize, ours: Fast) -> bool {
    // SAFETY: a live builtin.
    unsafe {
        ffi::PyCFunction_Check(function) != 0
            && replace(
                (*function.cast::<ffi::PyCFunctionObject>()).m_ml,
                ffi::METH_FASTCALL,
                was,
                ours as *const (),
            )
    }
}

/// [`intercept`] for any definition of a function in C.
///
/// # Safety
/// As there; `definition` is null or live, `ours` is of the convention that `flags` name.
pub(crate) unsafe fn replace(
    definition: *mut ffi::PyMethodDef,
    flags: c_int,
    was: &AtomicUsize,
    ours: *const (),
) -> bool {
    // SAFETY: the definition is static, writable data, which calls read each time. The pointer is of the kind that the
    // flags say.
    unsafe {
        if definition.is_null() || (*definition).ml_flags != flags {
            return false;
        }
        let original: *const () = std::mem::transmute((*definition).ml_meth);
        was.store(original as usize, Relaxed);
        (*definition).ml_meth = std::mem::transmute::<*const (), ffi::PyMethodDefPointer>(ours);
        true
    }
}

/// The definition of a function of a module in C, by what the module's initialiser returns; null: none.
///
/// # Safety
/// The GIL is held; `made` is a live module or definition of one.
pub(crate) unsafe fn definition_in(made: O, name: &CStr) -> *mut ffi::PyMethodDef {
    // SAFETY: a module's definition is static, and its methods end with one without a name.
    unsafe {
        let module = if ffi::Py_TYPE(made) == &raw mut ffi::PyModuleDef_Type {
            made.cast::<ffi::PyModuleDef>()
        } else {
            ffi::PyModule_GetDef(made)
        };
        if module.is_null() || (*module).m_methods.is_null() {
            ffi::PyErr_Clear();
            return null_mut();
        }
        let mut method = (*module).m_methods;
        while !(*method).ml_name.is_null() {
            if CStr::from_ptr((*method).ml_name) == name {
                return method;
            }
            method = method.add(1);
        }
        null_mut()
    }
}

/// Calls what the function was.
///
/// # Safety
/// CPython's calling convention; [`intercept`] has filled `was`.
pub(crate) unsafe fn call_original(
    was: &AtomicUsize,
    module: O,
    args: *mut O,
    n: ffi::Py_ssize_t,
) -> O {
    // SAFETY: `intercept` has stored the function; CPython's calling convention is passed through.
    unsafe {
        let original: Fast = std::mem::transmute(was.load(Relaxed));
        original(module, args, n)
    }
}

/// `sys.monitoring.register_callback(tool, event, callback)`.
unsafe extern "C" fn on_register(module: O, args: *mut O, n: ffi::Py_ssize_t) -> O {
    // SAFETY: CPython's calling convention, passed through to the function that was there.
    unsafe {
        if !OWN.load(Relaxed) {
            watch_begins(n == 3 && *args.add(2) == ffi::Py_None());
        }
        let result = call_original(&REGISTER, module, args, n);
        if dispatch::is_resting() {
            dispatch::set_resting(watches_calls());
        }
        result
    }
}

/// `sys.monitoring.set_events(tool, events)`.
unsafe extern "C" fn on_set_events(module: O, args: *mut O, n: ffi::Py_ssize_t) -> O {
    // SAFETY: CPython's calling convention.
    unsafe { on_events(0, module, args, n) }
}

/// `sys.monitoring.set_local_events(tool, code, events)`.
unsafe extern "C" fn on_set_local_events(module: O, args: *mut O, n: ffi::Py_ssize_t) -> O {
    // SAFETY: CPython's calling convention.
    unsafe { on_events(1, module, args, n) }
}

unsafe fn on_events(local: usize, module: O, args: *mut O, n: ffi::Py_ssize_t) -> O {
    // SAFETY: CPython's calling convention; an int is read without running Python code.
    unsafe {
        let mut of_calls = false;
        if n == 2 + local as isize {
            let events = *args.add(1 + local);
            of_calls = true;
            if ffi::PyLong_CheckExact(events) != 0 {
                let events = ffi::PyLong_AsLong(events);
                ffi::PyErr_Clear();
                of_calls = OF_CALLS.iter().any(|&event| events >> event & 1 != 0);
            }
        }
        let result = call_original(&SET_EVENTS[local], module, args, n);
        if local == 1 && of_calls && !result.is_null() {
            LOCAL_CALLS.store(true, Relaxed);
        }
        if of_calls || dispatch::is_resting() {
            dispatch::set_resting(watches_calls());
        }
        result
    }
}

/// Somebody else may be told of calls, or of what is raised.
unsafe fn watches_calls() -> bool {
    // SAFETY: tables in the live interpreter state, of the sizes in the headers.
    unsafe {
        let interp = interpreter();
        let set = |event: usize| {
            let tools = interp.add(at::INTERP_MONITORS + event);
            event < at::MONITORING_GLOBAL_EVENTS && *tools & others() != 0
        };
        if OF_CALLS.into_iter().any(set) {
            return true;
        }
        let ours = ID.load(Relaxed);
        let called = LOCAL_CALLS.load(Relaxed)
            && (0..PROGRAM_IDS).filter(|&id| id != ours).any(|id| {
                let callback = |event| !callback_of(interp, id, event).is_null();
                [CALL, C_RETURN, C_RAISE].into_iter().any(callback)
            });
        LOCAL_CALLS.store(called, Relaxed);
        called
    }
}

/// Somebody else begins to watch, or, if this `ends` it, no longer does.
unsafe fn watch_begins(ends: bool) {
    // SAFETY: the live interpreter state.
    unsafe {
        let id = ID.load(Relaxed);
        if let Some(api) = api().filter(|_| id >= 0)
            && taken(api, id)
        {
            move_away(api, id);
        }
        if !ends && FOREIGN.swap(1, Relaxed) == 0 {
            stats::count(Counter::Monitoring);
        }
    }
}

/// Native code that runs leaves at the next instruction, for whoever has begun to watch in another way. It may be entered
/// again when nobody is found to watch.
pub(crate) fn disturb() {
    FOREIGN.store(1, Relaxed);
}

/// A frame is about to be run with an exception that nobody throws into it: the interpreter begins with a PY_THROW event
/// nevertheless (`sys.settrace` and `sys.setprofile` make a `call` of it). No tool is told of it until the RAISE that
/// follows at once, for which we are a tool ourselves. [`show_throw`] is to be called when the frame has run.
///
/// # Safety
/// The GIL is held and `ts` is the current thread state.
pub(crate) unsafe fn hide_throw(ts: *mut ffi::PyThreadState) {
    // SAFETY: tables in the live interpreter state, of the sizes in the headers. The function that we put there is
    // taken out again without its reference having been counted.
    unsafe {
        let interp: *mut u8 = get(ts, at::THREAD_INTERP);
        let tools = |event: usize| interp.add(at::INTERP_MONITORS + event);
        let hidden = *tools(PY_THROW);
        let (id, ours) = (ID.load(Relaxed), RAISED.load(Relaxed) as O);
        if hidden == 0
            || HIDDEN.load(Relaxed) != 0
            || get::<i32, _>(ts, at::THREAD_TRACING) != 0
            || id < 0
            || ours.is_null()
            || !callback_of(interp, id, RAISE).is_null()
        {
            return;
        }
        HIDDEN.store(hidden, Relaxed);
        *tools(PY_THROW) = 0;
        *tools(RAISE) |= 1 << id;
        set(interp, callback_place(id, RAISE), ours);
    }
}

/// See [`hide_throw`].
///
/// # Safety
/// The GIL is held.
pub(crate) unsafe fn show_throw() {
    let hidden = HIDDEN.load(Relaxed);
    if hidden == 0 {
        return;
    }
    HIDDEN.store(0, Relaxed);
    // SAFETY: as above. A tool that has no event left does not get this one back.
    unsafe {
        let interp = interpreter().cast_mut();
        let tools = |event: usize| interp.add(at::INTERP_MONITORS + event);
        let id = ID.load(Relaxed);
        *tools(RAISE) &= !(1 << id);
        set(interp, callback_place(id, RAISE), null_mut::<PyObject>());
        let alive = (0..at::MONITORING_GLOBAL_EVENTS).fold(0, |all, event| all | *tools(event));
        *tools(PY_THROW) |= hidden & alive;
    }
}

/// The RAISE event: `callback(code, offset, exception)`.
unsafe extern "C" fn on_raise(_self: O, _args: *mut O, _n: ffi::Py_ssize_t) -> O {
    // SAFETY: called by the interpreter, with the GIL.
    unsafe {
        show_throw();
        ffi::Py_NewRef(ffi::Py_None())
    }
}

static mut RAISE_METHOD: ffi::PyMethodDef = ffi::PyMethodDef::zeroed();

/// [`on_raise`] as a Python function.
unsafe fn raise_callback() -> O {
    // SAFETY: the definition is static and written once, before it is used.
    unsafe {
        let method = &raw mut RAISE_METHOD;
        (*method).ml_name = c"pyaot_raise".as_ptr();
        (*method).ml_flags = ffi::METH_FASTCALL;
        (*method).ml_meth = ffi::PyMethodDefPointer {
            PyCFunctionFast: on_raise,
        };
        ffi::PyCFunction_New(method, null_mut())
    }
}

/// Others have registered callbacks, as far as is known.
pub(crate) fn is_foreign() -> bool {
    FOREIGN.load(Relaxed) != 0
}

/// Bits of the tools that want to be told when the line of this instruction begins.
///
/// # Safety
/// The GIL is held; an instruction of a live code object, with events.
pub(crate) unsafe fn line_tools(ts: *mut ffi::PyThreadState, code: O, unit: u32) -> u8 {
    // SAFETY: tables in the live interpreter state and behind the code, of the sizes in the headers.
    unsafe {
        let data: *const u8 = get(code, at::CODE_MONITORING);
        if data.is_null() {
            return 0;
        }
        let tools: *const u8 = get(data, at::MONITORING_LINE_TOOLS);
        if !tools.is_null() {
            return *tools.add(unit as usize);
        }
        let interp: *const u8 = get(ts, at::THREAD_INTERP);
        get::<u8, _>(interp, at::INTERP_MONITORS + LINE)
            | get::<u8, _>(data, at::MONITORING_LOCAL + LINE)
    }
}

/// Calls the tool's callback for a line; whether it did not raise. That it wants to hear no more of the line cannot be
/// passed on: it is told once more.
///
/// # Safety
/// The GIL is held, no exception is set, `id` is a tool's.
pub(crate) unsafe fn tell_line(ts: *mut ffi::PyThreadState, id: u8, code: O, line: i32) -> bool {
    // SAFETY: a callback that is registered, held while it is called; references are released.
    unsafe {
        let interp: *const u8 = get(ts, at::THREAD_INTERP);
        let callback = callback_of(interp, i64::from(id), LINE);
        if callback.is_null() {
            return true;
        }
        let line = ffi::PyLong_FromLong(line.into());
        if line.is_null() {
            return false;
        }
        ffi::Py_INCREF(callback);
        let args = [code, line];
        let result = ffi::PyObject_Vectorcall(callback, args.as_ptr(), args.len(), null_mut());
        ffi::Py_DECREF(line);
        ffi::Py_DECREF(callback);
        ffi::Py_XDECREF(result);
        !result.is_null()
    }
}

/// Bits of the ids that are the program's.
fn others() -> u8 {
    let id = ID.load(Relaxed);
    let all = (1u8 << PROGRAM_IDS) - 1;
    if id >= 0 { all & !(1 << id) } else { all }
}

/// No callback of others can be due in native code; what must hold besides for one unit says [`spares`].
///
/// # Safety
/// The GIL is held and `ts` is the current thread state.
#[inline]
pub(crate) unsafe fn quiet(ts: *mut ffi::PyThreadState) -> bool {
    // SAFETY: as required of the caller.
    FOREIGN.load(Relaxed) == 0 || unsafe { quiet_now(ts) }
}

#[cold]
unsafe fn quiet_now(ts: *mut ffi::PyThreadState) -> bool {
    // SAFETY: tables in the live interpreter state, of the sizes in the headers.
    unsafe {
        let interp: *const u8 = get(ts, at::THREAD_INTERP);
        let global = std::slice::from_raw_parts(
            interp.add(at::INTERP_MONITORS),
            at::MONITORING_GLOBAL_EVENTS,
        );
        if !KNOWN.load(Relaxed) || global.iter().any(|tools| tools & others() != 0) {
            return false;
        }
        let ours = ID.load(Relaxed);
        let left = (0..PROGRAM_IDS).filter(|&id| id != ours).any(|id| {
            (0..at::MONITORING_EVENTS).any(|event| !callback_of(interp, id, event).is_null())
        });
        if !left {
            FOREIGN.store(0, Relaxed);
            if let Some(api) = api().filter(|_| ours < 0) {
                begin(api);
            }
        }
        true
    }
}

/// No events of others are set for the code of this unit, nor of a unit that it calls, and none are left in its bytecode
/// from before (CPython takes them away at the code's next call only).
///
/// # Safety
/// The GIL is held.
pub(crate) unsafe fn spares(unit: &Linked) -> bool {
    if FOREIGN.load(Relaxed) == 0 && !TRACED.load(Relaxed) {
        return true;
    }
    // SAFETY: the contract above.
    unsafe { spares_now(unit) }
}

#[cold]
unsafe fn spares_now(unit: &Linked) -> bool {
    let foreign = FOREIGN.load(Relaxed) != 0;
    // SAFETY: the current thread state.
    let version = unsafe { events_version(ffi::thread()) };
    if !foreign && unit.unwatched.get() == version {
        return true;
    }
    let mut watching = if foreign { others() } else { 0 };
    if TRACED.load(Relaxed) {
        watching |= !((1 << PROGRAM_IDS) - 1);
    }
    let first = unit;
    let mut seen: Vec<*const Linked> = Vec::new();
    let mut waiting: Vec<&Linked> = vec![unit];
    while let Some(unit) = waiting.pop() {
        if seen.contains(&std::ptr::from_ref(unit)) {
            continue;
        }
        seen.push(unit);
        // SAFETY: a linked unit holds its code; the data hangs on it while it lives.
        let set = unsafe {
            let data: *const u8 = get(unit.code, at::CODE_MONITORING);
            !data.is_null()
                // `local_monitors`, and `active_monitors` of the same type behind it.
                && std::slice::from_raw_parts(
                    data.add(at::MONITORING_LOCAL),
                    2 * at::MONITORING_LOCAL_EVENTS,
                )
                .iter()
                .any(|tools| tools & watching != 0)
        };
        if set {
            return false;
        }
        waiting.extend(unit.callees.borrow().iter());
    }
    if !foreign {
        first.unwatched.set(version);
    }
    true
}

/// Somebody traces or profiles. What that leaves in the bytecode is looked for from now on, see [`spares`].
pub(crate) fn traced() {
    TRACED.store(true, Relaxed);
}

/// A number that is another one whenever events were set or cleared.
unsafe fn events_version(ts: *mut ffi::PyThreadState) -> usize {
    // SAFETY: a word of the live thread state, or interpreter state.
    unsafe {
        #[cfg(Py_3_13)]
        return get::<usize, _>(ts, at::THREAD_EVAL_BREAKER) & !0xff;
        #[cfg(not(Py_3_13))]
        return get(
            get::<*const u8, _>(ts, at::THREAD_INTERP),
            at::INTERP_EVENTS_VERSION,
        );
    }
}
