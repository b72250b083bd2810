//! Shapes: where instances keep their attributes, and the sites at which compiled code remembers that.
//!
//! A *site* is a few words of a unit's slots. Its first word is the version tag of a type (CPython gives a type a new one
//! whenever the type or a base changes); the others say where that type's instances have the attribute. Compiled code
//! compares the tag and loads or stores; where the tag differs it calls a `fill_*` helper, which looks the attribute up
//! without running Python code and rewrites the site, or refuses. No type is ever named in an image. The entries of the
//! types that a site has met last are kept beside the current one, and come back without a look.
//!
//! The objects and types passed to functions here are live and the GIL is held (*the contract* below; for the helpers among
//! them it is that of `helpers`). The layouts are those of the headers built against. A site has [`SITE_WORDS`] words and
//! belongs to the unit that passes it.

use crate::dispatch;
use crate::ffi::{self, PyObject, get, set};
use crate::helpers::frees_safely;
use crate::image::Linked;
#[cfg(Py_3_13)]
use crate::instances;
use crate::layout::offsets as at;
use std::cell::Cell;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};

type O = *mut PyObject;
type Type = *mut ffi::PyTypeObject;

/// Words of what a site knows of one type.
pub const ENTRY_WORDS: u8 = 6;
/// Entries of a site: the one that compiled code compares itself, and those of types met before.
pub const ENTRIES: u8 = 4;
/// Words of a site.
pub const SITE_WORDS: u8 = ENTRIES * ENTRY_WORDS;
/// What a method is expected to be: a unit that takes so many objects, this more than all numbers of conventions.
pub const BOXED: i64 = 1 << 32;
/// No type ever has this version tag.
pub const NO_VERSION: u64 = u32::MAX as u64;

const INLINE_VALUES: u64 = 1 << 2;
const MANAGED_WEAKREF: u64 = 1 << 3;
const MANAGED_DICT: u64 = 1 << 4;
const HEAP: u64 = 1 << 9;

/// `tp_dealloc` of classes made by `class` statements.
static SUBTYPE_DEALLOC: AtomicUsize = AtomicUsize::new(0);

/// Looks at a class statement's product.
pub(crate) fn install() -> bool {
    // SAFETY: called at the start, with the GIL held; what is made here is dropped here.
    unsafe {
        let globals = ffi::PyDict_New();
        let class = ffi::PyRun_String(
            c"type('C', (), {})".as_ptr(),
            ffi::Py_eval_input,
            globals,
            globals,
        );
        ffi::Py_DECREF(globals);
        if class.is_null() {
            ffi::PyErr_Clear();
            return false;
        }
        let dealloc = (*class.cast::<ffi::PyTypeObject>()).tp_dealloc;
        SUBTYPE_DEALLOC.store(dealloc.map_or(0, |f| f as usize), Relaxed);
        ffi::Py_DECREF(class);
        true
    }
}

unsafe fn flags(ty: Type) -> u64 {
    // SAFETY: the contract.
    unsafe { (*ty).tp_flags }
}

/// Values of an instance that has no dict of its own yet: first one, and how many there is room for.
unsafe fn inline_values(object: O, ty: Type) -> Option<(*mut O, usize)> {
    // SAFETY: the contract; the type's flags say that instances have values in line (3.13) or a word for them before
    // the object (3.12).
    unsafe {
        #[cfg(Py_3_13)]
        {
            if flags(ty) & INLINE_VALUES == 0 {
                return None;
            }
            let values = object.cast::<u8>().offset((*ty).tp_basicsize);
            let valid: u8 = get(values, at::VALUES_VALID);
            (valid != 0).then(|| {
                (
                    values.add(at::VALUES_FIRST).cast(),
                    usize::from(get::<u8, _>(values, at::VALUES_CAPACITY)),
                )
            })
        }
        #[cfg(not(Py_3_13))]
        {
            if flags(ty) & MANAGED_DICT == 0 {
                return None;
            }
            let word: usize = get(object.cast::<u8>().offset(-24), 0);
            let _ = INLINE_VALUES;
            if word & 1 == 0 {
                return None;
            }
            let (_, n) = shared_keys(ty)?;
            Some(((word + 1) as *mut O, n))
        }
    }
}

