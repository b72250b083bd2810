//! Exception edges: where the exceptions of a block's instructions go.
//!
//! All instructions of a block have the same handler. An instruction that raises leaves the frame as its state says, with
//! the value stack cut to the handler's depth; then come, if the exception table says so, the instruction's number, and
//! the exception. These two are the handler's last parameters, which no edge passes. What the others are depends on the
//! instruction that raised ([`Function::caught`]): an exception edge has no list of arguments, and what a block defines is
//! not defined at its handler, except through a parameter.

use super::{BlockId, Function, Gen, Op, Param, Place, StateId, Term, Value};
use std::collections::HashSet;

/// A block's exceptions go to this handler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Catch {
    pub to: BlockId,
    /// Entries of the value stack that stay.
    pub depth: u32,
    /// The number of the instruction that raised lies below the exception.
    pub lasti: bool,
}

impl Catch {
    /// Entries of the value stack at the handler's start.
    pub fn stack(self) -> usize {
        self.depth as usize + usize::from(self.lasti) + 1
    }
}

impl Op {
    /// It may raise an exception that native code passes to a handler.
    pub fn may_raise(&self) -> bool {
        !matches!(
            self,
            Op::Const(_)
                | Op::Null
                | Op::None
                | Op::EntryLocal(_)
                | Op::EntryStack(_)
                | Op::EntryName(_)
                | Op::CheckBound(_)
                | Op::SetLocal { .. }
                | Op::SetName { .. }
                | Op::LoadCell(_)
                | Op::StoreCell { .. }
                | Op::NewCell(_)
                | Op::ClosureCell(_)
                | Op::Not(_)
                | Op::Is { .. }
                | Op::PushExcInfo(_)
                | Op::PopExcept(_)
                | Op::Poll
                | Op::Generic(Gen::AssertionError, _)
        )
    }
}

impl Function {
    /// The unit contains handlers.
    pub fn has_handlers(&self) -> bool {
        self.blocks.iter().any(|b| b.catch.is_some())
    }

    /// States in which an exception of the block may go to its handler, each once.
    pub fn raising_states(&self, b: usize) -> Vec<StateId> {
        let block = &self.blocks[b];
        if block.catch.is_none() {
            return Vec::new();
        }
        let insts = block.insts.iter().filter(|i| i.op.may_raise());
        let mut states: Vec<StateId> = insts.map(|i| i.state).collect();
        if matches!(block.term, Term::ForIter { .. }) {
            states.push(block.term_state);
        }
        states.dedup();
        states
    }

    /// What the handler's parameter for this place is when an instruction in this state raises; none for the exception
    /// itself and the number below it.
    pub fn caught(&self, state: StateId, catch: Catch, place: Place) -> Option<Value> {
        let state = self.state(state);
        match place {
            Place::Local(i) => state.locals.get(i as usize).copied(),
            Place::Stack(i) if i < catch.depth => state.stack.get(i as usize).copied(),
            Place::Stack(_) => None,
            Place::Name(i) => state.names.get(i as usize).copied(),
        }
    }

    /// All that flows into block parameters, along edges and exception edges: the block it comes from, the block of the
    /// parameter, the parameter, the value.
    pub fn flows(&self) -> Vec<(usize, BlockId, Param, Value)> {
        let mut all = Vec::new();
        for (b, block) in self.blocks.iter().enumerate() {
            for edge in block.term.edges() {
                let params = self.block(edge.to).params.iter().zip(&edge.args);
                all.extend(params.map(|(&param, &arg)| (b, edge.to, param, arg)));
            }
        }
        all.extend(self.exceptional_flows());
        all
    }

    /// The same, along exception edges alone.
    pub fn exceptional_flows(&self) -> Vec<(usize, BlockId, Param, Value)> {
        let mut all = Vec::new();
        let mut seen = HashSet::new();
        for (b, block) in self.blocks.iter().enumerate() {
            let Some(catch) = block.catch else { continue };
            for state in self.raising_states(b) {
                for &param in &self.block(catch.to).params {
                    if let Some(arg) = self.caught(state, catch, param.place)
                        && seen.insert((b, param.value, arg))
                    {
                        all.push((b, catch.to, param, arg));
                    }
                }
            }
        }
        all
    }

    /// Which blocks are handlers.
    pub fn handlers(&self) -> Vec<bool> {
        let mut all = vec![false; self.blocks.len()];
        for catch in self.blocks.iter().filter_map(|b| b.catch) {
            all[catch.to.0 as usize] = true;
        }
        all
    }
}
