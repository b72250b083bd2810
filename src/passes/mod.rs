//! The pipeline between the front end and code generation.

pub mod demand;
mod infer;

use crate::facts::Facts;
use crate::frontend::{Entry, Refusal};
use crate::hir::{self, Function, Ty};
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
    let specialized = infer::infer(function, code, facts, entry, demand)?;
    debug_assert_eq!(hir::verify(&specialized.function), Ok(()));
    Ok(specialized)
}
