//! Owned references with a safe interface: what the HIR interpreter computes on.
//!
//! A [`Value`] is one reference to a live object. It cannot leave the call of [`Program::run`](crate::interpreted) that
//! it was made in (the lifetime), nor the thread (the pointer), so wherever there is one, the GIL is held. Dropping one
//! runs no Python code: an end that may is deferred, as in native code, and [`deferred`] says that something waits.
//!
//! The operations are those of native code, by the same helpers. One that returns `None` (or says [`Next::Impure`]) has
//! had no effect: it may run Python code or raise, and the interpreter does it.
//!
//! *What a `Value` promises*, in the `SAFETY` comments below: its object is live and the GIL is held. Helpers that ask for
//! nothing more test exact types themselves.

use crate::ffi::{self, PyObject, get};
use crate::helpers::{lives, objects, pure};
use crate::image;
use crate::layout::offsets as at;
use crate::unit::{Known, TypeTag};
use std::marker::PhantomData;
use std::ptr::null_mut;

type O = *mut PyObject;

/// An owned reference.
pub struct Value<'g> {
    object: O,
    gil: PhantomData<&'g ()>,
}

impl Clone for Value<'_> {
    fn clone(&self) -> Self {
        // SAFETY: what a `Value` promises.
        unsafe { ffi::Py_INCREF(self.object) };
        Value {
            object: self.object,
            gil: PhantomData,
        }
    }
}

impl Drop for Value<'_> {
    fn drop(&mut self) {
        // SAFETY: what a `Value` promises; its reference is given up here.
        unsafe { lives::release(self.object) }
    }
}

/// What an iterator gave.
pub enum Next<'g> {
    Item(Value<'g>),
    Done,
    /// Advancing it may run Python code.
    Impure,
}

/// The end of some object waits for a frame to be in place.
pub fn deferred() -> bool {
    lives::has_deferred()
}

/// Takes over a new reference; none if null.
///
/// # Safety
/// `object` is null or a reference that the caller gives up; the GIL is held during `'g`.
pub(crate) unsafe fn take<'g>(object: O) -> Option<Value<'g>> {
    (!object.is_null()).then_some(Value {
        object,
        gil: PhantomData,
    })
}

/// Takes a reference of its own; none if null.
///
/// # Safety
/// `object` is null or live; the GIL is held during `'g`.
pub(crate) unsafe fn borrow<'g>(object: O) -> Option<Value<'g>> {
    // SAFETY: the contract above.
    unsafe {
        ffi::Py_XINCREF(object);
        take(object)
    }
}

/// Gives the reference up; null for none.
pub(crate) fn give(value: Option<Value<'_>>) -> O {
    value.map_or(null_mut(), |value| {
        std::mem::ManuallyDrop::new(value).object
    })
}

/// The object, which stays the value's; null for none.
pub(crate) fn lend(value: &Option<Value<'_>>) -> O {
    value.as_ref().map_or(null_mut(), |value| value.object)
}

/// The singleton of a truth value.
pub(crate) fn bool<'g>(truth: bool) -> Value<'g> {
    Value {
        // SAFETY: what a `Value` promises holds in `'g`: the GIL is held.
        object: unsafe { ffi::PyBool_FromLong(truth.into()) },
        gil: PhantomData,
    }
}

/// The singleton of `None`.
pub(crate) fn none<'g>() -> Value<'g> {
    Value {
        // SAFETY: what a `Value` promises holds in `'g`: the GIL is held.
        object: unsafe { ffi::Py_NewRef(ffi::Py_None()) },
        gil: PhantomData,
    }
}

