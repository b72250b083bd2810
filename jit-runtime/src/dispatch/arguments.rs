//! Whose references the arguments of a call are.
//!
//! CPython's own calls move the caller's references into the callee's frame, so that an argument dies when the callee lets
//! go of it. A vectorcall lends them. What differs by that is made good here, and (3.12) the instruction pointer of a
//! caller whose call runs through C.

use super::bind::{MAX_PARAMETERS, bind, collects};
use super::calls::ORIGINAL;
use super::state::{State, state};
use crate::ffi::{self, PyObject, get, set};
use crate::frame;
use crate::helpers;
use crate::layout::offsets as at;
use std::ptr::null_mut;
use std::sync::atomic::Ordering::Relaxed;

type O = *mut PyObject;

/// An argument that only the caller's stack holds would live through the call, though the function drops it: its
/// destructor would run late. CPython's own calls move such references into the frame.
pub(super) unsafe fn outlives(state: &State, args: *const O, n: usize) -> bool {
    // SAFETY: live arguments of a call.
    unsafe {
        state.rebinds.get()
            && (0..n).any(|i| {
                let arg = *args.add(i);
                ffi::Py_REFCNT(arg) == 1 && !helpers::is_inert(arg)
            })
    }
}

/// The caller would have moved the arguments' references into the callee's frame: they lie on its value stack, or in the
/// tuple that a call with `*` made.
unsafe fn are_callers(ts: *mut ffi::PyThreadState, function: O, args: *const O, n: usize) -> bool {
    // SAFETY: as for both.
    unsafe { on_callers_stack(ts, function, args, n) || in_callers_tuple(ts, function, args, n) }
}

/// A tuple with more is not looked for: what lies before the arguments is read, wherever they are.
const STARRED: usize = 64;

/// The interpreter's current frame calls this very function by `CALL_FUNCTION_EX`, without keywords, and these are the items
/// of the tuple, which nobody else has.
unsafe fn in_callers_tuple(
    ts: *mut ffi::PyThreadState,
    function: O,
    args: *const O,
    n: usize,
) -> bool {
    // SAFETY: fields of the current frame and its code, entries of its value stack; a few words before the arguments, which
    // are in a tuple, on a stack, or in a block of memory that has a head.
    unsafe {
        let caller = *ffi::current_frame(ts);
        let Some((of, index)) = frame::running(caller) else {
            return false;
        };
        // The lowest bit of its argument: with keywords.
        let calls = frame::instruction(of, index)
            .is_some_and(|(name, arg)| name == "CALL_FUNCTION_EX" && arg & 1 == 0);
        if !calls || !(1..=STARRED).contains(&n) {
            return false;
        }
        let pair = if cfg!(Py_3_13) {
            [function, null_mut()]
        } else {
            [null_mut(), function]
        };
        let called = value_stack(caller, of).windows(2).any(|two| two == pair);
        let tuple: O = args.cast_mut().cast::<u8>().sub(at::TUPLE_ITEMS).cast();
        called
            && ffi::Py_TYPE(tuple) == &raw mut ffi::PyTuple_Type
            && get::<usize, _>(tuple, at::VAR_SIZE) == n
            && ffi::Py_REFCNT(tuple) == 1
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
        let Some((of, index)) = frame::running(caller) else {
            return false;
        };
        let stack = value_stack(caller, of).as_ptr_range();
        if args <= stack.start || args.add(n) > stack.end {
            return false;
        }
        // The callable, or the callable and a null where a `self` would be.
        let below = *args.sub(1);
        let named = below == function
            || below.is_null() && args.sub(1) > stack.start && *args.sub(2) == function;
        named && calls_with(of, index, n)
    }
}

/// All there is room for on a frame's value stack. What lies above its top is left from before.
unsafe fn value_stack<'a>(frame: *mut ffi::Frame, code: O) -> &'a [O] {
    // SAFETY: a frame has so many slots behind the locals of its code.
    unsafe {
        let stack = ffi::frame_slots(frame).add(get::<i32, _>(code, at::CODE_NLOCALSPLUS) as usize);
        std::slice::from_raw_parts(stack, get::<i32, _>(code, at::CODE_STACKSIZE) as usize)
    }
}

