//! Code generation: specialised HIR -> CLIF -> one object -> the image of a unit.
//!
//! * `unit`: values, ownership of references, edges; `exits`: side exits;
//! * `items`: stores to items of lists;
//! * `ranges`: iterators over ranges, in registers;
//! * `light`: exceptions that nobody sees;
//! * `early`: early returns of a recursive function, done by the caller;
//! * `ops`: the instructions; `run`: those that may run Python code; `shape`: attributes;
//! * `groups`: several attributes of one object;
//! * `text`: characters of strings;
//! * `sites`: calls by the boxed convention;
//! * `handlers`: exceptions that the unit handles;
//! * `entry`: how a unit is entered;
//! * `image`: the object, laid out so that loading relocates nothing.
//!
//! One lowering over `&mut dyn Module`. Code refers to everything outside itself through its *slots*, a table of words
//! behind the text that the runtime fills when the unit is linked; no address of a process is ever in the code.

mod early;
mod entry;
mod exits;
mod groups;
mod handlers;
mod image;
mod items;
mod light;
mod memory;
mod ops;
mod ranges;
mod run;
mod shape;
mod sites;
mod text;
mod unit;

pub use image::{compile, pack, place, unpack, unpack_recipe};

use crate::facts::{Abi, Facts};
use crate::frontend::{Entry, Refusal};
use crate::passes::Specialized;
use cranelift_codegen::isa::OwnedTargetIsa;
use cranelift_codegen::settings::{self, Configurable};
use pyaot_runtime::code::CodeInfo;
use pyaot_runtime::region::Region;
use pyaot_runtime::unit::{Slot, UnitMeta, Worth};
use std::collections::HashMap;

/// A compiled unit: text, then from `slots_at` on its slots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compiled {
    pub meta: UnitMeta,
    /// Executable code, relocated against itself and the slots that follow it.
    pub text: Vec<u8>,
    /// Offset of the slots from the start of the text.
    pub slots_at: usize,
}

/// A compiled unit that has no image: it stands where it will run.
pub struct Placed {
    pub meta: UnitMeta,
    pub region: Region,
}

/// The target that code is generated for. `verified`: Cranelift verifies what it is given, which takes more than a third of
/// the time of a compilation. `flipped` is one more option, which no key of an image knows of: for tests.
pub fn target(verified: bool, flipped: Option<(&str, &str)>) -> Result<OwnedTargetIsa, Refusal> {
    let verifier = ("enable_verifier", if verified { "true" } else { "false" });
    let mut flags = settings::builder();
    for (name, value) in FLAGS.into_iter().chain([verifier]).chain(flipped) {
        flags.set(name, value).map_err(|_| Refusal::Codegen)?;
    }
    cranelift_native::builder()
        .map_err(|_| Refusal::Codegen)?
        .finish(settings::Flags::new(flags))
        .map_err(|_| Refusal::Codegen)
}

/// Code generation options: part of the cache key.
pub const FLAGS: [(&str, &str); 5] = [
    ("opt_level", "speed"),
    ("is_pic", "false"),
    ("use_colocated_libcalls", "false"),
    ("unwind_info", "true"),
    ("preserve_frame_pointers", "true"),
];

/// The unit's words outside its code, in order of first use.
#[derive(Default)]
pub(crate) struct Slots {
    pub all: Vec<Slot>,
    places: HashMap<Slot, usize>,
}

impl Slots {
    /// Byte offset of a slot in the table.
    pub fn offset(&mut self, slot: Slot) -> i32 {
        let index = *self.places.entry(slot).or_insert_with_key(|slot| {
            self.all.push(slot.clone());
            self.all.len() - 1
        });
        index as i32 * 8
    }
}

/// All that a unit is generated from.
#[derive(Clone, Copy)]
pub struct Input<'a> {
    pub code: &'a CodeInfo,
    pub facts: &'a Facts,
    pub entry: &'a Entry,
    pub specialized: &'a Specialized,
    /// Convention of a call unit.
    pub abi: Option<&'a Abi>,
    pub worth: Worth,
}
