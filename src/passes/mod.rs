//! The pipeline between the front end and code generation.

mod borrow;
pub mod bounds;
pub mod demand;
mod infer;

use crate::facts::Facts;
use crate::frontend::{Entry, Refusal};
use crate::hir::{self, Function, Ty};
use borrow::Borrowed;
pub use borrow::keeps_containers;
use bounds::Bounds;
use demand::Demand;
use pyaot_runtime::code::CodeInfo;

/// What the passes tell code generation beside the function.
#[derive(Clone, Debug)]
pub struct Specialized {
    pub function: Function,
    /// Type of the result of a call unit.
    pub result: Ty,
    /// How values are used.
    pub demand: Demand,
    /// Temporaries that own no reference.
    pub borrowed: Borrowed,
    /// What is known of integers, and the iterators over ranges that need no object.
    pub bounds: Bounds,
    /// The unit has a frame, so that operations may run Python code.
    pub runs: bool,
}

/// The instruction is not inside a `try`, the loop header that the unit is entered at is: an exception could not be told
/// from one of the header.
pub fn only_header_handled(code: &CodeInfo, header: Option<u32>, origin: u32) -> bool {
    let at = code.instrs[origin as usize].at;
    header.is_some_and(|header| code.handler(at).is_none() && code.handler(header).is_some())
}

/// Runs all passes on generic HIR.
pub fn run(
    function: Function,
    code: &CodeInfo,
    facts: &Facts,
    entry: &Entry,
) -> Result<Specialized, Refusal> {
    debug_assert_eq!(hir::verify(&function), Ok(()));
    let demand = demand::analyse(&function, code, facts);
    let mut specialized = infer::infer(function, code, facts, entry, demand)?;
    specialized.borrowed = borrow::analyse(&specialized.function);
    specialized.bounds = bounds::analyse(&specialized.function, code);
    debug_assert_eq!(hir::verify(&specialized.function), Ok(()));
    Ok(specialized)
}
