//! The real frame of an interpreted unit: brought up to date while Python code may run, empty between.
//!
//! While the unit computes, the frame holds no objects: they are the program's, so that reference counts are CPython's.
//! For an operation they move into the frame (the program keeps none) and are taken back afterwards. If somebody has
//! begun to watch by then, or could have changed a local, locals stay where they are ([`RealFrame::is_home`]), the
//! program gets references of its own, and must leave at the next instruction.

use super::Slots;
use crate::dispatch;
use crate::ffi::{self, Frame, PyObject, PyThreadState, get, set};
use crate::frame;
use crate::helpers;
use crate::image::Linked;
use crate::layout::{PY_3_13, offsets as at};
use crate::monitoring;
use crate::operation::{Gives, Operation, Word};
use crate::stats;
use crate::value::{self, Value};
use std::marker::PhantomData;
use std::ptr::null_mut;

type O = *mut PyObject;

/// The frame that a unit runs on.
pub struct RealFrame<'g> {
    pub(super) frame: *mut Frame,
    pub(super) ts: *mut PyThreadState,
    pub(super) linked: &'static Linked,
    home: bool,
    gil: PhantomData<&'g ()>,
}

/// What a frame shows: the instruction, locals, and value stack.
pub struct Shown<'g> {
    pub at: u32,
    pub locals: Slots<'g>,
    pub stack: Slots<'g>,
}

/// What an operation gave, and the frame's objects afterwards.
pub struct Ran<'g> {
    pub given: Given<'g>,
    pub locals: Slots<'g>,
    /// Without the operands.
    pub stack: Slots<'g>,
}

