//! Units that are interpreted in place of native code (`PYAOT_STRESS=interp`): how they are entered, and how they leave.
//!
//! A [`Program`] is entered where native code would be, and hands over as native code does: a frameless call makes a record
//! that `frame::finish` turns into a frame, a loop completes the frame that it was entered on, a call with a frame the one
//! that it pushed. Python code runs only through [`RealFrame`].

mod frame;

pub use frame::{Given, Raised, Ran, RealFrame, Shown};

use crate::ffi::{self, Frame, PyObject, PyThreadState, get, set};
use crate::frame::{Exit, Record, pop_call, push_call, push_record, return_loop, run_call};
use crate::image::{self, Linked};
use crate::layout::offsets as at;
use crate::stats::{self, Counter};
use crate::unit::{ExitKind, ExitReason, status};
use crate::value::{self, Value};
use frame::fill;
use std::marker::PhantomData;
use std::ptr::null_mut;

type O = *mut PyObject;

/// A unit as the interpreter runs it.
pub trait Program: Sync {
    /// Which slots of localsplus must hold something at the entry.
    fn bound(&self) -> &[bool];
    /// Runs it, from the entry to where it returns or leaves.
    fn run<'g>(&self, entry: Entry<'g>) -> Outcome<'g>;
}

/// Objects of a frame; none for an unbound slot and beside a callable.
pub type Slots<'g> = Vec<Option<Value<'g>>>;

/// What a unit finds at its entry.
pub struct Entry<'g> {
    /// localsplus.
    pub locals: Slots<'g>,
    /// The value stack.
    pub stack: Slots<'g>,
    /// Names of the namespace that are kept in registers.
    pub names: Vec<Value<'g>>,
    pub scope: Scope<'g>,
    /// Where Python code can run; without one the unit leaves.
    pub frame: Option<RealFrame<'g>>,
}

/// What the code of a unit can reach beside its frame.
pub struct Scope<'g> {
    code: O,
    globals: O,
    builtins: O,
    namespace: O,
    function: O,
    gil: PhantomData<&'g ()>,
}

/// How a run ended.
pub enum Outcome<'g> {
    /// A call returned, with these locals.
    Returned(Value<'g>, Slots<'g>),
    Left(Leave<'g>),
    /// The operation at this code unit raised: see [`Raised`].
    Raised {
        resume: u32,
        at: u32,
    },
}

/// A complete frame for the interpreter to go on with.
pub struct Leave<'g> {
    pub reason: ExitReason,
    /// Code unit where the interpreter goes on.
    pub resume: u32,
    /// Code unit of the instruction.
    pub at: u32,
    /// Code unit of the instruction that was done last; none: the unit has done none.
    pub done: Option<u32>,
    /// None: they are in the frame.
    pub locals: Option<Slots<'g>>,
    pub stack: Slots<'g>,
    /// Names to write back: index into `co_names`.
    pub names: Vec<(u32, Value<'g>)>,
}

impl Leave<'_> {
    fn exit(&self) -> Exit {
        Exit {
            kind: ExitKind::Resume,
            resume: self.resume,
            at: self.at,
            done: self.done,
        }
    }
}

impl<'g> Scope<'g> {
    fn name_at(&self, index: u32) -> Option<O> {
        // SAFETY: the names of a live code object; the index is tested.
        unsafe {
            let names: O = get(self.code, at::CODE_NAMES);
            let known = (index as isize) < ffi::PyTuple_GET_SIZE(names);
            known.then(|| ffi::PyTuple_GET_ITEM(names, index as isize))
        }
    }

