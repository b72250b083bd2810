//! All code that was counted, for reports.

use super::state::{State, is_users, place, qualname};
use crate::ffi::PyObject;
use std::cell::RefCell;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

type O = *mut PyObject;

pub(super) static KEEP_SEEN: AtomicBool = AtomicBool::new(false);

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

/// Keeps a state that was made, if that is asked for.
pub(super) unsafe fn keep_seen(code: O, state: &'static State) {
    if !KEEP_SEEN.load(Relaxed) {
        return;
    }
    // SAFETY: a live code object.
    unsafe {
        let (filename, first_line) = place(code);
        let seen = Seen {
            qualname: qualname(code),
            filename,
            first_line,
            calls: 0,
            loops: Vec::new(),
            users: is_users(code),
        };
        REGISTER.0.borrow_mut().push(Kept { seen, state });
    }
}

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
