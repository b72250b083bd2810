//! Reads a live code object into plain data: `CodeInfo`, all that the compiler ever sees of it.

use crate::ffi::{self, CO_VARARGS, CO_VARKEYWORDS, PyObject, get};
use crate::layout::{offsets as at, opcodes};
use crate::unit::{CodeHash, TypeTag};
use std::collections::BTreeSet;
use std::ffi::CStr;

/// A constant, as far as the compiler wants to know it.
#[derive(Clone, Debug, PartialEq)]
pub enum Const {
    None,
    Bool(bool),
    Int(i64),
    Float(f64),
    Str(String),
    Tuple(Vec<Const>),
    /// Big integers, bytes, code, sets, Ellipsis, complex.
    Other,
}

/// One instruction, generic form, with what the specialising interpreter wrote into its place.
#[derive(Clone, Debug)]
pub struct Instr {
    /// First code unit, `EXTENDED_ARG`s and `KW_NAMES` included: where the interpreter can resume.
    pub start: u32,
    /// Code unit of the instruction itself.
    pub at: u32,
    /// Code unit after its inline caches.
    pub next: u32,
    pub op: &'static str,
    pub arg: u32,
    /// Specialised form found in the live code, or `op`.
    pub seen: &'static str,
    /// It has an inline cache and never ran.
    pub unreached: bool,
}

/// Entry of the exception table, in code units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Handler {
    pub start: u32,
    pub end: u32,
    pub target: u32,
    pub depth: u32,
    pub lasti: bool,
}

/// A code object as plain data.
#[derive(Clone, Debug)]
pub struct CodeInfo {
    pub hash: CodeHash,
    pub qualname: String,
    pub filename: String,
    pub first_line: u32,
    pub flags: i32,
    pub argcount: u32,
    pub kwonly: u32,
    pub nlocals: u32,
    pub nlocalsplus: u32,
    pub stacksize: u32,
    pub names: Vec<String>,
    pub locals: Vec<String>,
    /// `co_localspluskinds`: bits `CO_FAST_*`.
    pub kinds: Vec<u8>,
    pub consts: Vec<Const>,
    pub instrs: Vec<Instr>,
    pub handlers: Vec<Handler>,
    /// Instructions (code unit) that have met other types since the interpreter looked at them again: see
    /// [`look_again`].
    pub varied: Vec<u32>,
    /// Instructions (code unit) that have called a function in Python as an operator.
    pub operators: BTreeSet<u32>,
}

impl CodeInfo {
    /// Parameters, in the order of their slots: positional ones, keyword-only ones, `*args`, `**kwargs`.
    pub fn parameters(&self) -> u32 {
        self.argcount + self.kwonly + self.collected().count() as u32
    }

    /// Slots of `*args` and `**kwargs`, as far as there are such parameters.
    pub fn collected(&self) -> impl Iterator<Item = (u32, TypeTag)> {
        let flags = self.flags;
        let kinds = [
            (CO_VARARGS, TypeTag::Tuple),
            (CO_VARKEYWORDS, TypeTag::Dict),
        ];
        let kinds = kinds.into_iter().filter(move |(flag, _)| flags & flag != 0);
        (self.argcount + self.kwonly..).zip(kinds.map(|(_, tag)| tag))
    }

    /// Each parameter is positional: a call with as many arguments needs no binding.
    pub fn is_positional(&self) -> bool {
        self.parameters() == self.argcount
    }
}

impl CodeInfo {
    /// The handler that covers the instruction at code unit `unit`.
    pub fn handler(&self, unit: u32) -> Option<Handler> {
        self.handlers
            .iter()
            .copied()
            .find(|h| h.start <= unit && unit < h.end)
    }

    /// What the specialising interpreter has seen, one byte an instruction: the number of the specialised form, else
    /// [`NEVER_RAN`] or 0.
    pub fn seen(&self) -> Vec<u8> {
        let number = |instr: &Instr| {
            if instr.seen == instr.op {
                return if instr.unreached { NEVER_RAN } else { 0 };
            }
            let found = opcodes::NAMES.iter().position(|&name| name == instr.seen);
            found.map_or(0, |number| number as u8)
        };
        self.instrs.iter().map(number).collect()
    }

    /// Adds what the interpreter had seen before it looked again.
    pub fn add_seen(&mut self, before: &[u8]) {
        let now = self.seen();
        let mut all = now.clone();
        for (i, (&before, &now)) in before.iter().zip(&now).enumerate() {
            let instr = &self.instrs[i];
            if !TYPED.contains(&instr.op) || before == now || before == NEVER_RAN {
                continue;
            }
            if now != NEVER_RAN && before != 0 {
                self.varied.push(instr.at);
            } else {
                all[i] = before;
            }
        }
        self.set_seen(&all);
    }

