//! Assumptions: what compiled code takes for granted, watched by CPython's dict and function watchers.
//!
//! A broken assumption marks the units that depend on it. The mark is tested where a unit is entered, and in units with a
//! frame after each operation that may have run Python code.

use crate::dispatch;
use crate::ffi::{self, PyObject};
use crate::image::{Linked, lookup_global};
use crate::stats::{self, Counter};
use rustc_hash::FxHashMap;
use std::cell::RefCell;
use std::os::raw::c_int;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

type O = *mut PyObject;

/// What a name in a dict means to units that depend on it.
struct Watched {
    /// What it named when the units were linked; null: nothing.
    value: O,
    /// Found among the builtins, through these globals.
    builtin: bool,
    units: Vec<&'static Linked>,
}

/// The names of one dict: by address, since they are interned and held.
type Names = FxHashMap<usize, Vec<Watched>>;

#[derive(Default)]
struct Table {
    dicts: FxHashMap<usize, Names>,
    functions: FxHashMap<usize, Vec<&'static Linked>>,
    /// Units by the globals dict that they belong to.
    namespaces: FxHashMap<usize, Vec<&'static Linked>>,
    dict_watcher: Option<c_int>,
}

struct Shared(RefCell<Option<Table>>);
// SAFETY: only used with the GIL held, which serialises all access; no Python code runs while it is borrowed.
unsafe impl Sync for Shared {}
static TABLE: Shared = Shared(RefCell::new(None));

fn with<R>(f: impl FnOnce(&mut Table) -> R) -> Option<R> {
    let mut table = TABLE.0.try_borrow_mut().ok()?;
    Some(f(table.get_or_insert_with(Table::default)))
}

/// Events of this dict are wanted; without them the unit cannot be used.
fn watch(table: &mut Table, dict: O, unit: &'static Linked) -> bool {
    // SAFETY: live objects with the GIL held; watching a watched dict again is harmless.
    unsafe {
        let watcher = *table
            .dict_watcher
            .get_or_insert_with(|| ffi::PyDict_AddWatcher(on_dict));
        let watched = watcher >= 0 && ffi::PyDict_Watch(watcher, dict) >= 0;
        if !watched {
            ffi::PyErr_Clear();
            unit.invalidate();
        }
        watched
    }
}

fn add(table: &mut Table, dict: O, key: O, value: O, builtin: bool, unit: &'static Linked) {
    if !watch(table, dict, unit) {
        return;
    }
    // SAFETY: live objects with the GIL held.
    unsafe {
        // Names of code objects are interned.
        WATCHED.add(dict, key);
        let names = table.dicts.entry(dict as usize).or_default();
        let meanings = names.entry(key as usize).or_insert_with(|| {
            ffi::Py_INCREF(key);
            Vec::new()
        });
        match meanings
            .iter_mut()
            .find(|w| w.value == value && w.builtin == builtin)
        {
            Some(watched) => watched.units.push(unit),
            None => meanings.push(Watched {
                value,
                builtin,
                units: vec![unit],
            }),
        }
    }
}

/// The unit depends on what `LOAD_GLOBAL` of this name finds now.
///
/// # Safety
/// Live dicts and a live str, GIL held.
pub(crate) unsafe fn watch_global(globals: O, builtins: O, key: O, unit: &'static Linked) {
    // SAFETY: as required of the caller.
    unsafe {
        let (value, builtin) = lookup_global(globals, builtins, key);
        with(|table| {
            if builtin || value.is_null() {
                // A global of that name would shadow it.
                add(table, globals, key, std::ptr::null_mut(), builtin, unit);
                if ffi::PyDict_CheckExact(builtins) != 0 {
                    add(table, builtins, key, value, true, unit);
                }
            } else {
                add(table, globals, key, value, false, unit);
            }
        });
    }
}

/// The unit belongs to this globals dict and ends with it: it does not keep the dict alive.
pub(crate) fn watch_namespace(globals: O, unit: &'static Linked) {
    with(|table| {
        if watch(table, globals, unit) {
            let units = table.namespaces.entry(globals as usize).or_default();
            units.push(unit);
        }
    });
}