/// The instruction calls something with `n` arguments, or with one less and a `self`. What is called with fewer got them
/// from a function in C that was called with more, itself among them (`operator.call`).
unsafe fn calls_with(code: O, index: isize, n: usize) -> bool {
    let matches = |index| {
        // SAFETY: the instruction pointer of a frame that is calling is within its code.
        let found = unsafe { frame::instruction(code, index) };
        found.is_some_and(|(name, count)| {
            matches!(name, "CALL" | "CALL_KW") && (n == count || n == count + 1)
        })
    };
    // 3.12 may have it at the end of the inline cache already: see `suspended`.
    matches(index) || !cfg!(Py_3_13) && matches(index - 3)
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
        if !state.minds_ends() {
            return None;
        }
        move_arguments(ts, callable, args, n, keywords)
    }
}

/// Only the caller's stack holds the argument, and a program could tell.
unsafe fn is_last(arg: O) -> bool {
    // SAFETY: a live argument.
    unsafe { ffi::Py_REFCNT(arg) == 1 && !helpers::is_atomic(arg) }
}

/// How many arguments a call has, named ones included.
pub(super) unsafe fn argument_count(nargsf: usize, keywords: O) -> usize {
    // SAFETY: CPython's calling convention.
    unsafe { (nargsf & !ffi::VECTORCALL_OFFSET) + keyword_count(keywords) }
}

/// How many arguments a call names.
pub(crate) unsafe fn keyword_count(keywords: O) -> usize {
    if keywords.is_null() {
        return 0;
    }
    // SAFETY: a vectorcall's tuple of names.
    unsafe { ffi::PyTuple_GET_SIZE(keywords) as usize }
}

/// CPython's binding of these arguments succeeds.
unsafe fn binds(function: O, args: *const O, n: usize, keywords: O) -> bool {
    // SAFETY: CPython's calling convention.
    unsafe {
        let code: O = get(function, at::FUNC_CODE);
        let wanted = get::<i32, _>(code, at::CODE_ARGCOUNT) as usize;
        let [more, _] = collects(code);
        let plain = keywords.is_null() && get::<i32, _>(code, at::CODE_KWONLY) == 0;
        let mut room = [null_mut(); MAX_PARAMETERS];
        plain && (n == wanted || more && n > wanted)
            || bind(function, args, n, keywords, &mut room).is_some()
    }
}

/// Takes the last reference to an object from a place of the caller's stack, which keeps `None` to drop. The object has no
/// reference until the callee's frame takes one.
unsafe fn lift(place: *mut O) -> O {
    // SAFETY: the place holds a live object, which is referred to from there only.
    unsafe {
        let object = *place;
        *place = ffi::Py_None();
        set(object, 0, 0u32);
        object
    }
}

/// CPython's own calls move their references into the callee's frame; a vectorcall lends them. Where the caller is the
/// interpreter (the arguments lie on its value stack) and it matters when an argument dies, the last reference to an
/// object is moved: the frame takes it up again, and the caller's stack keeps `None` to drop. So a destructor runs
/// where it does under CPython.
pub(super) unsafe fn move_arguments(
    ts: *mut ffi::PyThreadState,
    function: O,
    args: *const O,
    nargsf: usize,
    keywords: O,
) -> Option<Vec<O>> {
    // SAFETY: binding cannot fail, so each reference is taken up by the frame at once, before anything can look at the
    // count; the stack entries are those of the running CALL.
    unsafe {
        let n = nargsf & !ffi::VECTORCALL_OFFSET;
        let all = argument_count(nargsf, keywords);
        if !(0..all).any(|i| is_last(*args.add(i)))
            || !are_callers(ts, function, args, all)
            || !binds(function, args, n, keywords)
        {
            return None;
        }
        let copy: Vec<O> = (0..all).map(|i| *args.add(i)).collect();
        for (i, &arg) in copy.iter().enumerate() {
            if is_last(arg) {
                lift(args.cast_mut().add(i));
            }
        }
        Some(copy)
    }
}