    /// Puts back what [`CodeInfo::seen`] gave for the same code; false if it cannot be of this code.
    pub fn set_seen(&mut self, seen: &[u8]) -> bool {
        if seen.len() != self.instrs.len() {
            return false;
        }
        for (instr, &number) in self.instrs.iter_mut().zip(seen) {
            instr.unreached = number == NEVER_RAN;
            instr.seen = match number {
                0 | NEVER_RAN => instr.op,
                number => opcodes::NAMES[usize::from(number)],
            };
        }
        true
    }
}

/// Stands for an instruction with an inline cache that never ran; the opcode of this number is instrumented, so never a
/// specialised form.
const NEVER_RAN: u8 = 255;

/// Parses `co_exceptiontable` (CPython: Objects/exception_handling_notes.txt).
pub fn parse_handlers(table: &[u8]) -> Vec<Handler> {
    let mut bytes = table.iter().copied();
    let mut varint = || -> Option<u32> {
        let mut byte = bytes.next()?;
        let mut value = u32::from(byte & 63);
        while byte & 64 != 0 {
            byte = bytes.next()?;
            value = value << 6 | u32::from(byte & 63);
        }
        Some(value)
    };
    let mut all = Vec::new();
    while let (Some(start), Some(size), Some(target), Some(dl)) =
        (varint(), varint(), varint(), varint())
    {
        all.push(Handler {
            start,
            end: start + size,
            target,
            depth: dl >> 1,
            lasti: dl & 1 != 0,
        });
    }
    all
}

unsafe fn string(object: *mut PyObject) -> String {
    // SAFETY: `object` is a live str (fields of a code object); the UTF-8 form lives as long as it does.
    unsafe {
        let text = ffi::PyUnicode_AsUTF8(object);
        if text.is_null() {
            ffi::PyErr_Clear();
            return String::from("?");
        }
        CStr::from_ptr(text).to_string_lossy().into_owned()
    }
}

unsafe fn strings(tuple: *mut PyObject) -> Vec<String> {
    // SAFETY: a live tuple of str.
    unsafe {
        (0..ffi::PyTuple_GET_SIZE(tuple))
            .map(|i| string(ffi::PyTuple_GET_ITEM(tuple, i)))
            .collect()
    }
}

unsafe fn bytes<'a>(object: *mut PyObject) -> &'a [u8] {
    // SAFETY: a live bytes object, which the caller keeps alive.
    unsafe {
        let size = usize::try_from(ffi::PyBytes_Size(object)).unwrap_or(0);
        std::slice::from_raw_parts(ffi::PyBytes_AsString(object).cast::<u8>(), size)
    }
}

/// Items of a live tuple, borrowed.
unsafe fn items(tuple: *mut PyObject) -> Vec<*mut PyObject> {
    // SAFETY: a live tuple.
    unsafe {
        (0..ffi::PyTuple_GET_SIZE(tuple))
            .map(|i| ffi::PyTuple_GET_ITEM(tuple, i))
            .collect()
    }
}

unsafe fn constant(object: *mut PyObject) -> Const {
    // SAFETY: a live constant of a code object; each branch checked the exact type.
    unsafe {
        if object == ffi::Py_None() {
            Const::None
        } else if object == ffi::Py_True() || object == ffi::Py_False() {
            Const::Bool(object == ffi::Py_True())
        } else if ffi::PyLong_CheckExact(object) != 0 {
            let mut overflow = 0;
            let value = ffi::PyLong_AsLongLongAndOverflow(object, &mut overflow);
            if overflow == 0 {
                Const::Int(value)
            } else {
                Const::Other
            }
        } else if ffi::PyFloat_CheckExact(object) != 0 {
            Const::Float(ffi::PyFloat_AsDouble(object))
        } else if ffi::PyUnicode_CheckExact(object) != 0 {
            Const::Str(string(object))
        } else if ffi::PyTuple_CheckExact(object) != 0 {
            Const::Tuple(
                items(object)
                    .into_iter()
                    .map(|item| constant(item))
                    .collect(),
            )
        } else {
            Const::Other
        }
    }
}

