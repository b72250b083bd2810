//! Instructions that may run Python code: the operation of the runtime that does each on a real frame, and where its
//! operands lie. Code generation and the HIR interpreter both go by it.

use super::{Gen, Op, Un, Value};
use pyaot_runtime::helpers::IN_PLACE;
use pyaot_runtime::layout::PY_3_13;
use pyaot_runtime::operation::Operation;

/// An instruction as an operation on a frame's value stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Running {
    pub operation: Operation,
    /// In the order of the stack; they are used up.
    pub operands: Vec<Value>,
    /// Stays where it is.
    pub object: Option<Value>,
    /// Entries of the stack below the operands.
    pub depth: usize,
}

impl Op {
    /// How it is run; none for what never runs Python code. `stack` is that of its frame state.
    pub fn running(&self, stack: &[Value]) -> Option<Running> {
        let mut object = None;
        let (operation, operands) = match self {
            Op::LoadGlobal(name) => (Operation::LoadGlobal(*name), vec![]),
            Op::LoadName(name) => (Operation::LoadName(*name), vec![]),
            Op::Unary(Un::Neg, a) => (Operation::Unary(0), vec![*a]),
            Op::Unary(Un::Invert, a) => (Operation::Unary(1), vec![*a]),
            Op::ToBool(a) => (Operation::Truth, vec![*a]),
            Op::Binary { op, inplace, a, b } => {
                let number = *op as u32 + if *inplace { IN_PLACE as u32 } else { 0 };
                (Operation::Binary(number), vec![*a, *b])
            }
            Op::Compare { op, a, b } => (Operation::Compare(*op as u32), vec![*a, *b]),
            Op::Contains {
                item, container, ..
            } => (Operation::Contains, vec![*item, *container]),
            Op::Subscr { container, index } => (Operation::Subscr, vec![*container, *index]),
            Op::StoreSubscr {
                container,
                index,
                value,
            } => (Operation::StoreSubscr, vec![*value, *container, *index]),
            Op::Unpack { sequence, n } => (Operation::Unpack(*n), vec![*sequence]),
            Op::GetIter(a) => (Operation::GetIter, vec![*a]),
            Op::LoadMethod { object, name } => (Operation::LoadMethod(*name), vec![*object]),
            Op::Call { args, keywords, .. } => {
                // 3.13 has the names of keywords on the stack.
                let end = stack.len() - usize::from(PY_3_13 && keywords.is_some());
                let depth = end.checked_sub(2 + args.len())?;
                return Some(Running {
                    operation: Operation::Call(args.len() as u32),
                    operands: stack[depth..end].to_vec(),
                    object: *keywords,
                    depth,
                });
            }
            Op::WithExcept { exit, exception } => {
                // Both stay where they are: a copy of one is the operand.
                return Some(Running {
                    operation: Operation::WithExcept,
                    operands: vec![*exit],
                    object: Some(*exception),
                    depth: stack.len(),
                });
            }
            Op::Generic(kind, args) => {
                let (operands, stays) = args.split_at(args.len() - kind.stays());
                object = stays.first().copied();
                (kind.operation(operands.len() as u32)?, operands.to_vec())
            }
            _ => return None,
        };
        let depth = if stack.ends_with(&operands) {
            stack.len() - operands.len()
        } else {
            // The truth of a comparison's result: the operands were two.
            stack.len().checked_sub(2)?
        };
        Some(Running {
            operation,
            operands,
            object,
            depth,
        })
    }
}

impl Running {
    /// The next item of any iterator.
    pub fn next(iter: Value, stack: &[Value]) -> Running {
        Running {
            operation: Operation::Next,
            operands: Vec::new(),
            object: Some(iter),
            depth: stack.len(),
        }
    }
}

impl Gen {
    /// With `n` operands.
    fn operation(self, n: u32) -> Option<Operation> {
        Some(match self {
            Gen::LoadAttr(name) => Operation::LoadAttr(name),
            Gen::StoreAttr(name) => Operation::StoreAttr(name),
            Gen::DeleteAttr(name) => Operation::DeleteAttr(name),
            Gen::LoadSuper(name, flags) => Operation::LoadSuper(name, flags),
            Gen::BinarySlice => Operation::Slice,
            Gen::StoreSlice => Operation::StoreSlice,
            Gen::DeleteSubscr => Operation::DeleteSubscr,
            Gen::BuildSlice => Operation::BuildSlice(n),
            Gen::BuildMap => Operation::BuildMap(n),
            Gen::BuildConstMap => Operation::BuildConstMap(n.checked_sub(1)?),
            Gen::BuildSet => Operation::BuildSet(n),
            Gen::BuildString => Operation::BuildString(n),
            Gen::ListExtend => Operation::ListExtend,
            Gen::SetUpdate => Operation::SetUpdate,
            Gen::SetAdd => Operation::SetAdd,
            Gen::MapAdd => Operation::MapAdd,
            Gen::DictUpdate => Operation::DictUpdate,
            Gen::FormatSimple => Operation::Format(false),
            Gen::FormatWithSpec => Operation::Format(true),
            Gen::Convert(how) => Operation::Convert(how),
            Gen::FormatValue(how) => Operation::FormatValue(how),
            Gen::ListToTuple | Gen::DictMerge => return None,
            Gen::AssertionError => Operation::AssertionError,
            Gen::UnaryPositive => Operation::Unary(2),
            Gen::CallEx(keywords) => Operation::CallEx(keywords),
            Gen::StoreGlobal(name) => Operation::StoreGlobal(name),
            Gen::StoreName(name) => Operation::StoreName(name),
            Gen::BeforeWith => Operation::BeforeWith,
            Gen::MakeFunction(flags) => Operation::MakeFunction(flags),
            Gen::SetFunctionAttribute(part) => Operation::SetFunctionAttribute(part),
            Gen::Raise => Operation::Raise(n),
            Gen::Reraise => return None,
            Gen::UnpackEx(counts) => Operation::UnpackEx(counts),
        })
    }
}