impl<'g> Value<'g> {
    fn new(object: O) -> Option<Value<'g>> {
        // SAFETY: all that is passed here is null or a new reference, made with the GIL held.
        unsafe { take(object) }
    }

    fn bool(&self, truth: i64) -> Option<Value<'g>> {
        matches!(truth, 0 | 1).then(|| bool(truth == 1))
    }

    /// Whether it is `True`; none if it is no `bool`.
    pub fn as_bool(&self) -> Option<bool> {
        // SAFETY: singletons are compared by address.
        unsafe {
            let yes = self.object == ffi::Py_True();
            (yes || self.object == ffi::Py_False()).then_some(yes)
        }
    }

    /// Its reference is not the last one, or its end runs no Python code.
    pub fn ends_safely(&self) -> bool {
        // SAFETY: what a `Value` promises.
        unsafe { lives::frees_safely(self.object) != 0 }
    }

    /// `self op other`, numbered as the argument of `BINARY_OP`.
    pub fn binary(&self, op: u64, other: &Value<'g>) -> Option<Value<'g>> {
        // SAFETY: what a `Value` promises.
        Value::new(unsafe { pure::pure_binary(op, self.object, other.object) })
    }

    pub fn negative(&self) -> Option<Value<'g>> {
        // SAFETY: what a `Value` promises.
        Value::new(unsafe { pure::pure_unary(0, self.object) })
    }

    pub fn invert(&self) -> Option<Value<'g>> {
        // SAFETY: what a `Value` promises.
        Value::new(unsafe { pure::pure_unary(1, self.object) })
    }

    pub fn positive(&self) -> Option<Value<'g>> {
        // SAFETY: what a `Value` promises.
        Value::new(unsafe { pure::pure_unary(2, self.object) })
    }

    /// Rich comparison, `op` from `Py_LT` (0) to `Py_GE` (5).
    pub fn compare(&self, op: u64, other: &Value<'g>) -> Option<Value<'g>> {
        // SAFETY: what a `Value` promises.
        Value::new(unsafe { pure::pure_compare(op, self.object, other.object) })
    }

    pub fn is(&self, other: &Value<'g>, negate: bool) -> Option<Value<'g>> {
        self.bool(i64::from((self.object == other.object) != negate))
    }

    pub fn contains(&self, item: &Value<'g>, negate: bool) -> Option<Value<'g>> {
        // SAFETY: what a `Value` promises.
        match unsafe { pure::pure_contains(item.object, self.object) } {
            found @ 0..=1 => self.bool(found ^ i64::from(negate)),
            _ => None,
        }
    }

    /// `bool(self)`.
    pub fn truth(&self) -> Option<Value<'g>> {
        // SAFETY: what a `Value` promises.
        self.bool(unsafe { pure::pure_truth(self.object) })
    }

    /// `not self` of a `bool`.
    pub fn flipped(&self) -> Option<Value<'g>> {
        self.as_bool().and_then(|b| self.bool(i64::from(!b)))
    }

    pub fn item(&self, index: &Value<'g>) -> Option<Value<'g>> {
        // SAFETY: what a `Value` promises.
        Value::new(unsafe { pure::pure_subscr(self.object, index.object) })
    }

    pub fn set_item(&self, index: &Value<'g>, value: &Value<'g>) -> Option<()> {
        // SAFETY: what a `Value` promises.
        done(unsafe { pure::pure_store_subscr(self.object, index.object, value.object) })
    }

    pub fn slice(&self, start: &Value<'g>, stop: &Value<'g>) -> Option<Value<'g>> {
        // SAFETY: what a `Value` promises.
        Value::new(unsafe { pure::pure_slice(self.object, start.object, stop.object) })
    }

    pub fn iter(&self) -> Option<Value<'g>> {
        // SAFETY: what a `Value` promises.
        Value::new(unsafe { pure::pure_get_iter(self.object) })
    }

    pub fn next(&self) -> Next<'g> {
        let mut item = null_mut();
        // SAFETY: what a `Value` promises; `item` is a word for the result.
        match unsafe { pure::pure_iter_next(self.object, &mut item) } {
            0 => Next::Done,
            1 => Value::new(item).map_or(Next::Impure, Next::Item),
            _ => Next::Impure,
        }
    }

    /// The `n` items of an exact list or tuple of that length.
    pub fn unpack(&self, n: usize) -> Option<Vec<Value<'g>>> {
        // SAFETY: what a `Value` promises; the fields are those of the exact type that was tested, and no more than `n`
        // items are read.
        unsafe {
            let items: *const O = if ffi::PyList_CheckExact(self.object) != 0 {
                get(self.object, at::LIST_ITEMS)
            } else if ffi::PyTuple_CheckExact(self.object) != 0 {
                self.object.cast::<u8>().add(at::TUPLE_ITEMS).cast()
            } else {
                return None;
            };
            if get::<isize, _>(self.object, at::VAR_SIZE) != n as isize {
                return None;
            }
            (0..n).map(|i| borrow(*items.add(i))).collect()
        }
    }

    /// Appends to an exact list.
    pub fn append(&self, item: &Value<'g>) -> Option<()> {
        // SAFETY: what a `Value` promises; an exact list.
        unsafe {
            if ffi::PyList_CheckExact(self.object) == 0 {
                return None;
            }
            done(objects::list_append(self.object, item.object))
        }
    }

    /// Extends an exact list by an exact list or tuple.
    pub fn extend(&self, items: &Value<'g>) -> Option<()> {
        // SAFETY: what a `Value` promises; an exact list.
        unsafe {
            if ffi::PyList_CheckExact(self.object) == 0 {
                return None;
            }
            done(objects::list_extend(self.object, items.object))
        }
    }

    /// Adds the entries of a dict to an exact dict of strings: keyword arguments.
    pub fn merge(&self, other: &Value<'g>) -> Option<()> {
        // SAFETY: what a `Value` promises; an exact dict.
        unsafe {
            if ffi::PyDict_CheckExact(self.object) == 0 {
                return None;
            }
            done(objects::dict_merge(self.object, other.object))
        }
    }

    pub fn list_to_tuple(&self) -> Option<Value<'g>> {
        // SAFETY: what a `Value` promises; an exact list.
        unsafe {
            if ffi::PyList_CheckExact(self.object) == 0 {
                return None;
            }
            Value::new(objects::list_to_tuple(self.object))
        }
    }

    /// Content of a cell; none if it is empty.
    pub fn cell_content(&self) -> Option<Value<'g>> {
        // SAFETY: what a `Value` promises; a cell, whose content is live or null.
        unsafe {
            if !self.is_cell() {
                return None;
            }
            borrow(get(self.object, at::CELL_REF))
        }
    }

    pub fn set_cell_content(&self, value: &Value<'g>) -> Option<()> {
        // SAFETY: what a `Value` promises; a cell.
        unsafe {
            if !self.is_cell() {
                return None;
            }
            done(objects::set_cell(self.object, value.object))
        }
    }

    fn is_cell(&self) -> bool {
        // SAFETY: what a `Value` promises.
        unsafe { ffi::Py_TYPE(self.object) == &raw mut ffi::PyCell_Type }
    }

    /// The method `append` of an exact list, without its self.
    pub fn append_method(&self) -> Option<Value<'g>> {
        // SAFETY: the method descriptor is kept for good.
        unsafe {
            if ffi::PyList_CheckExact(self.object) == 0 {
                return None;
            }
            borrow(crate::dispatch::list_append() as O)
        }
    }

    /// It is `list.append`.
    pub fn is_append_method(&self) -> bool {
        self.object as usize == crate::dispatch::list_append()
    }

    /// Calls one of the builtins that native code knows, with arguments for which it runs no Python code.
    pub fn call(&self, args: &[&Value<'g>]) -> Option<Value<'g>> {
        // SAFETY: what a `Value` promises; a builtin with arguments for which it runs no Python code.
        unsafe {
            let number = |v: &&Value<'g>| pure::is_number(v.object);
            let integer = |v: &&Value<'g>| {
                matches!(
                    image::tag_of(v.object),
                    TypeTag::Int | TypeTag::BigInt | TypeTag::Bool
                )
            };
            let fits = match (image::known(self.object)?, args.len()) {
                (Known::Len, 1) => pure::pure_len(args[0].object) >= 0,
                (Known::Range, 1..=3) => args.iter().all(integer),
                (Known::Min | Known::Max, 2)
                | (Known::Abs | Known::IntType | Known::FloatType | Known::Math(_), 1) => {
                    args.iter().all(number)
                }
                _ => false,
            };
            if !fits {
                return None;
            }
            let args: Vec<O> = args.iter().map(|v| v.object).collect();
            let result =
                ffi::PyObject_Vectorcall(self.object, args.as_ptr(), args.len(), null_mut());
            Value::new(pure::quiet(result))
        }
    }
}

