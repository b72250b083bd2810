//! Which exception handlers belong to a unit.
//!
//! A handler that the unit does not contain is the interpreter's: the frame is handed over where the exception is raised.
//! That is so for handlers that have not run yet (they are compiled when they have), for those that only raise again or
//! leave the loop that the unit is about, and for all of them where the graph with handlers is irreducible: a loop
//! entered inside of a `try` that lies in a loop around it.

use super::Refusal;
use super::cfg::{self, Cfg};
use super::lower::Entry;
use pyaot_runtime::code::CodeInfo;
use std::collections::{BTreeSet, HashMap};

/// Code units where handlers begin.
type Targets = BTreeSet<u32>;

/// The blocks of a unit entered at the instruction at index `start`.
pub fn build(code: &CodeInfo, entry: &Entry, start: usize, prune: bool) -> Result<Cfg, Refusal> {
    let plain = || Cfg::build(code, start, &|_| false);
    // With names in registers no Python code may run, and little raises.
    if matches!(entry, Entry::Loop { names, .. } if !names.is_empty()) {
        return plain();
    }
    let index = cfg::index_of(code);
    let mut wanted: Targets = code.handlers.iter().map(|h| h.target).collect();
    wanted.retain(|target| !prune || has_run(code, &index, *target));
    while !wanted.is_empty() {
        let Ok(cfg) = Cfg::build(code, start, &|target| wanted.contains(&target)) else {
            return plain();
        };
        let of_use = targets_of_use(code, &cfg, entry);
        if of_use == wanted {
            return Ok(cfg);
        }
        wanted = of_use;
    }
    plain()
}

/// The instruction's exceptions go to a handler that had not run when the code was read.
pub fn is_new(code: &CodeInfo, at: u32) -> bool {
    code.handler(at)
        .is_some_and(|h| !has_run(code, &cfg::index_of(code), h.target))
}

/// The interpreter has run the handler at this code unit, as far as its first inline cache tells.
fn has_run(code: &CodeInfo, index: &HashMap<u32, usize>, target: u32) -> bool {
    let Some(&first) = index.get(&target) else {
        return false;
    };
    let mut straight = code.instrs[first..]
        .iter()
        .take_while(|i| !cfg::is_end(i.op) && cfg::target(i).is_none());
    straight
        .find(|i| i.next > i.at + 1)
        .is_none_or(|cached| !cached.unreached)
}

/// Handlers after which the unit goes on: that lead to a return, or round the loop.
fn targets_of_use(code: &CodeInfo, cfg: &Cfg, entry: &Entry) -> Targets {
    let goes_on = match entry {
        Entry::Loop { .. } => cfg.blocks[0].body.clone(),
        Entry::Call => {
            let returns = |b: &usize| {
                let last = &code.instrs[cfg.blocks[*b].end - 1];
                matches!(last.op, "RETURN_VALUE" | "RETURN_CONST")
            };
            let mut found: BTreeSet<usize> = (0..cfg.blocks.len()).filter(returns).collect();
            let mut work: Vec<usize> = found.iter().copied().collect();
            while let Some(b) = work.pop() {
                for &before in &cfg.blocks[b].predecessors {
                    if found.insert(before) {
                        work.push(before);
                    }
                }
            }
            found
        }
    };
    let catches = cfg.blocks.iter().filter_map(|b| b.catch);
    catches
        .filter(|(block, _)| goes_on.contains(block))
        .map(|(_, handler)| handler.target)
        .collect()
}