/// The dict of an instance with a managed one, or null.
unsafe fn managed_dict(object: O) -> O {
    // SAFETY: the contract; the caller has tested that the type's instances have a managed dict, whose word lies before
    // the object.
    unsafe {
        let word: usize = get(object.cast::<u8>().offset(-24), 0);
        if !cfg!(Py_3_13) && word & 1 != 0 {
            return null_mut();
        }
        word as O
    }
}

/// The object is an instance of a plain class whose end only drops what it refers to; visits those references. False if its
/// end may do more.
pub(crate) unsafe fn ends_plainly(object: O, mut visit: impl FnMut(O) -> bool) -> bool {
    // SAFETY: the contract; the words before the object are read only if the type's flags say that they are there, and
    // those after its head where a class has a slot.
    unsafe {
        let ty = ffi::Py_TYPE(object);
        if (*ty).tp_finalize.is_some() || (*ty).tp_del.is_some() {
            return false;
        }
        if flags(ty) & MANAGED_WEAKREF != 0 {
            let list: O = get(object.cast::<u8>().offset(-32), 0);
            if !list.is_null() {
                return false;
            }
        } else if (*ty).tp_weaklistoffset != 0 {
            return false;
        }
        if flags(ty) & MANAGED_DICT != 0 {
            if !managed_dict(object).is_null() {
                return false;
            }
            match inline_values(object, ty) {
                Some((values, n)) => {
                    for i in 0..n {
                        let value = *values.add(i);
                        if !value.is_null() && !visit(value) {
                            return false;
                        }
                    }
                }
                None if cfg!(Py_3_13) => return false,
                None => {
                    let word: usize = get(object.cast::<u8>().offset(-24), 0);
                    if word != 0 {
                        return false;
                    }
                }
            }
        } else if (*ty).tp_dictoffset != 0 {
            return false;
        }
        // Classes whose instances end as those of Python's do, up to `object`; each may add slots (Objects/typeobject.c,
        // `subtype_dealloc`, `clear_slots`). Types that C code makes are among them, with fields that are no slots.
        let mut class = ty;
        while class != &raw mut ffi::PyBaseObject_Type {
            if class.is_null()
                || flags(class) & HEAP == 0
                || (*class).tp_dealloc.map_or(0, |f| f as usize) != SUBTYPE_DEALLOC.load(Relaxed)
            {
                return false;
            }
            let members = (*class).tp_members;
            let n: isize = get(class, at::VAR_SIZE);
            for i in 0..if members.is_null() { 0 } else { n } {
                let member = &*members.offset(i);
                if member.type_code == ffi::Py_T_OBJECT_EX {
                    let value: O = get(object, member.offset as usize);
                    if !value.is_null() && !visit(value) {
                        return false;
                    }
                }
            }
            class = (*class).tp_base;
        }
        true
    }
}

/// Classes whose instances hold nothing but values in line, and end by dropping them: version tags, by their lowest bits.
struct PlainClasses([Cell<u32>; 64]);
// SAFETY: only used with the GIL held.
unsafe impl Sync for PlainClasses {}
static PLAIN_CLASSES: PlainClasses = PlainClasses([const { Cell::new(0) }; 64]);

