//! Borrowed temporaries: objects loaded from a container that keeps them alive as long as they are used.
//!
//! `a[i][j]` loads a list only to index it. It needs no reference of its own while the container holds it: from the
//! load to its last use nothing may change a container (the items of tuples never change, but the list that holds the
//! tuple may), and the first container of the chain must stay in a local slot, on the value stack or in a constant.
//! What else is released meanwhile (old values of local slots, other temporaries) frees no object that is still held.
//! A borrowed value lives in one block; where it enters a local slot or an object, that takes a reference as always.

use crate::hir::*;
use std::collections::{BTreeMap, BTreeSet};

/// Values that own no reference while they are temporaries.
#[derive(Clone, Debug, Default)]
pub struct Borrowed {
    /// Defined by an instruction.
    pub loaded: BTreeSet<Value>,
    /// Items of iterations, used up in the first block of the body.
    pub items: BTreeSet<Value>,
}

impl Borrowed {
    pub fn contains(&self, v: Value) -> bool {
        self.loaded.contains(&v) || self.items.contains(&v)
    }
}

/// Changes no container and runs no Python code.
pub fn keeps_containers(inst: &Inst) -> bool {
    let plain = matches!(
        inst.how,
        How::Nothing
            | How::Int
            | How::BigInt
            | How::Float
            | How::IntTrueDiv
            | How::Bool
            | How::Mixed
            | How::Identity
            | How::Constant(_)
            | How::Item(_)
            | How::Char
            | How::Str
            | How::Concat
            | How::Watched
            | How::Size
            | How::Known(_)
            | How::Pure
            | How::Leave(_)
    );
    match inst.op {
        Op::Const(_)
        | Op::Null
        | Op::None
        | Op::CheckBound(_)
        | Op::SetLocal { .. }
        | Op::SetName { .. }
        | Op::LoadGlobal(_)
        | Op::LoadName(_)
        | Op::LoadCell(_)
        | Op::Unary(..)
        | Op::Not(_)
        | Op::ToBool(_)
        | Op::Binary { inplace: false, .. }
        | Op::Compare { .. }
        | Op::Is { .. }
        | Op::Subscr { .. }
        | Op::Unpack { .. }
        | Op::BuildTuple(_)
        | Op::Poll => plain,
        // In place, a list could lose its items.
        Op::Binary { .. } => matches!(inst.how, How::Int | How::Float | How::IntTrueDiv),
        Op::LoadMethod { .. } => matches!(inst.how, How::Append | How::Builtin(_)),
        Op::Call { .. } => matches!(inst.how, How::Known(_) | How::Builtin(_) | How::Plain(_)),
        _ => false,
    }
}

struct Pass<'a> {
    f: &'a Function,
    /// Values that live as long as the unit.
    permanent: BTreeSet<Value>,
    /// Container of each candidate found so far.
    container: BTreeMap<Value, Value>,
    found: Borrowed,
}

pub fn analyse(f: &Function) -> Borrowed {
    let permanent = f
        .blocks
        .iter()
        .flat_map(|b| &b.insts)
        .filter(|i| matches!(i.op, Op::Const(_) | Op::LoadGlobal(_)))
        .flat_map(|i| i.outs.iter().copied())
        .collect();
    let mut pass = Pass {
        f,
        permanent,
        container: BTreeMap::new(),
        found: Borrowed::default(),
    };
    let entries = f.entries();
    for b in 1..f.blocks.len() {
        let block = &f.blocks[b];
        for (i, inst) in block.insts.iter().enumerate() {
            let container = match inst.op {
                Op::Subscr { container, .. } => container,
                Op::Unpack { sequence, .. } => sequence,
                _ => continue,
            };
            if !matches!(inst.how, How::Item(_)) {
                continue;
            }
            for &out in &inst.outs {
                if pass.is_held(b, i + 1, out, container) {
                    pass.container.insert(out, container);
                    pass.found.loaded.insert(out);
                }
            }
        }
        if let Term::ForIter {
            iter,
            item,
            ref body,
            how: How::Iter(_),
            ..
        } = block.term
            && body.args.iter().all(|&a| a != item)
            && body.to.0 as usize > b
            && entries[body.to.0 as usize] == 1
            && pass.is_held(body.to.0 as usize, 0, item, iter)
            && !pass.enters_local(item)
        {
            pass.container.insert(item, iter);
            pass.found.items.insert(item);
        }
    }
    pass.found
}

impl Pass<'_> {
    fn enters_local(&self, v: Value) -> bool {
        self.f
            .blocks
            .iter()
            .flat_map(|b| &b.insts)
            .any(|i| matches!(i.op, Op::SetLocal { value, .. } if value == v))
    }

    /// The value, an object loaded before instruction `from` of the block, is held by its container until its last
    /// use, which is in this block.
    fn is_held(&self, b: usize, from: usize, v: Value, container: Value) -> bool {
        let f = self.f;
        if f.ty(v).is_raw() || matches!(f.ty(v), Ty::Bottom | Ty::Null | Ty::None) {
            return false;
        }
        let block = &f.blocks[b];
        for edge in block.term.edges() {
            if f.state(f.block(edge.to).entry_state).stack.contains(&v) {
                return false;
            }
        }
        if let Some(catch) = block.catch
            && f.state(f.block(catch.to).entry_state).stack.contains(&v)
        {
            return false;
        }
        let uses = |inst: &Inst| {
            let mut used = f.state(inst.state).stack.contains(&v);
            inst.op.operands(|o| used |= o == v);
            used
        };
        let in_term = f.state(block.term_state).stack.contains(&v)
            || block.term.edges().iter().any(|e| e.args.contains(&v))
            || matches!(block.term, Term::Return(o) if o == v);
        let last = if in_term {
            block.insts.len()
        } else {
            match block.insts.iter().rposition(uses) {
                Some(last) if last >= from => last,
                _ => return true,
            }
        };
        let range = &block.insts[from..last];
        if !range.iter().all(keeps_containers) {
            return false;
        }
        let last_state = block.insts.get(last).map_or(block.term_state, |i| i.state);
        range
            .iter()
            .map(|i| i.state)
            .chain([last_state])
            .all(|state| self.is_anchored(state, container))
    }

    /// Something that outlasts this state holds the container, or the container of the container.
    fn is_anchored(&self, state: StateId, mut container: Value) -> bool {
        let state = self.f.state(state);
        loop {
            if self.permanent.contains(&container)
                || state.locals.contains(&container)
                || state.stack.contains(&container)
            {
                return true;
            }
            match self.container.get(&container) {
                Some(&outer) => container = outer,
                None => return false,
            }
        }
    }
}
