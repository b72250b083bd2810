//! Checks that HIR is well formed: run after each pass in debug builds, and by the tests.

use super::*;

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
}

/// Checks edges, single definitions, and that definitions dominate uses (frame states included).
pub fn verify(f: &Function) -> Result<(), Malformed> {
    let mut defined_in: Vec<Option<usize>> = vec![None; f.types.len()];
    let mut define = |v: Value, b: usize| match defined_in[v.0 as usize].replace(b) {
        Some(_) => Err(Malformed::DefinedTwice(v)),
        None => Ok(()),
    };
    for (b, block) in f.blocks.iter().enumerate() {
        for param in &block.params {
            define(param.value, b)?;
        }
        for inst in &block.insts {
            for &v in &inst.outs {
                define(v, b)?;
            }
        }
        if let Term::ForIter { item, body, .. } = &block.term {
            define(*item, body.to.0 as usize)?;
        }
        if matches!(block.term, Term::None) {
            return Err(Malformed::Unterminated(BlockId(b as u32)));
        }
        for edge in block.term.edges() {
            let params = f.block(edge.to).params.len();
            if edge.args.len() != params {
                return Err(Malformed::Arguments(
                    BlockId(b as u32),
                    edge.args.len(),
                    edge.to,
                    params,
                ));
            }
        }
    }
    let dominators = dominators(f);
    for (b, block) in f.blocks.iter().enumerate() {
        if dominators[b].is_none() {
            continue;
        }
        let mut seen: std::collections::HashSet<Value> =
            block.params.iter().map(|p| p.value).collect();
        let ok = |v: Value, seen: &std::collections::HashSet<Value>| {
            let Some(home) = defined_in[v.0 as usize] else {
                return false;
            };
            if home == b && seen.contains(&v) {
                return true;
            }
            // A loop item is defined on the edge into its block.
            let mut at = b;
            if home == b && !block.insts.iter().any(|i| i.outs.contains(&v)) {
                return true;
            }
            while let Some(up) = dominators[at] {
                if up == at {
                    break;
                }
                at = up;
                if at == home {
                    return true;
                }
            }
            false
        };
        for inst in &block.insts {
            let mut bad = None;
            inst.op.operands(|v| {
                if !ok(v, &seen) {
                    bad = Some(v);
                }
            });
            if let Some(v) = bad {
                return Err(Malformed::NotDominated(BlockId(b as u32), v));
            }
            seen.extend(inst.outs.iter().copied());
        }
        let state = f.state(block.entry_state);
        for &v in state.locals.iter().chain(&state.stack).chain(&state.names) {
            if b > 0 && !ok(v, &seen) {
                return Err(Malformed::NotDominated(BlockId(b as u32), v));
            }
        }
        for edge in block.term.edges() {
            for &v in &edge.args {
                let item = matches!(&block.term, Term::ForIter { item, .. } if *item == v);
                if !item && !ok(v, &seen) {
                    return Err(Malformed::NotDominated(BlockId(b as u32), v));
                }
            }
        }
    }
    Ok(())
}

/// Immediate dominator of each reachable block (Cooper, Harvey, Kennedy); blocks are in reverse postorder.
pub fn dominators(f: &Function) -> Vec<Option<usize>> {
    let preds = f.predecessors();
    let mut idom: Vec<Option<usize>> = vec![None; f.blocks.len()];
    idom[0] = Some(0);
    let mut changed = true;
    while changed {
        changed = false;
        for b in 1..f.blocks.len() {
            let mut new: Option<usize> = None;
            for p in preds[b].iter().map(|p| p.0 as usize) {
                if idom[p].is_none() {
                    continue;
                }
                new = Some(match new {
                    None => p,
                    Some(mut other) => {
                        let mut p = p;
                        while p != other {
                            while p > other {
                                p = idom[p].unwrap_or(0);
                            }
                            while other > p {
                                other = idom[other].unwrap_or(0);
                            }
                        }
                        p
                    }
                });
            }
            if new.is_some() && new != idom[b] {
                idom[b] = new;
                changed = true;
            }
        }
    }
    idom
}