/// Feeds an object that can be a constant into the hash, type first.
unsafe fn hash_constant(hasher: &mut blake3::Hasher, object: *mut PyObject) {
    // SAFETY: live constants of a live code object; each branch checked the type.
    unsafe {
        if ffi::PyCode_Check(object) != 0 {
            hasher.update(b"code");
            hasher.update(&hash(object));
        } else if ffi::PyTuple_CheckExact(object) != 0 {
            hasher.update(b"tuple");
            hasher.update(&ffi::PyTuple_GET_SIZE(object).to_le_bytes());
            for item in items(object) {
                hash_constant(hasher, item);
            }
        } else if ffi::PyFloat_CheckExact(object) != 0 {
            hasher.update(b"float");
            hasher.update(&ffi::PyFloat_AsDouble(object).to_bits().to_le_bytes());
        } else if ffi::Py_TYPE(object) == &raw mut ffi::PyFrozenSet_Type {
            // Order of a frozenset depends on the process: the items' hashes are sorted.
            let mut all = Vec::new();
            let list = ffi::PySequence_List(object);
            if !list.is_null() {
                for i in 0..ffi::PyList_Size(list) {
                    let mut inner = blake3::Hasher::new();
                    hash_constant(&mut inner, ffi::PyList_GetItem(list, i));
                    all.push(*inner.finalize().as_bytes());
                }
                ffi::Py_DECREF(list);
            }
            ffi::PyErr_Clear();
            all.sort_unstable();
            hasher.update(b"frozenset");
            for one in all {
                hasher.update(&one);
            }
        } else {
            let text = ffi::PyObject_Repr(object);
            if text.is_null() {
                ffi::PyErr_Clear();
                hasher.update(b"?");
            } else {
                let name = CStr::from_ptr((*ffi::Py_TYPE(object)).tp_name);
                hasher.update(name.to_bytes());
                let text_string = string(text);
                hasher.update(&(text_string.len() as u64).to_le_bytes());
                hasher.update(text_string.as_bytes());
                ffi::Py_DECREF(text);
            }
        }
    }
}

/// Content hash of a code object.
///
/// # Safety
/// `code` is a live code object and the GIL is held.
pub unsafe fn hash(code: *mut PyObject) -> CodeHash {
    // SAFETY: fields of a live code object.
    unsafe {
        let mut hasher = blake3::Hasher::new();
        hasher.update(b"pyaot code 1");
        for field in [
            at::CODE_FLAGS,
            at::CODE_ARGCOUNT,
            at::CODE_POSONLY,
            at::CODE_KWONLY,
            at::CODE_STACKSIZE,
        ] {
            hasher.update(&get::<i32, _>(code, field).to_le_bytes());
        }
        let plain = ffi::PyCode_GetCode(code);
        if !plain.is_null() {
            hasher.update(&(bytes(plain).len() as u64).to_le_bytes());
            hasher.update(bytes(plain));
            ffi::Py_DECREF(plain);
        }
        hasher.update(bytes(get(code, at::CODE_EXCTABLE)));
        hasher.update(bytes(get(code, at::CODE_LOCALSPLUSKINDS)));
        for names in [at::CODE_NAMES, at::CODE_LOCALSPLUSNAMES] {
            for name in strings(get(code, names)) {
                hasher.update(&(name.len() as u64).to_le_bytes());
                hasher.update(name.as_bytes());
            }
        }
        hasher.update(string(get(code, at::CODE_QUALNAME)).as_bytes());
        hash_constant(&mut hasher, get(code, at::CODE_CONSTS));
        *hasher.finalize().as_bytes()
    }
}

/// Reads a live code object.
///
/// # Safety
/// `code` is a live code object and the GIL is held.
pub unsafe fn read(code: *mut PyObject, hash: CodeHash) -> CodeInfo {
    // SAFETY: fields of a live code object; the adaptive code has `Py_SIZE(code)` code units behind it.
    unsafe {
        let generic = plain_code(code);
        let live =
            std::slice::from_raw_parts(code.cast::<u8>().add(at::CODE_ADAPTIVE), generic.len());
        CodeInfo {
            hash,
            qualname: string(get(code, at::CODE_QUALNAME)),
            filename: string(get(code, at::CODE_FILENAME)),
            first_line: get::<i32, _>(code, at::CODE_FIRSTLINENO).max(0) as u32,
            flags: get(code, at::CODE_FLAGS),
            argcount: get::<i32, _>(code, at::CODE_ARGCOUNT) as u32,
            kwonly: get::<i32, _>(code, at::CODE_KWONLY) as u32,
            nlocals: get::<i32, _>(code, at::CODE_NLOCALS) as u32,
            nlocalsplus: get::<i32, _>(code, at::CODE_NLOCALSPLUS) as u32,
            stacksize: get::<i32, _>(code, at::CODE_STACKSIZE) as u32,
            names: strings(get(code, at::CODE_NAMES)),
            locals: strings(get(code, at::CODE_LOCALSPLUSNAMES)),
            kinds: bytes(get(code, at::CODE_LOCALSPLUSKINDS)).to_vec(),
            consts: items(get(code, at::CODE_CONSTS))
                .into_iter()
                .map(|c| constant(c))
                .collect(),
            instrs: decode(&generic, live),
            handlers: parse_handlers(bytes(get(code, at::CODE_EXCTABLE))),
            varied: Vec::new(),
            operators: BTreeSet::new(),
        }
    }
}

