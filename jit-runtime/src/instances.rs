//! The memory of instances of plain classes (3.13).
//!
//! An instance with values in line is one block: words for its weak references and its dict, the collector's, the object,
//! its values. Those that native code ends are kept here, a few of each size, and become the next instances that it makes:
//! what CPython would do by way of its allocator. All else is as there: the type's reference, the collector's lists and
//! its count of new objects (a collection that is due is CPython's to begin), the words of an instance.

use crate::ffi::{self, PyObject, PyTypeObject, get, set};
use crate::layout::offsets as at;
use std::cell::Cell;
use std::ffi::CStr;
use std::ptr::null_mut;

type O = *mut PyObject;

/// Bytes of a block before the object: a weak reference list, a dict, and the collector's two words.
const BEFORE: usize = 32;
/// Sizes are told apart to this; pymalloc's blocks are multiples of it.
const GRAIN: usize = 16;
/// Larger blocks are not pymalloc's.
const LARGEST: usize = 512;
/// Blocks of a size that are kept.
const MOST: u32 = 128;

/// The blocks of each size that are free, linked by their first words.
struct Free {
    first: [Cell<*mut u8>; LARGEST / GRAIN + 1],
    count: [Cell<u32>; LARGEST / GRAIN + 1],
    /// The interpreter whose instances these are; null: nothing is kept.
    interpreter: Cell<*mut u8>,
}
// SAFETY: only used with the GIL of that interpreter held.
unsafe impl Sync for Free {}

static FREE: Free = Free {
    first: [const { Cell::new(null_mut()) }; LARGEST / GRAIN + 1],
    count: [const { Cell::new(0) }; LARGEST / GRAIN + 1],
    interpreter: Cell::new(null_mut()),
};

unsafe extern "C" {
    fn _PyMem_GetCurrentAllocatorName() -> *const std::ffi::c_char;
}

/// From here on memory is kept for the instances of this interpreter, if it comes from the usual allocator.
///
/// # Safety
/// The interpreter that runs native code, which outlives all of it; its GIL is held.
pub(crate) unsafe fn keep_for(interpreter: *mut u8) {
    // SAFETY: a name that lives for ever, or null.
    unsafe {
        let name = _PyMem_GetCurrentAllocatorName();
        if !name.is_null() && CStr::from_ptr(name) == c"pymalloc" {
            FREE.interpreter.set(interpreter);
        }
    }
}

/// Bytes behind an object for so many values in line (Include/internal/pycore_dict.h, `_PyInlineValuesSize`).
fn values_size(capacity: usize) -> usize {
    capacity.next_multiple_of(8) + 8 * (capacity + 1)
}

fn block_size(basic: usize, capacity: usize) -> usize {
    BEFORE + basic.next_multiple_of(8) + values_size(capacity)
}

/// The collector counts new objects and is not about to begin.
unsafe fn has_room(interpreter: *mut u8) -> bool {
    // SAFETY: the live interpreter's collector.
    unsafe {
        let young = interpreter.add(at::INTERP_GC_YOUNG);
        let count: i32 = get(young, at::GENERATION_COUNT);
        let threshold: i32 = get(young, at::GENERATION_THRESHOLD);
        count < threshold || get::<i32, _>(interpreter, at::INTERP_GC_ENABLED) == 0
    }
}

