//! Front end: a code object's plain data -> generic HIR. Sees no Python object.
//!
//! * `cfg` finds basic blocks, loops and what each loop assigns;
//! * `handlers` says which exception handlers belong to a unit;
//! * `lower` builds SSA by abstract interpretation of the value stack;
//! * `parse` finds the functions in a source file, for reports.

mod cfg;
mod handlers;
mod lower;
mod parse;

pub use handlers::is_new;
pub use lower::{Entry, lower, rebinds};
pub use parse::definitions;

/// Why a unit is not compiled. Each is counted under its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Refusal {
    #[error("generator")]
    Generator,
    #[error("irreducible control flow")]
    Irreducible,
    #[error("jump into the middle of an instruction")]
    BadJump,
    #[error("value stack does not fit")]
    Stack,
    #[error("too large")]
    TooLarge,
    #[error("leaves before it does anything")]
    LeavesAtOnce,
    #[error("gains nothing")]
    NoGain,
    /// Only as a callee of compiled code.
    #[error("so small that only calls from compiled code gain")]
    Small,
    #[error("measured: the interpreter runs its calls faster")]
    Slower,
    /// It would be worth its compilation after this many calls or iterations.
    #[error("not hot enough: would be compiled after {0} calls or iterations")]
    Early(u32),
    #[error("code generation failed")]
    Codegen,
    #[error("a stress mode said so")]
    Stress,
    #[error("its text does not read back")]
    Text,
    #[error("needs a frame")]
    NeedsFrame,
}