/// The bytecode without what the interpreter has made of it; nothing if there is no memory.
unsafe fn plain_code(code: *mut PyObject) -> Vec<u8> {
    // SAFETY: a live code object, GIL held.
    unsafe {
        let plain = ffi::PyCode_GetCode(code);
        if plain.is_null() {
            ffi::PyErr_Clear();
            return Vec::new();
        }
        let copy = bytes(plain).to_vec();
        ffi::Py_DECREF(plain);
        copy
    }
}

/// Operations that the interpreter specialises for types of their operands, which compiled code then expects.
const TYPED: [&str; 7] = [
    "BINARY_OP",
    "BINARY_SUBSCR",
    "COMPARE_OP",
    "CONTAINS_OP",
    "STORE_SUBSCR",
    "TO_BOOL",
    "UNPACK_SEQUENCE",
];

/// Makes the interpreter look again at the types that the code meets: specialised instructions become what they were
/// at first.
///
/// # Safety
/// `code` is a live code object and the GIL is held.
pub unsafe fn look_again(code: *mut PyObject) {
    // SAFETY: as in `read`. An instruction is written as the interpreter itself writes it when it specialises one, which
    // it may do while any frame is at it: all forms are equally long, and the plain one reads nothing but the counter.
    unsafe {
        let plain = plain_code(code);
        let live = code.cast::<u8>().add(at::CODE_ADAPTIVE);
        for instr in decode(&plain, std::slice::from_raw_parts(live, plain.len())) {
            if TYPED.contains(&instr.op) && instr.seen != instr.op {
                let place = live.add(2 * instr.at as usize);
                *place = plain[2 * instr.at as usize];
                place.add(2).cast::<u16>().write(FRESH_COUNTER);
            }
        }
    }
}

/// Value of a fresh inline-cache counter: `adaptive_counter_warmup()`, the same on 3.12 and 3.13.
const FRESH_COUNTER: u16 = 17;

fn decode(generic: &[u8], live: &[u8]) -> Vec<Instr> {
    let mut all = Vec::with_capacity(generic.len() / 2);
    let mut start = 0u32;
    let mut extended = 0u32;
    let mut i = 0usize;
    while 2 * i + 1 < generic.len() {
        let number = usize::from(generic[2 * i]);
        let op = opcodes::NAMES[number];
        let caches = usize::from(opcodes::CACHES[number]);
        let arg = extended << 8 | u32::from(generic[2 * i + 1]);
        if op == "EXTENDED_ARG" {
            extended = arg;
            i += 1;
            continue;
        }
        let seen_number = usize::from(live[2 * i]);
        let seen = opcodes::NAMES[seen_number];
        let specialised =
            usize::from(opcodes::DEOPT[seen_number]) == number && seen_number != number;
        let fresh = caches > 0
            && 2 * i + 3 < live.len()
            && u16::from_le_bytes([live[2 * i + 2], live[2 * i + 3]]) == FRESH_COUNTER;
        let instrumented = seen.starts_with("INSTRUMENTED_");
        all.push(Instr {
            start,
            at: i as u32,
            next: (i + 1 + caches) as u32,
            op,
            arg,
            seen: if specialised && !instrumented {
                seen
            } else {
                op
            },
            unreached: caches > 0
                && fresh
                && !specialised
                && !op.starts_with("JUMP")
                && !op.starts_with("POP_JUMP"),
        });
        extended = 0;
        i += 1 + caches;
        // On 3.12 the keyword names of a call wait in a variable of the interpreter: the pair is one instruction.
        if op != "KW_NAMES" {
            start = i as u32;
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exception_table_entries() {
        // start 2, size 3, target 9, depth 1 with lasti
        assert_eq!(
            parse_handlers(&[0x80 | 2, 3, 9, 3]),
            vec![Handler {
                start: 2,
                end: 5,
                target: 9,
                depth: 1,
                lasti: true
            }]
        );
        // two-byte varints
        assert_eq!(parse_handlers(&[0x80 | 64 | 1, 1, 2, 3, 0])[0].start, 65);
    }
}
