//! Checks that HIR is well formed: run after each pass in debug builds, and by the tests.

use super::*;
use std::collections::HashSet;

/// What is wrong with a function.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    #[error("{0:?} passes {1} arguments to {2:?}, which has {3} parameters")]
    Arguments(BlockId, usize, BlockId, usize),
    #[error("{0:?} has no terminator")]
    Unterminated(BlockId),
    #[error("{0:?} is defined twice")]
    DefinedTwice(Value),
    #[error("{1:?} is used in {0:?} where its definition does not dominate")]
    NotDominated(BlockId, Value),
    #[error("{0:?} names a block, a state or a value that does not exist")]
    Unknown(BlockId),
    #[error("a state of {0:?} has {1} locals, the function has {2}")]
    Locals(BlockId, usize, u32),
    #[error("{0:?} has {1} results in {2:?}")]
    Results(BlockId, usize, Op),
    #[error("{0:?} is a handler that {1:?} jumps to")]
    Handler(BlockId, BlockId),
    #[error("{0:?} is entered with {1} entries on the stack from {2:?}, with {3} of its own")]
    Depth(BlockId, usize, BlockId, usize),
}

/// Checks that what is named exists, edges, single definitions, depths of the value stack, and that definitions dominate
/// uses (frame states included).
pub fn verify(f: &Function) -> Result<(), Malformed> {
    let mut defined_in: Vec<Option<Home>> = vec![None; f.types.len()];
    for (b, block) in f.blocks.iter().enumerate() {
        exists(f, b, block)?;
        let mut define = |v: Value, block: usize, by_instruction: bool| {
            let home = Home {
                block,
                by_instruction,
            };
            match defined_in[v.0 as usize].replace(home) {
                Some(_) => Err(Malformed::DefinedTwice(v)),
                None => Ok(()),
            }
        };
        for param in &block.params {
            define(param.value, b, false)?;
        }
        for inst in &block.insts {
            if inst.op.results().is_some_and(|n| n != inst.outs.len()) {
                let (id, n) = (BlockId(b as u32), inst.outs.len());
                return Err(Malformed::Results(id, n, inst.op.clone()));
            }
            for &v in &inst.outs {
                define(v, b, true)?;
            }
        }
        if let Term::ForIter { item, body, .. } = &block.term {
            define(*item, body.to.0 as usize, false)?;
        }
        if matches!(block.term, Term::None) {
            return Err(Malformed::Unterminated(BlockId(b as u32)));
        }
        for edge in block.term.edges() {
            let params = f.block(edge.to).params.len();
            if edge.args.len() != params {
                let id = BlockId(b as u32);
                return Err(Malformed::Arguments(id, edge.args.len(), edge.to, params));
            }
        }
    }
    let idom = dominators::immediate(f);
    let handlers = f.handlers();
    for (b, block) in f.blocks.iter().enumerate() {
        for edge in block.term.edges() {
            if handlers[edge.to.0 as usize] {
                return Err(Malformed::Handler(edge.to, BlockId(b as u32)));
            }
        }
    }
    for (b, block) in f.blocks.iter().enumerate() {
        // What nothing reaches is as good as absent.
        if b == 0 || idom[b].is_some() {
            depths(f, b, block)?;
            uses(f, b, block, &defined_in, &idom)?;
        }
    }
    Ok(())
}

/// Where a value is defined: by an instruction, or at the start of the block.
#[derive(Clone, Copy)]
struct Home {
    block: usize,
    by_instruction: bool,
}

