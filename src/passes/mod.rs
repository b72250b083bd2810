//! The pipeline between the front end and code generation.

mod borrow;
pub mod bounds;
pub mod demand;
mod infer;

use crate::facts::Facts;
use crate::frontend::{Entry, Refusal};
use crate::hir::{self, Function, Ty};
use borrow::Borrowed;
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