fn done(outcome: u64) -> Option<()> {
    (outcome != 0).then_some(())
}

/// A list of these objects.
pub(crate) fn new_list<'g>(items: &[&Value<'g>]) -> Option<Value<'g>> {
    let items: Vec<O> = items.iter().map(|v| v.object).collect();
    // SAFETY: what a `Value` promises; `items` has that many objects.
    Value::new(unsafe { objects::new_list(items.as_ptr(), items.len() as u64) })
}

/// A tuple of these objects.
pub(crate) fn new_tuple<'g>(items: &[&Value<'g>]) -> Option<Value<'g>> {
    let items: Vec<O> = items.iter().map(|v| v.object).collect();
    // SAFETY: what a `Value` promises; `items` has that many objects.
    Value::new(unsafe { objects::new_tuple(items.as_ptr(), items.len() as u64) })
}

/// A cell with this content, or an empty one.
pub(crate) fn new_cell<'g>(content: Option<&Value<'g>>) -> Option<Value<'g>> {
    // SAFETY: what a `Value` promises.
    Value::new(unsafe { objects::new_cell(content.map_or(null_mut(), |v| v.object)) })
}

#[cfg(test)]
mod tests {
    use super::Value;

    /// A value stays on its thread: the field is a raw pointer.
    #[test]
    fn stays_on_its_thread() {
        trait Ambiguous<A> {
            fn some_item() {}
        }
        impl<T: ?Sized> Ambiguous<()> for T {}
        struct Invalid;
        impl<T: ?Sized + Send> Ambiguous<Invalid> for T {}
        // Does not compile if `Value` is `Send`.
        <Value<'_> as Ambiguous<_>>::some_item();
    }
}