/// The values of an instance of a plain class, if they are all that its end drops; none: it may be otherwise.
#[inline(always)]
pub(crate) unsafe fn plain_values<'a>(object: O) -> Option<&'a [O]> {
    // SAFETY: the contract; a class with this version was found plain, which nothing changes but a new version. Then the
    // words before the object are those of a weak reference list and a dict.
    unsafe {
        let ty = ffi::Py_TYPE(object);
        if !is_plain_type(ty) {
            return None;
        }
        let weak: O = get(object.cast::<u8>().offset(-32), 0);
        if !weak.is_null() || !managed_dict(object).is_null() {
            return None;
        }
        let (values, n) = inline_values(object, ty)?;
        Some(std::slice::from_raw_parts(values, n))
    }
}

/// The class is known to be plain, or is found to be.
#[inline(always)]
unsafe fn is_plain_type(ty: Type) -> bool {
    // SAFETY: the contract.
    unsafe {
        let version: u32 = get(ty, at::TYPE_VERSION);
        let known = &PLAIN_CLASSES.0[version as usize % PLAIN_CLASSES.0.len()];
        if known.get() == version && version != 0 {
            return true;
        }
        let plain = is_plain_class(ty);
        if plain {
            known.set(version);
        }
        plain
    }
}

/// A class made by a `class` statement, and its bases: without slots, destructor or finaliser, with a dict and a list of weak
/// references that CPython manages.
#[cold]
unsafe fn is_plain_class(ty: Type) -> bool {
    // SAFETY: the contract; so is each base.
    unsafe {
        let version: u32 = get(ty, at::TYPE_VERSION);
        if version == 0
            || flags(ty) & MANAGED_WEAKREF == 0
            || flags(ty) & MANAGED_DICT == 0
            || (*ty).tp_finalize.is_some()
            || (*ty).tp_del.is_some()
        {
            return false;
        }
        let frees = (*ty).tp_free.map_or(0, |f| f as usize);
        if frees != ffi::PyObject_GC_Del as *const () as usize {
            return false;
        }
        let mut class = ty;
        while class != &raw mut ffi::PyBaseObject_Type {
            if class.is_null()
                || flags(class) & HEAP == 0
                || (*class).tp_dealloc.map_or(0, |f| f as usize) != SUBTYPE_DEALLOC.load(Relaxed)
                || get::<isize, _>(class, at::VAR_SIZE) != 0
            {
                return false;
            }
            class = (*class).tp_base;
        }
        true
    }
}

/// Ends the life of an instance for which [`plain_values`] gave these values, and which nothing refers to any more: as
/// `subtype_dealloc`. The ends of its values run no Python code.
#[cfg(Py_3_13)]
pub(crate) unsafe fn free_plain_instance(object: O, values: &[O], end: unsafe fn(O)) {
    // SAFETY: the contract; an instance of a plain class is a collected object that holds these values and its type.
    unsafe {
        instances::untrack(object);
        for &value in values {
            if value.is_null() {
                continue;
            }
            if ffi::Py_REFCNT(value) == 1 {
                set(value, 0, 0u32);
                end(value);
            } else {
                ffi::Py_DECREF(value);
            }
        }
        let ty: O = ffi::Py_TYPE(object).cast();
        instances::free(object, values.len());
        ffi::Py_DECREF(ty);
    }
}

/// Version tag of a type, assigned if it has none; 0 if it cannot have one.
pub(crate) unsafe fn version(ty: Type) -> u32 {
    // SAFETY: the contract.
    unsafe {
        let tag: u32 = get(ty, at::TYPE_VERSION);
        if tag != 0 {
            return tag;
        }
        if ffi::PyUnstable_Type_AssignVersionTag(ty) == 0 {
            ffi::PyErr_Clear();
            return 0;
        }
        get(ty, at::TYPE_VERSION)
    }
}

/// The keys that a type's instances share, and how many there are.
unsafe fn shared_keys(ty: Type) -> Option<(*mut u8, usize)> {
    // SAFETY: the contract; a heap type has the field.
    unsafe {
        if flags(ty) & HEAP == 0 {
            return None;
        }
        let keys: *mut u8 = get(ty, at::TYPE_CACHED_KEYS);
        (!keys.is_null()).then(|| (keys, get::<isize, _>(keys, at::KEYS_NENTRIES) as usize))
    }
}