    /// `co_consts[index]`.
    pub fn constant(&self, index: u32) -> Option<Value<'g>> {
        // SAFETY: the constants of a live code object; the index is tested.
        unsafe {
            let consts: O = get(self.code, at::CODE_CONSTS);
            if index as isize >= ffi::PyTuple_GET_SIZE(consts) {
                return None;
            }
            value::borrow(ffi::PyTuple_GET_ITEM(consts, index as isize))
        }
    }

    /// What a global names; none if it is unbound.
    pub fn global(&self, index: u32) -> Option<Value<'g>> {
        // SAFETY: live dicts of a live function or frame.
        unsafe {
            let name = self.name_at(index)?;
            let (object, _) = image::lookup_global(self.globals, self.builtins, name);
            ffi::PyErr_Clear();
            value::borrow(object)
        }
    }

    /// What a name of a module or class body names.
    pub fn name(&self, index: u32) -> Option<Value<'g>> {
        // SAFETY: as above; a namespace that is no exact dict is not asked.
        unsafe {
            let name = self.name_at(index)?;
            if !self.namespace.is_null() && self.namespace != self.globals {
                if ffi::PyDict_CheckExact(self.namespace) == 0 {
                    return None;
                }
                let found = ffi::PyDict_GetItemWithError(self.namespace, name);
                ffi::PyErr_Clear();
                if !found.is_null() {
                    return value::borrow(found);
                }
            }
            self.global(index)
        }
    }

    /// Cell `index` of the function's closure.
    pub fn closure_cell(&self, index: u32) -> Option<Value<'g>> {
        // SAFETY: the closure of a live function is null or a tuple; the index is tested.
        unsafe {
            if self.function.is_null() {
                return None;
            }
            let closure: O = get(self.function, at::FUNC_CLOSURE);
            if closure.is_null() || index as isize >= ffi::PyTuple_GET_SIZE(closure) {
                return None;
            }
            value::borrow(ffi::PyTuple_GET_ITEM(closure, index as isize))
        }
    }

    pub fn none(&self) -> Value<'g> {
        value::none()
    }

    /// A list of these objects.
    pub fn new_list(&self, items: &[&Value<'g>]) -> Option<Value<'g>> {
        value::new_list(items)
    }

    /// A tuple of these objects.
    pub fn new_tuple(&self, items: &[&Value<'g>]) -> Option<Value<'g>> {
        value::new_tuple(items)
    }

    /// A new cell with this content, or an empty one.
    pub fn new_cell(&self, content: Option<&Value<'g>>) -> Option<Value<'g>> {
        value::new_cell(content)
    }

    /// A signal, another thread or the collector wants its turn.
    pub fn wanted_elsewhere(&self) -> bool {
        // SAFETY: the byte that polls read, of the current thread.
        unsafe { ffi::eval_breaker(ffi::thread()).read() != 0 }
    }
}

fn note(linked: &Linked, reason: ExitReason, at: u32) {
    stats::count(Counter::Exits);
    // What would run Python code without a frame, or with names in registers, is made the other way.
    let framed = match linked.meta.entry_kind.abi() {
        Some(abi) => abi.framed,
        None => linked.meta.names.is_empty(),
    };
    if !framed && matches!(reason, ExitReason::Unsupported | ExitReason::Destructor) {
        linked.hot_exits.set(1);
    }
    if crate::dispatch::trace_exits() {
        let name = &linked.meta.qualname;
        eprintln!("pyaot: exit {reason:?} (interpreted) in {name} at {at}");
    }
}

/// Runs an interpreted call. Returns the unit's status; the result, a new reference, is in `value`.
///
/// # Safety
/// `args` are the arguments of a call of `function`, as many as its parameters; `program` is the unit's.
pub(crate) unsafe fn call(
    linked: &'static Linked,
    program: &dyn Program,
    ts: *mut PyThreadState,
    function: O,
    args: &[O],
    value: &mut u64,
) -> u64 {
    // SAFETY: a live function with this code; the program's values end before this returns.
    unsafe {
        let remaining = get::<i32, _>(ts, at::THREAD_PY_RECURSION);
        if remaining <= 0 {
            // The interpreter raises RecursionError.
            return status::REFUSED;
        }
        stats::count(Counter::InterpretedEntries);
        let framed = linked.meta.entry_kind.abi().is_some_and(|abi| abi.framed);
        let frame = framed.then(|| {
            set(ts, at::THREAD_PY_RECURSION, remaining - 1);
            push_call(ts, function, linked)
        });
        let entry = Entry {
            locals: (0..linked.nlocalsplus)
                .map(|i| args.get(i).and_then(|&arg| value::borrow(arg)))
                .collect(),
            stack: Vec::new(),
            names: Vec::new(),
            scope: Scope {
                code: linked.code,
                globals: get(function, at::FUNC_GLOBALS),
                builtins: get(function, at::FUNC_BUILTINS),
                namespace: null_mut(),
                function,
                gil: PhantomData,
            },
            frame: frame.map(|frame| RealFrame::new(frame, ts, linked)),
        };
        let outcome = program.run(entry);
        if let Some(frame) = frame {
            let remaining = get::<i32, _>(ts, at::THREAD_PY_RECURSION);
            set(ts, at::THREAD_PY_RECURSION, remaining + 1);
            return end_call(linked, ts, frame, outcome, value);
        }
        match outcome {
            Outcome::Returned(result, _) => {
                *value = value::give(Some(result)) as u64;
                status::DONE
            }
            Outcome::Left(leave) => {
                note(linked, leave.reason, leave.at);
                let exit = leave.exit();
                let locals = leave.locals.into_iter().flatten();
                push_record(Record {
                    // Whoever entered the unit says which.
                    function: null_mut(),
                    code: linked.code,
                    handlers: &linked.handlers,
                    exit,
                    locals: locals.map(value::give).collect(),
                    stack: leave.stack.into_iter().map(value::give).collect(),
                });
                status::LEFT
            }
            Outcome::Raised { .. } => {
                ffi::Py_FatalError(c"pyaot: an interpreted call raised without a frame".as_ptr())
            }
        }
    }
}

/// Ends a call that has pushed this frame.
unsafe fn end_call(
    linked: &'static Linked,
    ts: *mut PyThreadState,
    frame: *mut Frame,
    outcome: Outcome<'_>,
    value: &mut u64,
) -> u64 {
    // SAFETY: the frame is current, and holds no objects but what `outcome` says.
    unsafe {
        let exit = match outcome {
            Outcome::Returned(result, locals) => {
                fill(frame, linked, Some(locals), Vec::new());
                *value = value::give(Some(result)) as u64;
                pop_call(ts, frame);
                return status::DONE;
            }
            Outcome::Left(leave) => {
                note(linked, leave.reason, leave.at);
                let exit = leave.exit();
                fill(frame, linked, leave.locals, leave.stack);
                exit
            }
            Outcome::Raised { resume, at } => raised(linked, resume, at),
        };
        let result = run_call(linked, frame, ts, exit);
        if result.is_null() {
            return status::RAISED;
        }
        *value = result as u64;
        status::OTHER
    }
}

fn raised(linked: &Linked, resume: u32, at: u32) -> Exit {
    note(linked, ExitReason::Raised, at);
    Exit {
        kind: ExitKind::Raise,
        resume,
        at,
        done: None,
    }
}

/// Runs an interpreted loop on a frame. Returns the unit's status.
///
/// # Safety
/// `frame` is the current frame of `ts`, suspended in the event of a jump to the unit's header, with as many entries on
/// the stack as the unit takes; `names` are live.
pub(crate) unsafe fn enter(
    linked: &'static Linked,
    program: &dyn Program,
    ts: *mut PyThreadState,
    frame: *mut Frame,
    names: &[O],
) -> u64 {
    // SAFETY: localsplus has room for `nlocalsplus + stacksize` objects; what is taken out is put back before anything
    // else can look at the frame.
    unsafe {
        let slots = ffi::frame_slots(frame);
        let bound = program.bound();
        if (0..linked.nlocalsplus).any(|i| bound.get(i) == Some(&(*slots.add(i)).is_null())) {
            return status::MISS;
        }
        stats::count(Counter::InterpretedEntries);
        let take = |i: usize| value::take(std::mem::replace(&mut *slots.add(i), null_mut()));
        let top = linked.nlocalsplus + usize::from(linked.meta.stack_depth);
        let entry = Entry {
            locals: (0..linked.nlocalsplus).map(take).collect(),
            stack: (linked.nlocalsplus..top).map(take).collect(),
            names: names
                .iter()
                .filter_map(|&name| value::borrow(name))
                .collect(),
            scope: Scope {
                code: linked.code,
                globals: get(frame, at::FRAME_GLOBALS),
                builtins: get(frame, at::FRAME_BUILTINS),
                namespace: get(frame, at::FRAME_LOCALS),
                function: null_mut(),
                gil: PhantomData,
            },
            // With names in registers no Python code may run, which could read and store them.
            frame: names.is_empty().then(|| RealFrame::new(frame, ts, linked)),
        };
        let exit = match program.run(entry) {
            Outcome::Left(leave) => {
                note(linked, leave.reason, leave.at);
                let exit = leave.exit();
                fill(frame, linked, leave.locals, leave.stack);
                store_names(linked, frame, leave.names);
                exit
            }
            Outcome::Raised { resume, at } => raised(linked, resume, at),
            Outcome::Returned(..) => {
                // A loop unit leaves where the function returns.
                ffi::Py_FatalError(c"pyaot: an interpreted loop returned".as_ptr());
            }
        };
        return_loop(linked, frame, ts, exit)
    }
}

/// Writes names that were kept in registers back to the namespace.
unsafe fn store_names(linked: &Linked, frame: *mut Frame, names: Vec<(u32, Value<'_>)>) {
    // SAFETY: the unit's names are names of its code; a namespace with such names is a dict.
    unsafe {
        let namespace: O = get(frame, at::FRAME_LOCALS);
        let co_names: O = get(linked.code, at::CODE_NAMES);
        for (name, object) in names {
            if linked.meta.names.iter().any(|&n| u32::from(n) == name) {
                let key = ffi::PyTuple_GET_ITEM(co_names, name as isize);
                ffi::PyDict_SetItem(namespace, key, value::lend(&Some(object)));
            }
        }
    }
}