/// A new instance of a class with values in line, from memory that is kept: as `PyType_GenericAlloc`. Null: that is to be
/// called.
///
/// # Safety
/// The class is plain, as `shape` tells it, and `tp_alloc` is `PyType_GenericAlloc`.
#[inline]
pub(crate) unsafe fn reuse(ty: *mut PyTypeObject) -> O {
    // SAFETY: the contract; the block has room for the object and as many values as the type's keys say, and nobody else
    // has it.
    unsafe {
        let interpreter = FREE.interpreter.get();
        let keys: *mut u8 = get(ty, at::TYPE_CACHED_KEYS);
        let usable: isize = get(keys, at::KEYS_USABLE);
        // Each new instance of a young class leaves fewer keys usable: so long they are CPython's.
        if interpreter.is_null() || usable > 1 || !has_room(interpreter) {
            return null_mut();
        }
        let basic = (*ty).tp_basicsize as usize;
        let capacity = (get::<isize, _>(keys, at::KEYS_NENTRIES) + usable) as usize;
        let size = block_size(basic, capacity);
        let traced = get::<i32, _>(&raw const ffi::_PyRuntime, at::RUNTIME_TRACEMALLOC) != 0;
        if size > LARGEST || traced {
            return null_mut();
        }
        let class = size.div_ceil(GRAIN);
        let block = FREE.first[class].get();
        if block.is_null() {
            return null_mut();
        }
        FREE.first[class].set(get(block, 0));
        FREE.count[class].set(FREE.count[class].get() - 1);
        set(block, 0, 0usize);
        set(block, 8, 0usize);
        let object = block.add(BEFORE);
        set(object, 0, 1usize);
        ffi::Py_INCREF(ty.cast());
        set(object, 8, ty);
        for word in 2..basic.div_ceil(8) {
            set(object, 8 * word, 0usize);
        }
        let values = object.add(basic);
        set(values, at::VALUES_CAPACITY, capacity as u8);
        set(values, at::VALUES_SIZE, 0u8);
        set(values, at::VALUES_EMBEDDED, 1u8);
        set(values, at::VALUES_VALID, 1u8);
        for i in 0..capacity {
            set(values, at::VALUES_FIRST + 8 * i, 0usize);
        }
        let young = interpreter.add(at::INTERP_GC_YOUNG);
        let count: i32 = get(young, at::GENERATION_COUNT);
        set(young, at::GENERATION_COUNT, count + 1);
        // The end of the youngest generation's list (Include/internal/pycore_object.h, `_PyObject_GC_TRACK`).
        let own = block.add(16);
        let list: *mut u8 = get(interpreter, at::INTERP_GC_YOUNGEST);
        let last: *mut u8 = get(list, 8);
        set(last, 0, own);
        set(own, 8, last);
        set(own, 0, list);
        set(list, 8, own);
        object.cast()
    }
}

/// Bits of the collector's second word that are no address.
const FLAGS: usize = 3;
/// The one that stays.
const FINALIZED: usize = 1;

/// Takes an object out of the collector's lists, if it is in one: as `PyObject_GC_UnTrack`.
///
/// # Safety
/// A live object with the collector's words before it.
#[inline]
pub(crate) unsafe fn untrack(object: O) {
    // SAFETY: the contract; neighbours in a list are live.
    unsafe {
        let own = object.cast::<u8>().sub(16);
        let next: *mut u8 = get(own, 0);
        if next.is_null() {
            return;
        }
        let word: usize = get(own, 8);
        let previous = (word & !FLAGS) as *mut u8;
        set(previous, 0, next);
        let flags = get::<usize, _>(next, 8) & FLAGS;
        set(next, 8, previous as usize | flags);
        set(own, 0, 0usize);
        set(own, 8, word & FINALIZED);
    }
}

/// Gives the memory of an instance back, of which nothing but that is left: as `PyObject_GC_Del`.
///
/// # Safety
/// An instance of a plain class with values in line, in none of the collector's lists.
#[inline]
pub(crate) unsafe fn free(object: O, capacity: usize) {
    // SAFETY: the contract; the block is as large as such an instance needs, at least.
    unsafe {
        let interpreter = FREE.interpreter.get();
        let basic = (*ffi::Py_TYPE(object)).tp_basicsize as usize;
        let class = block_size(basic, capacity).div_ceil(GRAIN);
        if interpreter.is_null() || FREE.count.get(class).is_none_or(|n| n.get() >= MOST) {
            ffi::PyObject_GC_Del(object.cast());
            return;
        }
        let young = interpreter.add(at::INTERP_GC_YOUNG);
        let count: i32 = get(young, at::GENERATION_COUNT);
        if count > 0 {
            set(young, at::GENERATION_COUNT, count - 1);
        }
        let block = object.cast::<u8>().sub(BEFORE);
        set(block, 0, FREE.first[class].get());
        FREE.first[class].set(block);
        FREE.count[class].set(FREE.count[class].get() + 1);
    }
}