/// References that a native call with a frame takes over from its caller's value stack.
pub(super) struct Taken {
    from: [*mut O; TAKEN],
    objects: [O; TAKEN],
    n: usize,
}

/// A call with more is the interpreter's.
const TAKEN: usize = 8;

impl Taken {
    /// As [`move_arguments`], for a unit with a frame, which takes a reference of each argument first of all. `bound` are
    /// the arguments as the unit gets them, which may lie where the caller has them: then `copy` takes their place. None
    /// if there are too many.
    pub(super) unsafe fn of<'a>(
        ts: *mut ffi::PyThreadState,
        function: O,
        args: *const O,
        n: usize,
        bound: &'a [O],
        copy: &'a mut [O; MAX_PARAMETERS],
    ) -> Option<(Taken, &'a [O])> {
        let mut taken = Taken {
            from: [null_mut(); TAKEN],
            objects: [null_mut(); TAKEN],
            n: 0,
        };
        // SAFETY: as for `move_arguments`.
        unsafe {
            if !(0..n).any(|i| is_last(*args.add(i))) || !are_callers(ts, function, args, n) {
                return Some((taken, bound));
            }
            if (0..n).filter(|&i| is_last(*args.add(i))).count() > TAKEN {
                return None;
            }
            let own = &mut copy[..bound.len()];
            own.copy_from_slice(bound);
            for i in 0..n {
                let place = args.cast_mut().add(i);
                if is_last(*place) {
                    taken.from[taken.n] = place;
                    taken.objects[taken.n] = lift(place);
                    taken.n += 1;
                }
            }
            Some((taken, own))
        }
    }

    /// The argument at this place, of those that are still there and those that were taken.
    pub(super) unsafe fn argument(&self, place: *const O) -> O {
        let mut taken = self.from[..self.n].iter().zip(&self.objects);
        match taken.find(|&(&from, _)| from.cast_const() == place) {
            Some((_, &object)) => object,
            // SAFETY: an argument's place.
            None => unsafe { *place },
        }
    }

    /// The call was refused: the references are the caller's again.
    pub(super) unsafe fn give_back(&self) {
        // SAFETY: the places still hold what was put there, and nobody has taken the references.
        unsafe {
            for i in 0..self.n {
                // Meanwhile the tuple of `*args` may hold it.
                *self.from[i] = ffi::Py_NewRef(self.objects[i]);
            }
        }
    }
}

/// A native call left: its frame, about to be run, holds the arguments. The caller's stack lets go of them, as above.
pub(super) unsafe fn let_go(
    state: &State,
    ts: *mut ffi::PyThreadState,
    function: O,
    args: *const O,
    n: usize,
) {
    // SAFETY: as above; the frame holds the argument too, so it does not die here.
    unsafe {
        if state.has_others.get() && are_callers(ts, function, args, n) {
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

/// Whoever calls this for native code must say so to the caller's frame ([`suspended`]): ours do it when they are entered.
pub(crate) unsafe fn is_pythons(callable: O) -> bool {
    // SAFETY: a live callable.
    unsafe {
        ffi::Py_TYPE(callable) == &raw mut ffi::PyFunction_Type
            && get::<usize, _>(callable, at::FUNC_VECTORCALL) == ORIGINAL.load(Relaxed)
    }
}

/// The caller's frame, for the time of a call of this function from its value stack: see [`frame::suspend`].
unsafe fn suspended(
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

/// Makes a call with `n` arguments, with the caller [`suspended`] if it is the interpreter or native code with a frame.
pub(crate) unsafe fn call_suspended(
    ts: *mut ffi::PyThreadState,
    function: O,
    args: *const O,
    n: usize,
    call: impl FnOnce() -> O,
) -> O {
    // SAFETY: as for `suspended`; the caller's frame outlives the call.
    unsafe {
        let caller = suspended(ts, function, args, n);
        let result = call();
        if let Some(caller) = caller {
            caller.over(result);
        }
        result
    }
}