/// Index of a name among the keys that a type's instances share.
unsafe fn shared_index(ty: Type, name: O) -> Option<usize> {
    // SAFETY: the contract; shared keys are strings: entries of two words behind the indices, `n` of them in use.
    unsafe {
        let (keys, n) = shared_keys(ty)?;
        let log: u8 = get(keys, at::KEYS_LOG2_BYTES);
        let entries = keys
            .add(at::KEYS_INDICES + (1usize << log))
            .cast::<[O; 2]>();
        (0..n).find(|&i| (*entries.add(i))[0] == name)
    }
}

fn function_address(f: ffi::getattrofunc) -> usize {
    f as usize
}

/// Attribute lookup is the usual one.
unsafe fn looks_up_plainly(ty: Type) -> bool {
    // SAFETY: the contract.
    unsafe {
        (*ty)
            .tp_getattro
            .is_some_and(|f| function_address(f) == function_address(ffi::PyObject_GenericGetAttr))
    }
}

/// Offset of a `__slots__` member, if the descriptor (or null) is one's.
unsafe fn member_offset(descriptor: O) -> Option<usize> {
    // SAFETY: null or a live object; a member descriptor points to its definition.
    unsafe {
        if descriptor.is_null() || ffi::Py_TYPE(descriptor) != &raw mut ffi::PyMemberDescr_Type {
            return None;
        }
        let member: *mut ffi::PyMemberDef = get(descriptor, at::MEMBER_DESCR_DEF);
        // T_OBJECT_EX, writable.
        ((*member).type_code == 16 && (*member).flags == 0).then(|| (*member).offset as usize)
    }
}

/// The class has an attribute that comes before the instance's own: a data descriptor. Any other is hidden by it.
unsafe fn is_data_descriptor(descriptor: O) -> bool {
    // SAFETY: null or a live object.
    unsafe { !descriptor.is_null() && (*ffi::Py_TYPE(descriptor)).tp_descr_set.is_some() }
}

/// Writes a site for a member of `__slots__` at this offset.
unsafe fn write_member(site: *mut u64, tag: u32, offset: usize) {
    // SAFETY: the contract.
    unsafe {
        make_room(site, u64::from(tag));
        *site = u64::from(tag);
        *site.add(1) = offset as u64;
    }
}

/// Writes a site for value `index` of instances of this type: see [`fill_field`].
unsafe fn write_value(site: *mut u64, tag: u32, object: O, values: *mut O, index: usize) {
    // SAFETY: the contract; `values` are those of `object`, in the same allocation on 3.13.
    unsafe {
        make_room(site, u64::from(tag));
        *site = u64::from(tag);
        if cfg!(Py_3_13) {
            let value = values.add(index).cast::<u8>();
            *site.add(1) = value.offset_from(object.cast::<u8>()) as u64;
            let size = (*ffi::Py_TYPE(object)).tp_basicsize as usize;
            *site.add(2) = (size + at::VALUES_VALID) as u64;
        } else {
            *site.add(1) = 8 * index as u64;
        }
    }
}

/// The site's entry for this version, or null.
pub(crate) unsafe fn entry(site: *mut u64, tag: u64) -> *mut u64 {
    // SAFETY: the contract.
    unsafe { entry_of(site, tag, usize::from(ENTRY_WORDS)) }
}

/// The same for entries of so many words.
unsafe fn entry_of(site: *mut u64, tag: u64, words: usize) -> *mut u64 {
    // SAFETY: the contract; a site has so many entries.
    unsafe {
        let mut all = (0..usize::from(ENTRIES)).map(|i| site.add(i * words));
        match all.find(|&entry| *entry == tag) {
            Some(entry) if tag != 0 => entry,
            _ => null_mut(),
        }
    }
}