/// What an operation gave.
pub enum Given<'g> {
    Objects(Slots<'g>),
    Truth(Value<'g>),
    /// The iterator has no more items.
    Exhausted,
}

/// An exception is set. The frame is complete, its stack that below the operands.
pub struct Raised;

impl<'g> RealFrame<'g> {
    /// # Safety
    /// `frame` is the current frame of `ts`, the current thread, and runs the unit's code; it holds no objects, and nobody
    /// else uses it while this is there.
    pub(super) unsafe fn new(
        frame: *mut Frame,
        ts: *mut PyThreadState,
        linked: &'static Linked,
    ) -> RealFrame<'g> {
        RealFrame {
            frame,
            ts,
            linked,
            home: false,
            gil: PhantomData,
        }
    }

    /// The locals in the frame are what counts.
    pub fn is_home(&self) -> bool {
        self.home
    }

    /// Somebody refers to the frame.
    pub fn is_shared(&self) -> bool {
        // SAFETY: a live frame.
        unsafe { !get::<O, _>(self.frame, at::FRAME_OBJ).is_null() }
    }

    /// The unit must not go on: it is invalid, somebody traces or watches, or (3.13) could write to the locals.
    fn is_disturbed(&self) -> bool {
        // SAFETY: fields of the live thread; the word is that of the current process.
        unsafe {
            let foreign = monitoring::foreign_address() as *const u64;
            !self.linked.is_valid()
                || foreign.read() != 0
                || *dispatch::eval_frame(self.ts) != 0
                || !get::<O, _>(self.ts, at::THREAD_TRACEFUNC).is_null()
                || !get::<O, _>(self.ts, at::THREAD_PROFILEFUNC).is_null()
                || PY_3_13 && self.is_shared()
        }
    }

    /// Moves the objects into the frame.
    fn show(&mut self, shown: Shown<'g>) {
        let locals = (!self.home).then_some(shown.locals);
        // SAFETY: the frame is the unit's, and empty but for locals at home.
        unsafe {
            fill(self.frame, self.linked, locals, shown.stack);
            frame::set_instr(self.frame, self.linked.code, shown.at, false);
        }
    }

    /// Takes the objects out of the frame again, or while somebody watches, the stack alone.
    fn take_back(&mut self, depth: usize) -> (Slots<'g>, Slots<'g>) {
        self.home = self.home || self.is_disturbed();
        // SAFETY: the slots own what they hold, and what is moved out of them is not left there.
        unsafe {
            let slots = ffi::frame_slots(self.frame);
            let take = |i: usize| value::take(std::mem::replace(&mut *slots.add(i), null_mut()));
            let n = self.linked.nlocalsplus;
            let locals = if self.home {
                (0..n).map(|i| value::borrow(*slots.add(i))).collect()
            } else {
                (0..n).map(take).collect()
            };
            (locals, (n..n + depth).map(take).collect())
        }
    }

    /// Runs an operation. `shown` is the frame without the operands; `object` is what the operation takes beside them.
    pub fn run(
        &mut self,
        shown: Shown<'g>,
        operation: Operation,
        operands: Slots<'g>,
        object: Option<Value<'g>>,
    ) -> Result<Ran<'g>, Raised> {
        let doing = operation.doing();
        let results = match doing.gives {
            Gives::Several(n) => n,
            Gives::Item => 1,
            _ => 0,
        };
        let depth = shown.stack.len();
        let room = depth + operands.len().max(results) <= stack_size(self.linked);
        let all: Vec<O> = operands.iter().map(value::lend).collect();
        // SAFETY: live objects.
        let fits = unsafe { operation.fits(&all, value::lend(&object)) };
        let words = [doing.arg, doing.extra].map(|word| self.word(word, value::lend(&object)));
        let (true, true, [Some(arg), Some(extra)]) = (room, fits, words) else {
            broken(
                self.linked,
                shown.at,
                "the operation does not fit the frame",
            );
        };
        stats::ran(doing.helper);
        self.show(shown);
        // SAFETY: the helpers' contract: the frame is current and complete, the operands fit and lie on its stack, where
        // there is room for them and for the results; names are live strings, `object` is alive. All parameters and the
        // result are words in integer registers, as the table says.
        let (base, result) = unsafe {
            let base = ffi::frame_slots(self.frame).add(self.linked.nlocalsplus + depth);
            for (i, operand) in operands.into_iter().enumerate() {
                *base.add(i) = value::give(operand);
            }
            let Some(address) = helpers::address(doing.helper as u16) else {
                broken(self.linked, 0, "a helper is missing");
            };
            let helper: unsafe extern "C" fn(*mut O, u64, u64) -> u64 =
                std::mem::transmute(address);
            (base, helper(base, arg, extra))
        };
        let failed = match doing.gives {
            Gives::Truth | Gives::Item => (result as i64) < 0,
            _ => result == 0,
        };
        if failed {
            return Err(Raised);
        }
        // SAFETY: what the helper left at the base, or returned, is owned and moves out.
        let given = unsafe {
            let take = |n: usize| {
                (0..n)
                    .map(|i| value::take(std::mem::replace(&mut *base.add(i), null_mut())))
                    .collect()
            };
            match doing.gives {
                Gives::Object => Given::Objects(vec![value::take(result as O)]),
                Gives::Nothing | Gives::Never => Given::Objects(Vec::new()),
                Gives::Several(n) => Given::Objects(take(n)),
                Gives::Truth => Given::Truth(value::bool(result != 0)),
                Gives::Item if result == 0 => Given::Exhausted,
                Gives::Item => Given::Objects(take(1)),
            }
        };
        let (locals, stack) = self.take_back(depth);
        Ok(Ran {
            given,
            locals,
            stack,
        })
    }

    /// None: the code has no such name.
    fn word(&self, word: Word, object: O) -> Option<u64> {
        Some(match word {
            Word::Number(n) => n as u64,
            // SAFETY: the names of a live code object; the index is tested.
            Word::Name(i) => unsafe {
                let names: O = get(self.linked.code, at::CODE_NAMES);
                let known = (i as isize) < ffi::PyTuple_GET_SIZE(names);
                known.then(|| ffi::PyTuple_GET_ITEM(names, i as isize) as u64)?
            },
            Word::Frame => self.frame as u64,
            Word::Object => object as u64,
        })
    }

    /// Ends the lives that wait for a frame; its objects afterwards.
    pub fn end_lives(&mut self, shown: Shown<'g>) -> (Slots<'g>, Slots<'g>) {
        let depth = shown.stack.len();
        self.show(shown);
        helpers::drop_deferred();
        self.take_back(depth)
    }
}

fn stack_size(linked: &Linked) -> usize {
    // SAFETY: a live code object.
    unsafe { get::<i32, _>(linked.code, at::CODE_STACKSIZE) as usize }
}

/// The program is not of this code: nothing can go on.
fn broken(linked: &Linked, at: u32, what: &str) -> ! {
    panic!("at {at} of {}: {what}", linked.meta.qualname)
}

/// Moves objects into a frame: a stack, and all locals, unless they are there.
///
/// # Safety
/// `frame` is a live frame of the unit's code, and holds no objects but locals that are there.
pub(super) unsafe fn fill<'g>(
    frame: *mut Frame,
    linked: &Linked,
    locals: Option<Slots<'g>>,
    stack: Slots<'g>,
) {
    let n = linked.nlocalsplus;
    if locals.as_ref().is_some_and(|locals| locals.len() != n) || stack.len() > stack_size(linked) {
        broken(linked, 0, "the frame has no room for its state");
    }
    // SAFETY: `localsplus` has room for the locals and the stack, and what is overwritten is null.
    unsafe {
        let slots = ffi::frame_slots(frame);
        for (i, object) in locals.into_iter().flatten().enumerate() {
            *slots.add(i) = value::give(object);
        }
        set(frame, at::FRAME_STACKTOP, (n + stack.len()) as i32);
        for (i, object) in stack.into_iter().enumerate() {
            *slots.add(n + i) = value::give(object);
        }
    }
}