/// Blocks, states and values that the block names exist; its states have as many locals as the function.
fn exists(f: &Function, b: usize, block: &Block) -> Result<(), Malformed> {
    let id = BlockId(b as u32);
    let known = |v: Value| (v.0 as usize) < f.types.len();
    let mut all =
        block.term.edges().iter().all(|edge| {
            (edge.to.0 as usize) < f.blocks.len() && edge.args.iter().copied().all(known)
        });
    all &= block.params.iter().all(|p| known(p.value));
    all &= block
        .catch
        .is_none_or(|c| (c.to.0 as usize) < f.blocks.len());
    match &block.term {
        Term::Branch { cond, .. } => all &= known(*cond),
        Term::ForIter { iter, item, .. } => all &= known(*iter) && known(*item),
        Term::Return(v) => all &= known(*v),
        Term::Jump(_) | Term::Exit(_) | Term::None => {}
    }
    for inst in &block.insts {
        inst.op.operands(|v| all &= known(v));
        all &= inst.outs.iter().copied().all(known);
    }
    let states = block.insts.iter().map(|i| i.state);
    for state in states.chain([block.entry_state, block.term_state]) {
        let Some(state) = f.states.get(state.0 as usize) else {
            return Err(Malformed::Unknown(id));
        };
        let (locals, others) = (&state.locals, state.stack.iter().chain(&state.names));
        all &= locals.iter().chain(others).copied().all(known);
        if locals.len() != f.nlocalsplus as usize {
            return Err(Malformed::Locals(id, locals.len(), f.nlocalsplus));
        }
    }
    if all {
        Ok(())
    } else {
        Err(Malformed::Unknown(id))
    }
}

/// Each edge of a `for`, and each exception, leaves as many entries on the stack as its target begins with.
fn depths(f: &Function, b: usize, block: &Block) -> Result<(), Malformed> {
    if let Some(catch) = block.catch {
        let (depth, id) = (catch.stack(), BlockId(b as u32));
        let own = f.state(f.block(catch.to).entry_state).stack.len();
        let enough = |&state: &StateId| f.state(state).stack.len() >= catch.depth as usize;
        if own != depth || !f.raising_states(b).iter().all(enough) {
            return Err(Malformed::Depth(catch.to, depth, id, own));
        }
    }
    let Term::ForIter { body, done, .. } = &block.term else {
        return Ok(());
    };
    let before = f.state(block.term_state).stack.len();
    for (edge, depth) in [(body, before + 1), (done, before.wrapping_sub(1))] {
        let own = f.state(f.block(edge.to).entry_state).stack.len();
        if own != depth {
            return Err(Malformed::Depth(edge.to, depth, BlockId(b as u32), own));
        }
    }
    Ok(())
}

/// Definitions dominate uses.
fn uses(
    f: &Function,
    b: usize,
    block: &Block,
    defined_in: &[Option<Home>],
    idom: &[Option<dominators::Dominator>],
) -> Result<(), Malformed> {
    let mut seen: HashSet<Value> = block.params.iter().map(|p| p.value).collect();
    let ok = |v: Value, seen: &HashSet<Value>| {
        let Some(home) = defined_in[v.0 as usize] else {
            return false;
        };
        if home.block == b {
            // A loop item is defined on the edge into its block.
            return seen.contains(&v) || !block.insts.iter().any(|i| i.outs.contains(&v));
        }
        let mut at = b;
        while let Some(up) = idom[at] {
            at = up.block;
            if at == home.block {
                return up.whole || !home.by_instruction;
            }
        }
        false
    };
    let check = |v: Value, seen: &HashSet<Value>| {
        if ok(v, seen) {
            Ok(())
        } else {
            Err(Malformed::NotDominated(BlockId(b as u32), v))
        }
    };
    let frame = |id: StateId, seen: &HashSet<Value>| {
        let state = f.state(id);
        let mut all = state.locals.iter().chain(&state.stack).chain(&state.names);
        // The first block defines the entry's slots itself, all in one state.
        all.try_for_each(|&v| if b == 0 { Ok(()) } else { check(v, seen) })
    };
    frame(block.entry_state, &seen)?;
    for inst in &block.insts {
        frame(inst.state, &seen)?;
        let mut outcome = Ok(());
        inst.op.operands(|v| {
            if outcome.is_ok() {
                outcome = check(v, &seen);
            }
        });
        outcome?;
        seen.extend(inst.outs.iter().copied());
    }
    frame(block.term_state, &seen)?;
    match &block.term {
        Term::Branch { cond, .. } => check(*cond, &seen)?,
        Term::ForIter { iter, .. } => check(*iter, &seen)?,
        Term::Return(v) => check(*v, &seen)?,
        Term::Jump(_) | Term::Exit(_) | Term::None => {}
    }
    for edge in block.term.edges() {
        for &v in &edge.args {
            let item = matches!(&block.term, Term::ForIter { item, body, .. }
                if *item == v && std::ptr::eq(body, edge));
            if !item {
                check(v, &seen)?;
            }
        }
    }
    Ok(())
}