/// An entry for this version is about to be written, as the first one: the others move on, over the oldest.
unsafe fn make_room(site: *mut u64, tag: u64) {
    // SAFETY: the contract.
    unsafe { make_room_for(site, tag, usize::from(ENTRY_WORDS)) }
}

/// The same for entries of so many words.
unsafe fn make_room_for(site: *mut u64, tag: u64, words: usize) {
    // SAFETY: the contract; a site has so many entries.
    unsafe {
        if *site != tag && *site != NO_VERSION {
            std::ptr::copy(site, site.add(words), words * usize::from(ENTRIES - 1));
        }
    }
}

/// Makes this the first entry of a site.
pub(crate) unsafe fn write_entry(site: *mut u64, entry: [u64; ENTRY_WORDS as usize]) {
    // SAFETY: the contract.
    unsafe {
        make_room(site, entry[0]);
        for (i, word) in entry.into_iter().enumerate() {
            *site.add(i) = word;
        }
    }
}

/// An attribute in the instance: fills a site with the type's version, the offset of the value, and (3.13) that of the flag
/// which says that values are in line. `kind` 0: values of the instance, 1: a member of `__slots__`. The type's
/// entry, or null.
pub unsafe extern "C" fn fill_field(site: *mut u64, object: O, name: O, kind: u64) -> *mut u64 {
    // SAFETY: the contract; looking a type's attribute up runs no Python code, and a value's index is compared with how
    // many there are.
    unsafe {
        let ty = ffi::Py_TYPE(object);
        let known = entry(site, u64::from(version(ty)));
        if !known.is_null() {
            return known;
        }
        if !looks_up_plainly(ty) {
            return null_mut();
        }
        let tag = version(ty);
        let descriptor = ffi::_PyType_Lookup(ty, name);
        if tag == 0 {
            return null_mut();
        }
        if kind == 1 {
            let Some(offset) = member_offset(descriptor) else {
                return null_mut();
            };
            if get::<O, _>(object, offset).is_null() {
                return null_mut();
            }
            write_member(site, tag, offset);
            return site;
        }
        if is_data_descriptor(descriptor) {
            return null_mut();
        }
        let (Some((values, n)), Some(index)) = (inline_values(object, ty), shared_index(ty, name))
        else {
            return null_mut();
        };
        if index >= n || (*values.add(index)).is_null() {
            return null_mut();
        }
        write_value(site, tag, object, values, index);
        site
    }
}

/// Most attributes of one [`fill_group`].
pub const GROUP: usize = 8;
/// Words of an entry beside those of the attributes.
pub const GROUP_HEAD: u8 = 2;
/// In the last argument of [`fill_group`], beside the number of names: some attribute is stored; they are members of
/// `__slots__`.
pub const GROUP_STORED: i64 = 1 << 8;
/// See [`GROUP_STORED`].
pub const GROUP_SLOTS: i64 = 1 << 9;