/// The unit depends on what the module's namespace binds this name to.
///
/// # Safety
/// A live module that binds the live str, GIL held.
pub(crate) unsafe fn watch_attribute(module: O, key: O, unit: &'static Linked) {
    // SAFETY: as required of the caller.
    unsafe {
        let dict = ffi::PyModule_GetDict(module);
        let value = ffi::PyDict_GetItemWithError(dict, key);
        with(|table| add(table, dict, key, value, false, unit));
    }
}

/// The unit calls the core of this function.
pub(crate) fn watch_function(function: O, unit: &'static Linked) {
    with(|table| {
        table
            .functions
            .entry(function as usize)
            .or_default()
            .push(unit)
    });
}

/// A function's code was replaced, or the function is gone.
pub(crate) fn function_changed(function: O) {
    let units = with(|table| table.functions.remove(&(function as usize))).flatten();
    for unit in units.into_iter().flatten() {
        if unit.is_valid() {
            stats::count(Counter::BrokenCode);
            unit.invalidate();
        }
    }
    dispatch::bury();
}

const CLEARED: c_int = 4;
const CLONED: c_int = 3;
const DEALLOCATED: c_int = 5;

/// Everything that depends on this ends.
fn break_units(watched: &mut Watched) {
    for unit in watched.units.drain(..) {
        if unit.is_valid() {
            stats::count(if watched.builtin {
                Counter::BrokenBuiltin
            } else {
                Counter::BrokenGlobal
            });
            unit.invalidate();
        }
    }
}

/// The name is being bound to `new` (null: unbound).
fn rebound(meanings: &mut Vec<Watched>, new: O) {
    for watched in meanings.iter_mut() {
        if watched.value != new {
            break_units(watched);
        }
    }
    // The name stays: the next unit that asks for it finds its entry.
    meanings.retain(|w| !w.units.is_empty());
}

/// An interned str is equal to another one only if it is the same object.
fn is_interned(key: O) -> bool {
    // SAFETY: a live object; the state of a str.
    unsafe {
        ffi::PyUnicode_CheckExact(key) != 0 && (*key.cast::<ffi::PyASCIIObject>()).interned() != 0
    }
}

fn is_str(key: O) -> bool {
    // SAFETY: a live object.
    unsafe { ffi::PyUnicode_Check(key) != 0 }
}

/// Most names that a program binds are nobody's assumption: that must be found out fast, for each store to a global comes
/// here. One bit for each watched pair of dict and name, by hash.
struct Filter([AtomicU64; 64]);

static WATCHED: Filter = Filter([const { AtomicU64::new(0) }; 64]);

impl Filter {
    fn place(&self, dict: O, key: O) -> (&AtomicU64, u64) {
        let hash = (dict as usize as u64).rotate_left(20) ^ key as usize as u64;
        let hash = hash.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 52;
        (&self.0[hash as usize >> 6], 1 << (hash & 63))
    }

    fn add(&self, dict: O, key: O) {
        let (word, bit) = self.place(dict, key);
        word.fetch_or(bit, Relaxed);
    }

    fn may_have(&self, dict: O, key: O) -> bool {
        let (word, bit) = self.place(dict, key);
        word.load(Relaxed) & bit != 0
    }
}

unsafe extern "C" fn on_dict(event: c_int, dict: O, key: O, new: O) -> c_int {
    if event < CLONED && is_interned(key) && !WATCHED.may_have(dict, key) {
        return 0;
    }
    with(|table| {
        if event == DEALLOCATED {
            for unit in table
                .namespaces
                .remove(&(dict as usize))
                .into_iter()
                .flatten()
            {
                unit.invalidate();
                unit.globals.set(std::ptr::null_mut());
            }
        }
        let Some(names) = table.dicts.get_mut(&(dict as usize)) else {
            return;
        };
        // A key that is no str can be equal to a name.
        if matches!(event, CLEARED | CLONED | DEALLOCATED) || !is_str(key) {
            names.values_mut().flatten().for_each(break_units);
        } else if let Some(meanings) = names.get_mut(&(key as usize)) {
            rebound(meanings, new);
        } else if !is_interned(key) {
            // Equal to a name, perhaps, but another object.
            for (&name, meanings) in names.iter_mut() {
                // SAFETY: both live str objects.
                if unsafe { ffi::PyUnicode_Compare(name as O, key) } == 0 {
                    rebound(meanings, new);
                }
            }
        }
    });
    dispatch::bury();
    0
}
