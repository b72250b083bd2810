//! The one table of helpers that compiled code calls: name, parameters, result. Signatures, indices and addresses all
//! derive from it, so compiler and runtime cannot disagree.
//!
//! A helper named `pure_*` runs no Python code and has no effect when it returns null (or -1): then the operation is
//! one that may run Python code or raise, and the interpreter does it. A helper named `run_*` may run Python code: see
//! `run`.
//!
//! **The helpers' contract**, which their `SAFETY` comments refer to: the GIL is held; objects are alive during the call
//! (a slot of a frame or the caller holds a reference) and have the exact type that the helper's description says, if it
//! says one; a pointer named `out` is a word on the stack of the compiled code that calls. Compiled code keeps it, and so does
//! each caller in this crate.

mod arith;
mod handlers;
mod kept;
pub(crate) mod lives;
mod methods;
pub(crate) mod objects;
pub(crate) mod pure;
mod run;
mod text;

use crate::{frame, stress};
pub(crate) use lives::{drop_deferred, frees_safely, has_deferred, is_atomic, is_inert, release};
pub(crate) use objects::{box_bool, box_float, box_int, new_range_iter, use_floats_of};

/// Register class of a helper's parameter or result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// 64-bit integer or pointer.
    I,
    /// Double.
    F,
}

/// One helper.
pub struct Helper {
    pub name: &'static str,
    pub params: &'static [Class],
    pub result: Option<Class>,
    /// Changes no register; the result is stored to the address in one parameter more (see `kept`).
    pub kept: bool,
    address: fn() -> usize,
    /// With what is done at each operation in a stress mode; none: nothing is.
    stressed: Option<fn() -> usize>,
}