/// Several attributes of one object: fills a site with the type's version, (3.13) the offset of the flag which says that values
/// are in line, and the offset of each attribute, 0 where it is no such attribute. The
/// type's entry, or null.
pub unsafe extern "C" fn fill_group(
    site: *mut u64,
    object: O,
    names: *const O,
    how: u64,
) -> *mut u64 {
    // SAFETY: the contract; looking a type's attributes up runs no Python code, and a value's index is compared with how
    // many there are. The site has entries for so many names.
    unsafe {
        let n = how as usize & 0xff;
        let words = usize::from(GROUP_HEAD) + n;
        let ty = ffi::Py_TYPE(object);
        let tag = version(ty);
        let known = entry_of(site, u64::from(tag), words);
        if !known.is_null() {
            return known;
        }
        let stored = how & GROUP_STORED as u64 != 0;
        let stores_plainly = (*ty)
            .tp_setattro
            .is_some_and(|f| f as usize == ffi::PyObject_GenericSetAttr as *const () as usize);
        if tag == 0 || !looks_up_plainly(ty) || stored && !stores_plainly {
            return null_mut();
        }
        let in_slots = how & GROUP_SLOTS as u64 != 0;
        let values = inline_values(object, ty);
        if !in_slots && values.is_none() {
            return null_mut();
        }
        make_room_for(site, u64::from(tag), words);
        *site = u64::from(tag);
        *site.add(1) = ((*ty).tp_basicsize as usize + at::VALUES_VALID) as u64;
        for i in 0..n {
            let name = *names.add(i);
            let descriptor = ffi::_PyType_Lookup(ty, name);
            let offset = match values {
                _ if in_slots => member_offset(descriptor),
                Some((values, n)) if !is_data_descriptor(descriptor) => {
                    let index = shared_index(ty, name).filter(|&index| index < n);
                    index.map(|index| match cfg!(Py_3_13) {
                        true => {
                            let value = values.add(index).cast::<u8>();
                            value.offset_from(object.cast::<u8>()) as usize
                        }
                        // Of the values, beyond their tag, which is 1.
                        false => 8 * index + 1,
                    })
                }
                _ => None,
            };
            *site.add(usize::from(GROUP_HEAD) + i) = offset.unwrap_or(0) as u64;
        }
        site
    }
}

/// Stores an attribute where that runs no Python code: 1 if done. Fills the site if compiled code can do it next time.
pub unsafe extern "C" fn pure_store_attr(
    site: *mut u64,
    object: O,
    name: O,
    value: O,
    kind: u64,
) -> u64 {
    // SAFETY: the contract; looking a type's attribute up runs no Python code, no data descriptor is in the way, and
    // the old value's end runs none.
    unsafe {
        let ty = ffi::Py_TYPE(object);
        let plain = (*ty)
            .tp_setattro
            .is_some_and(|f| f as usize == ffi::PyObject_GenericSetAttr as *const () as usize);
        if !plain || version(ty) == 0 {
            return 0;
        }
        let descriptor = ffi::_PyType_Lookup(ty, name);
        if kind == 1 {
            let Some(offset) = member_offset(descriptor) else {
                return 0;
            };
            let old: O = get(object, offset);
            if frees_safely(old) == 0 {
                return 0;
            }
            ffi::Py_INCREF(value);
            set(object, offset, value);
            ffi::Py_XDECREF(old);
            write_member(site, version(ty), offset);
            return 1;
        }
        if is_data_descriptor(descriptor) {
            return 0;
        }
        let Some((values, n)) = inline_values(object, ty) else {
            // 3.12 makes the values when the first attribute is stored.
            let fresh = !cfg!(Py_3_13)
                && flags(ty) & MANAGED_DICT != 0
                && get::<usize, _>(object.cast::<u8>().offset(-24), 0) == 0;
            return u64::from(fresh && ffi::PyObject_GenericSetAttr(object, name, value) == 0);
        };
        if let Some(index) = shared_index(ty, name)
            && index < n
        {
            let old = *values.add(index);
            if frees_safely(old) == 0 {
                return 0;
            }
            write_value(site, version(ty), object, values, index);
        } else if !cfg!(Py_3_13) || !managed_dict(object).is_null() {
            return 0;
        }
        if ffi::PyObject_GenericSetAttr(object, name, value) < 0 {
            ffi::PyErr_Clear();
            return 0;
        }
        1
    }
}

