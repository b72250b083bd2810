//! What was observed of a running program, as plain data: the compiler's only input beside the code.

use crate::frontend::Entry;
use pyaot_runtime::image::UNCOMPILED;
use pyaot_runtime::methods::BuiltinMethod;
use pyaot_runtime::unit::{GlobalFact, TypeTag};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Calling convention of a compiled call unit.
pub use pyaot_runtime::unit::CalleeAbi as Abi;

/// Facts of one unit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Facts {
    /// Type of each slot of localsplus at the entry; `None`: unbound.
    pub locals: Vec<Option<TypeTag>>,
    /// Type of each entry of the value stack at the entry; `None`: null.
    pub stack: Vec<Option<TypeTag>>,
    /// Names of a module or class body kept in registers (index into `co_names`), with their types.
    pub names: Vec<(u32, TypeTag)>,
    /// What each global that the unit reads names.
    pub globals: BTreeMap<u32, GlobalFact>,
    /// Calling conventions of the functions among them.
    pub callees: BTreeMap<u32, Abi>,
    /// Conventions of the methods that an instruction finds, by code unit.
    pub methods: BTreeMap<u32, Abi>,
    /// Instructions (code unit) that find the function being compiled as a method.
    pub own_methods: BTreeSet<u32>,
    /// Instructions (code unit) that find a method in Python which is not worth compiling.
    pub refused_methods: BTreeSet<u32>,
    /// Methods of builtin types that an instruction finds, by code unit.
    pub builtin_methods: BTreeMap<u32, BuiltinMethod>,
    /// Instructions (code unit) that have called a function in Python as an operator.
    pub operators: BTreeSet<u32>,
    /// Conventions of the `__init__` of classes that globals name, where instances can be made in compiled code.
    pub initializers: BTreeMap<u32, Abi>,
    /// Globals that name the function being compiled.
    pub own: BTreeSet<u32>,
    /// A call unit pushes its own frame, so that its operations may run Python code.
    pub framed: bool,
    /// The namespace of a module or class body is not its globals: names are looked up each time.
    pub own_namespace: bool,
    /// Instructions (code unit) where speculation failed too often.
    pub blocked: BTreeSet<u32>,
    /// Stress: leave at instructions chosen by this seed.
    pub stress_exits: Option<u32>,
    /// Stress: hand over at each back-edge.
    pub stress_handover: bool,
    /// Code that has not run is compiled too.
    pub keep_unreached: bool,
    /// Stress: units that gain nothing are kept.
    pub keep_gainless: bool,
}

impl Facts {
    /// Convention of the methods that `LoadMethod` at this code unit finds, if it finds those of one convention.
    pub fn method(&self, at: u32) -> Option<&Abi> {
        self.methods
            .get(&at)
            .filter(|_| !self.blocked.contains(&at))
    }

    /// What `LoadMethod` at this code unit finds is called through the interpreter.
    pub fn is_uncompiled(&self, at: u32) -> bool {
        self.blocked.contains(&(at | UNCOMPILED))
    }
}

/// All that a unit was compiled from, except its code: kept in the image, so that it can be compiled again at any time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recipe {
    pub entry: Entry,
    pub facts: Facts,
    /// The inline caches: [`pyaot_runtime::code::CodeInfo::seen`].
    pub seen: Vec<u8>,
}