macro_rules! table {
    ($($(#[$kept:ident])? $id:ident = $path:path : ($($p:ident),*) $(-> $r:ident)?;)*) => {
        /// Index of a helper in [`TABLE`].
        #[allow(non_camel_case_types)]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u16)]
        pub enum Id { $($id),* }
        /// All helpers, by [`Id`].
        pub static TABLE: &[Helper] = &[$(Helper {
            name: stringify!($id),
            params: &[$(Class::$p),*],
            result: table!(@result $($r)?),
            kept: table!(@kept $($kept)?),
            address: || $path as *const () as usize,
            stressed: table!(@stressed $id [$($kept)?] ($($p),*) [$($r)?]),
        }),*];
    };
    // Arguments that the frame takes over have no references then.
    (@stressed push_call $($rest:tt)*) => { None };
    // These give 0, 1, or an object.
    (@stressed pure_dict_find $($rest:tt)*) => { None };
    (@stressed pure_int_of $($rest:tt)*) => { None };
    // Its object belongs to the thread, and an exception is being handled.
    (@stressed push_exc $($rest:tt)*) => { None };
    (@stressed pop_exc $($rest:tt)*) => { None };
    // Its object has no references left.
    (@stressed free_plainly $($rest:tt)*) => { None };
    (@stressed dealloc $($rest:tt)*) => { Some(|| kept::dealloc_stressed as *const () as usize) };
    (@stressed end_object $($rest:tt)*) => { Some(|| kept::end_object_stressed as *const () as usize) };
    (@stressed $id:ident [] (I) [I]) => { Some(|| stress::wrapped1::<{ Id::$id as u16 }> as *const () as usize) };
    (@stressed $id:ident [] (I, I) [I]) => { Some(|| stress::wrapped2::<{ Id::$id as u16 }> as *const () as usize) };
    (@stressed $id:ident [] (I, I, I) [I]) => { Some(|| stress::wrapped3::<{ Id::$id as u16 }> as *const () as usize) };
    (@stressed $id:ident $($rest:tt)*) => { None };
    (@result) => { None };
    (@result $r:ident) => { Some(Class::$r) };
    (@kept) => { false };
    (@kept kept) => { true };
}

table! {
    leave_frameless = frame::leave_frameless: (I, I) -> I;
    leave_framed = frame::leave_framed: (I, I, I, I) -> I;
    box_int = box_int: (I) -> I;
    box_float = box_float: (F) -> I;
    #[kept]
    box_int_cold = kept::box_int: (I) -> I;
    #[kept]
    box_float_cold = kept::box_float: (F) -> I;
    #[kept]
    unbox_int = kept::unbox_int: (I, I) -> I;
    #[kept]
    release = kept::release: (I);
    #[kept]
    dealloc = kept::dealloc: (I);
    #[kept]
    end_object = kept::end_object: (I, I, I, I) -> I;
    #[kept]
    free_or_defer = kept::free_or_defer: (I) -> I;
    #[kept]
    frees_safely = kept::frees_safe: (I) -> I;
    #[kept]
    free_plainly = kept::free_plainly: (I) -> I;
    defer_end = lives::defer_end: (I);
    int_pow = arith::int_pow: (I, I, I) -> I;
    float_pow = arith::float_pow: (F, F, I) -> I;
    float_mod = arith::float_mod: (F, F) -> F;
    float_floordiv = arith::float_floordiv: (F, F) -> F;
    pure_binary = pure::pure_binary: (I, I, I) -> I;
    pure_unary = pure::pure_unary: (I, I) -> I;
    pure_compare = pure::pure_compare: (I, I, I) -> I;
    pure_truth = pure::pure_truth: (I) -> I;
    pure_contains = pure::pure_contains: (I, I) -> I;
    pure_subscr = pure::pure_subscr: (I, I) -> I;
    pure_method = methods::pure_method: (I, I, I) -> I;
    pure_function = methods::pure_function: (I, I, I) -> I;
    pure_isinstance = methods::pure_isinstance: (I, I) -> I;
    pure_dict_get = methods::pure_dict_get: (I, I, I) -> I;
    pure_startswith = methods::pure_startswith: (I, I) -> I;
    pure_endswith = methods::pure_endswith: (I, I) -> I;
    pure_store_subscr = pure::pure_store_subscr: (I, I, I) -> I;
    str_item = text::str_item: (I, I) -> I;
    str_equal = text::str_equal: (I, I) -> I;
    str_concat = text::str_concat: (I, I) -> I;
    str_append = text::str_append: (I, I) -> I;
    pure_len = pure::pure_len: (I) -> I;
    pure_get_iter = pure::pure_get_iter: (I) -> I;
    pure_iter_next = pure::pure_iter_next: (I, I) -> I;
    pure_slice = pure::pure_slice: (I, I, I) -> I;
    pure_slice_over = pure::pure_slice_over: (I, I, I, I) -> I;
    new_list = objects::new_list: (I, I) -> I;
    new_tuple = objects::new_tuple: (I, I) -> I;
    #[kept]
    list_append = kept::list_append: (I, I) -> I;
    dict_merge = objects::dict_merge: (I, I) -> I;
    list_extend = objects::list_extend: (I, I) -> I;
    list_to_tuple = objects::list_to_tuple: (I) -> I;
    new_range = objects::new_range: (I, I, I) -> I;
    new_range_iter = new_range_iter: (I, I, I) -> I;
    new_cell = objects::new_cell: (I) -> I;
    closure_cell = objects::closure_cell: (I, I) -> I;
    set_cell = objects::set_cell: (I, I) -> I;
    run_binary = run::run_binary: (I, I, I) -> I;
    run_unary = run::run_unary: (I, I, I) -> I;
    run_compare = run::run_compare: (I, I, I) -> I;
    run_subscr = run::run_subscr: (I, I, I) -> I;
    run_slice = run::run_slice: (I, I, I) -> I;
    run_build_slice = run::run_build_slice: (I, I, I) -> I;
    run_build_map = run::run_build_map: (I, I, I) -> I;
    run_build_const_map = run::run_build_const_map: (I, I, I) -> I;
    run_build_set = run::run_build_set: (I, I, I) -> I;
    run_build_string = run::run_build_string: (I, I, I) -> I;
    run_format = run::run_format: (I, I, I) -> I;
    run_format_value = run::run_format_value: (I, I, I) -> I;
    run_convert = run::run_convert: (I, I, I) -> I;
    run_get_iter = run::run_get_iter: (I, I, I) -> I;
    run_load_attr = run::run_load_attr: (I, I, I) -> I;
    run_load_super = run::run_load_super: (I, I, I) -> I;
    run_call = run::run_call: (I, I, I) -> I;
    run_call_ex = run::run_call_ex: (I, I, I) -> I;
    run_make_function = run::run_make_function: (I, I, I) -> I;
    run_set_function_attribute = run::run_set_function_attribute: (I, I, I) -> I;
    run_len = run::run_len: (I, I, I) -> I;
    run_truth = run::run_truth: (I, I, I) -> I;
    run_contains = run::run_contains: (I, I, I) -> I;
    run_store_subscr = run::run_store_subscr: (I, I, I) -> I;
    run_delete_subscr = run::run_delete_subscr: (I, I, I) -> I;
    run_store_slice = run::run_store_slice: (I, I, I) -> I;
    run_list_extend = run::run_list_extend: (I, I, I) -> I;
    run_set_update = run::run_set_update: (I, I, I) -> I;
    run_set_add = run::run_set_add: (I, I, I) -> I;
    run_map_add = run::run_map_add: (I, I, I) -> I;
    run_dict_update = run::run_dict_update: (I, I, I) -> I;
    run_iter_next = run::run_iter_next: (I, I, I) -> I;
    run_unpack = run::run_unpack: (I, I, I) -> I;
    run_store_attr = run::run_store_attr: (I, I, I) -> I;
    run_delete_attr = run::run_delete_attr: (I, I, I) -> I;
    run_load_method = run::run_load_method: (I, I, I) -> I;
    run_assertion_error = run::run_assertion_error: (I, I, I) -> I;
    run_raise = run::run_raise: (I, I, I) -> I;
    run_with_except = run::run_with_except: (I, I, I) -> I;
    run_store_global = run::run_store_global: (I, I, I) -> I;
    run_store_name = run::run_store_name: (I, I, I) -> I;
    run_before_with = run::run_before_with: (I, I, I) -> I;
    run_unpack_ex = run::run_unpack_ex: (I, I, I) -> I;
    run_load_global = run::run_load_global: (I, I, I) -> I;
    run_load_name = run::run_load_name: (I, I, I) -> I;
    fill_field = crate::shape::fill_field: (I, I, I, I) -> I;
    fill_group = crate::shape::fill_group: (I, I, I, I) -> I;
    fill_method = crate::shape::fill_method: (I, I, I, I, I, I) -> I;
    fill_operator = crate::operators::fill_operator: (I, I, I, I, I) -> I;
    fill_init = crate::shape::fill_init: (I, I, I, I) -> I;
    new_instance = crate::shape::new_instance: (I) -> I;
    pure_store_attr = crate::shape::pure_store_attr: (I, I, I, I, I) -> I;
    sync_int = run::sync_int: (I, I, I);
    sync_float = run::sync_float: (I, I, F);
    sync_object = run::sync_object: (I, I, I);
    #[kept]
    sync_int_cold = kept::sync_int: (I, I, I);
    #[kept]
    sync_float_cold = kept::sync_float: (I, I, F);
    #[kept]
    sync_object_cold = kept::sync_object: (I, I, I);
    push_call = frame::push_call: (I, I, I) -> I;
    pop_call = frame::pop_call: (I, I);
    refuse_result = frame::refuse_result: (I);
    push_exc = handlers::push_exc: (I) -> I;
    pop_exc = handlers::pop_exc: (I) -> I;
    exc_match = handlers::exc_match: (I, I) -> I;
    pure_dict_find = methods::pure_dict_find: (I, I) -> I;
    pure_int_of = text::pure_int_of: (I) -> I;
    catch_raised = frame::catch_raised: (I, I, I, I) -> I;
    unwind_call = frame::unwind_call: (I, I, I, I) -> I;
    raise_again = frame::raise_again: (I, I, I, I);
    leave_call = frame::leave_call: (I, I, I, I) -> I;
    math_sin = arith::math_sin: (F) -> F;
    math_cos = arith::math_cos: (F) -> F;
    math_tan = arith::math_tan: (F) -> F;
    math_exp = arith::math_exp: (F) -> F;
    math_log = arith::math_log: (F) -> F;
    math_atan = arith::math_atan: (F) -> F;
    math_asin = arith::math_asin: (F) -> F;
    math_acos = arith::math_acos: (F) -> F;
}

/// Added to the number of a binary operation that is done in place, as in `BINARY_OP`.
pub const IN_PLACE: i64 = 13;

/// Functions of the `math` module of one float that have an instruction or a helper here; `sqrt` and `fabs` are
/// instructions. A NaN from a number, or an infinity from a finite one, is an error that CPython raises.
pub const MATH: [(&str, Option<Id>); 10] = [
    ("sqrt", None),
    ("fabs", None),
    ("sin", Some(Id::math_sin)),
    ("cos", Some(Id::math_cos)),
    ("tan", Some(Id::math_tan)),
    ("exp", Some(Id::math_exp)),
    ("log", Some(Id::math_log)),
    ("atan", Some(Id::math_atan)),
    ("asin", Some(Id::math_asin)),
    ("acos", Some(Id::math_acos)),
];

impl Id {
    /// Its row of the table.
    pub fn get(self) -> &'static Helper {
        &TABLE[self as usize]
    }
}

/// Address of helper number `index`, as compiled code calls it.
pub fn address(index: u16) -> Option<usize> {
    let helper = TABLE.get(usize::from(index))?;
    match helper.stressed {
        Some(stressed) if stress::is_on() => Some(stressed()),
        _ => Some((helper.address)()),
    }
}

/// Address of the helper itself.
pub(crate) fn plain_address(index: u16) -> usize {
    (TABLE[usize::from(index)].address)()
}

/// Hash of the table: part of the cache key.
pub fn fingerprint() -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    for helper in TABLE {
        hasher.update(helper.name.as_bytes());
        let mut row = [0; 16];
        let classes = helper.params.iter().copied().map(Some);
        for (byte, class) in row[1..]
            .iter_mut()
            .zip(classes.chain([None, helper.result]))
        {
            *byte = class.map_or(0, |class| class as u8 + 1);
        }
        row[0] = u8::from(helper.kept);
        hasher.update(&row);
    }
    *hasher.finalize().as_bytes()
}