/// A method of the instance's class: fills a site with the type's version, the function, how many keys instances share (a
/// new one could hide the method; all ones: instances have no dict), and the core of the function's unit with the word that
/// says whether it is broken, if it has the convention number `expected` of the unit `linked` (all ones: none is expected).
/// From [`BOXED`] on `expected` asks for the boxed convention with so many objects: see [`boxed_target`].
pub unsafe extern "C" fn fill_method(
    site: *mut u64,
    object: O,
    name: O,
    linked: *const Linked,
    expected: u64,
    hidden: u64,
) -> *mut u64 {
    // SAFETY: the contract; `linked` is the running unit, and linked units are never freed.
    unsafe {
        let ty = ffi::Py_TYPE(object);
        let known = entry(site, u64::from(version(ty)));
        if !known.is_null() {
            return known;
        }
        // Compiled code looks for attributes that hide the method, or it does not.
        if !looks_up_plainly(ty) || (flags(ty) & MANAGED_DICT != 0) != (hidden != 0) {
            return null_mut();
        }
        let tag = version(ty);
        let method = ffi::_PyType_Lookup(ty, name);
        // Py_TPFLAGS_METHOD_DESCRIPTOR
        if tag == 0 || method.is_null() || flags(ffi::Py_TYPE(method)) & (1 << 17) == 0 {
            return null_mut();
        }
        let count = if flags(ty) & MANAGED_DICT != 0 {
            if inline_values(object, ty).is_none() || shared_index(ty, name).is_some() {
                return null_mut();
            }
            match shared_keys(ty) {
                Some((_, n)) => n as u64,
                None => return null_mut(),
            }
        } else if (*ty).tp_dictoffset != 0 {
            return null_mut();
        } else {
            u64::MAX
        };
        let (mut core, mut broken) = (0, 0);
        if expected != u64::MAX && expected >= BOXED as u64 {
            let Some(target) = boxed_target(method, expected - BOXED as u64, &*linked) else {
                return null_mut();
            };
            (core, broken) = target;
        } else if expected != u64::MAX {
            dispatch::load_known(method);
            let Some(unit) = dispatch::call_unit(method) else {
                return null_mut();
            };
            let abi = unit.meta.entry_kind.abi();
            let linked = &*linked;
            if abi != linked.meta.methods.get(expected as usize) {
                return null_mut();
            }
            calls(linked, unit);
            core = unit.core_address() as u64;
            broken = std::ptr::from_ref(unit) as u64;
        }
        make_room(site, u64::from(tag));
        *site = u64::from(tag);
        *site.add(1) = method as u64;
        *site.add(2) = count;
        *site.add(3) = core;
        *site.add(4) = broken;
        *site.add(5) = 0;
        site
    }
}

/// Not 0: the word of a function that has no unit.
pub(crate) static NO_UNIT: AtomicU64 = AtomicU64::new(1);

/// The function's unit as the boxed convention calls it with `n` objects, and the word that says whether it is broken. In a
/// unit with a frame that calls it, a function without such a unit is for the interpreter; in one without, there is none
/// then.
unsafe fn boxed_target(function: O, n: u64, linked: &Linked) -> Option<(u64, u64)> {
    // SAFETY: null or a live function.
    unsafe {
        dispatch::compile_waiting(function);
        let unit = dispatch::call_unit(function).filter(|unit| {
            unit.boxed_address() != 0
                && unit.meta.entry_kind.abi().is_some_and(|abi| {
                    abi.params.len() as u64 == n && (linked.is_framed() || !abi.framed)
                })
        });
        match unit {
            Some(unit) => {
                calls(linked, unit);
                Some((unit.boxed_address() as u64, std::ptr::from_ref(unit) as u64))
            }
            None if linked.is_framed() => Some((0, NO_UNIT.as_ptr() as u64)),
            None => None,
        }
    }
}

/// The compiled `__init__` of a class whose instances are made by `object.__new__` and have no destructor.
pub(crate) unsafe fn initializer(class: O) -> Option<&'static Linked> {
    // SAFETY: null or a live object.
    unsafe { dispatch::call_unit(init_function(class)?) }
}

/// The `__init__` of such a class, if it is a Python function.
pub(crate) unsafe fn init_function(class: O) -> Option<O> {
    // SAFETY: null or a live object, a type when its fields are read.
    unsafe {
        if class.is_null() || ffi::Py_TYPE(class) != &raw mut ffi::PyType_Type {
            return None;
        }
        let ty = class.cast::<ffi::PyTypeObject>();
        const ABSTRACT: u64 = 1 << 20;
        let base = &raw mut ffi::PyBaseObject_Type;
        let made_plainly = (*ty).tp_new.map(|f| f as usize) == (*base).tp_new.map(|f| f as usize);
        if flags(ty) & HEAP == 0
            || flags(ty) & ABSTRACT != 0
            || !made_plainly
            || (*ty).tp_finalize.is_some()
            || (*ty).tp_del.is_some()
            || version(ty) == 0
        {
            return None;
        }
        let name = ffi::PyUnicode_InternFromString(c"__init__".as_ptr());
        if name.is_null() {
            ffi::PyErr_Clear();
            return None;
        }
        let init = ffi::_PyType_Lookup(ty, name);
        ffi::Py_DECREF(name);
        let function = !init.is_null() && ffi::Py_TYPE(init) == &raw mut ffi::PyFunction_Type;
        function.then_some(init)
    }
}

/// A class that is called: fills a site with its version, its `__init__`, that one's core and the word that says whether the
/// unit is broken, if it has the convention number `expected` of the unit `linked`.
pub unsafe extern "C" fn fill_init(
    site: *mut u64,
    class: O,
    linked: *const Linked,
    expected: u64,
) -> *mut u64 {
    // SAFETY: the contract; `linked` is the running unit, and linked units are never freed.
    unsafe {
        let tag = version(class.cast());
        let known = entry(site, u64::from(tag));
        if !known.is_null() {
            return known;
        }
        let Some(init) = init_function(class) else {
            return null_mut();
        };
        dispatch::load_known(init);
        let Some(unit) = dispatch::call_unit(init) else {
            return null_mut();
        };
        let linked = &*linked;
        let abi = unit.meta.entry_kind.abi();
        if abi != linked.meta.initializers.get(expected as usize) {
            return null_mut();
        }
        calls(linked, unit);
        make_room(site, u64::from(tag));
        *site = u64::from(tag);
        *site.add(1) = init as u64;
        *site.add(3) = unit.core_address() as u64;
        *site.add(4) = std::ptr::from_ref(unit) as u64;
        site
    }
}

/// A new instance of a class as `fill_init` accepts; null if memory is out.
pub unsafe extern "C" fn new_instance(class: O) -> O {
    // SAFETY: the contract; a class that `fill_init` has accepted makes instances by `object.__new__`.
    unsafe {
        let ty = class.cast::<ffi::PyTypeObject>();
        #[cfg(Py_3_13)]
        // All that `object.__new__` does for a class that is not abstract.
        let made = {
            let usual = (*ty).tp_alloc.map(|alloc| alloc as usize)
                == Some(ffi::PyType_GenericAlloc as *const () as usize);
            let reused = if usual && flags(ty) & INLINE_VALUES != 0 && is_plain_type(ty) {
                instances::reuse(ty)
            } else {
                null_mut()
            };
            match (*ty).tp_alloc {
                Some(alloc) if reused.is_null() => alloc(ty, 0),
                _ => reused,
            }
        };
        #[cfg(not(Py_3_13))]
        let made = {
            let empty = ffi::PyTuple_New(0);
            let made = match (*ty).tp_new {
                Some(new) => new(ty, empty, null_mut()),
                None => null_mut(),
            };
            ffi::Py_DECREF(empty);
            made
        };
        if made.is_null() {
            ffi::PyErr_Clear();
        }
        made
    }
}

/// The unit calls the other one.
pub(crate) fn calls(linked: &Linked, unit: &'static Linked) {
    let mut callees = linked.callees.borrow_mut();
    if !callees.iter().any(|&u| std::ptr::eq(u, unit)) {
        callees.push(unit);
    }
}
