//! Basic blocks of the bytecode reachable from an entry, in reverse postorder, with loops. Exception handlers are among
//! them where they are wanted (`handlers`): all instructions of a block have the same one.

use super::Refusal;
use pyaot_runtime::code::{CodeInfo, Handler, Instr};
use std::collections::{BTreeSet, HashMap};

/// A basic block of bytecode.
#[derive(Debug)]
pub struct Block {
    /// Instructions by index, first and one past the last.
    pub first: usize,
    pub end: usize,
    pub successors: Vec<usize>,
    /// The blocks that jump here, and of a handler, those whose exceptions come here.
    pub predecessors: Vec<usize>,
    /// Where exceptions go, and how the exception table says so.
    pub catch: Option<(usize, Handler)>,
    /// Target of a back-edge.
    pub header: bool,
    /// Blocks of the loop of this header, by position in `Cfg::blocks`.
    pub body: BTreeSet<usize>,
}

/// Blocks in reverse postorder; the entry is the first.
#[derive(Debug)]
pub struct Cfg {
    pub blocks: Vec<Block>,
}

/// Index of the instruction whose prefixes or itself start at a code unit.
pub fn index_of(code: &CodeInfo) -> HashMap<u32, usize> {
    let mut map = HashMap::new();
    for (i, instr) in code.instrs.iter().enumerate() {
        map.entry(instr.start).or_insert(i);
        map.entry(instr.at).or_insert(i);
    }
    map
}

/// Target of a jump in code units.
pub fn target(instr: &Instr) -> Option<u32> {
    let op = instr.op;
    if op == "JUMP_BACKWARD" || op == "JUMP_BACKWARD_NO_INTERRUPT" {
        instr.next.checked_sub(instr.arg)
    } else if op == "JUMP_FORWARD" || op.starts_with("POP_JUMP_IF") || op == "SEND" {
        Some(instr.next + instr.arg)
    } else if op == "FOR_ITER" {
        // The iterator is popped on the way: END_FOR (and on 3.13 POP_TOP) are skipped.
        Some(instr.next + instr.arg + if pyaot_runtime::layout::PY_3_13 { 2 } else { 1 })
    } else {
        None
    }
}

/// Control never falls through.
pub fn is_end(op: &str) -> bool {
    matches!(
        op,
        "RETURN_VALUE"
            | "RETURN_CONST"
            | "RAISE_VARARGS"
            | "RERAISE"
            | "JUMP_FORWARD"
            | "JUMP_BACKWARD"
            | "JUMP_BACKWARD_NO_INTERRUPT"
            | "INTERPRETER_EXIT"
    )
}

impl Cfg {
    /// Blocks reachable from the instruction at index `entry`, through handlers that `wanted` (by code unit) wants too.
    pub fn build(
        code: &CodeInfo,
        entry: usize,
        wanted: &dyn Fn(u32) -> bool,
    ) -> Result<Cfg, Refusal> {
        let index = index_of(code);
        let handler = |i: usize| {
            code.handler(code.instrs[i].at)
                .filter(|h| wanted(h.target))
                .and_then(|h| Some((*index.get(&h.target)?, h)))
        };
        let jump = |i: usize| -> Result<Option<usize>, Refusal> {
            match target(&code.instrs[i]) {
                None => Ok(None),
                Some(unit) => index.get(&unit).copied().map(Some).ok_or(Refusal::BadJump),
            }
        };
        // Leaders among the reachable instructions.
        let mut leaders = BTreeSet::from([entry]);
        let mut reached = vec![false; code.instrs.len()];
        let mut work = vec![entry];
        while let Some(start) = work.pop() {
            let mut i = start;
            let mut covered = handler(i);
            while i < code.instrs.len() && !reached[i] {
                reached[i] = true;
                let own = handler(i);
                if own != covered {
                    leaders.insert(i);
                    covered = own;
                }
                if let Some((target, _)) = own {
                    leaders.insert(target);
                    work.push(target);
                }
                if let Some(to) = jump(i)? {
                    leaders.insert(to);
                    leaders.insert(i + 1);
                    work.push(to);
                }
                if is_end(code.instrs[i].op) {
                    break;
                }
                i += 1;
                // From here on nothing of the exception is left.
                if code.instrs[i - 1].op == "POP_EXCEPT" {
                    leaders.insert(i);
                }
            }
        }
        leaders.retain(|&l| reached.get(l).copied().unwrap_or(false));
        let starts: Vec<usize> = leaders.iter().copied().collect();
        let position: HashMap<usize, usize> =
            starts.iter().enumerate().map(|(p, &s)| (s, p)).collect();
        let mut raw: Vec<(usize, usize, Vec<usize>)> = Vec::new();
        let mut catches: Vec<Option<(usize, Handler)>> = Vec::new();
        for (p, &first) in starts.iter().enumerate() {
            let limit = starts.get(p + 1).copied().unwrap_or(code.instrs.len());
            let mut end = first;
            while end < limit && reached[end] {
                end += 1;
                if is_end(code.instrs[end - 1].op) || target(&code.instrs[end - 1]).is_some() {
                    break;
                }
            }
            let last = end - 1;
            let mut successors = Vec::new();
            if !is_end(code.instrs[last].op) {
                successors.push(*position.get(&end).ok_or(Refusal::BadJump)?);
            }
            if let Some(to) = jump(last)? {
                let to = position[&to];
                if !successors.contains(&to) {
                    successors.push(to);
                }
            }
            raw.push((first, end, successors));
            catches.push(handler(first).map(|(target, h)| (position[&target], h)));
        }
        // What jumps to a handler leaves no exception on the stack.
        let caught: BTreeSet<usize> = catches.iter().flatten().map(|c| c.0).collect();
        if raw.iter().any(|b| b.2.iter().any(|s| caught.contains(s)))
            || caught.contains(&position[&entry])
        {
            return Err(Refusal::Irreducible);
        }
        // Reverse postorder.
        let mut order = Vec::new();
        let mut state = vec![0u8; raw.len()];
        let mut stack = vec![(position[&entry], 0usize)];
        state[position[&entry]] = 1;
        let mut back = Vec::new();
        while let Some((b, k)) = stack.pop() {
            // The handler first, so that it stands last.
            let next = match (k, catches[b]) {
                (0, Some((handler, _))) => Some(handler),
                (k, catch) => raw[b].2.get(k - usize::from(catch.is_some())).copied(),
            };
            if let Some(s) = next {
                stack.push((b, k + 1));
                match state[s] {
                    0 => {
                        state[s] = 1;
                        stack.push((s, 0));
                    }
                    1 if caught.contains(&s) => return Err(Refusal::Irreducible),
                    1 => back.push((b, s)),
                    _ => {}
                }
            } else {
                state[b] = 2;
                order.push(b);
            }
        }
        order.reverse();
        let rank: HashMap<usize, usize> = order.iter().enumerate().map(|(r, &b)| (b, r)).collect();
        let mut blocks: Vec<Block> = order
            .iter()
            .map(|&b| Block {
                first: raw[b].0,
                end: raw[b].1,
                successors: raw[b].2.iter().map(|s| rank[s]).collect(),
                predecessors: Vec::new(),
                catch: catches[b].map(|(target, h)| (rank[&target], h)),
                header: false,
                body: BTreeSet::new(),
            })
            .collect();
        for b in 0..blocks.len() {
            for s in blocks[b].successors.clone() {
                blocks[s].predecessors.push(b);
            }
            if let Some((handler, _)) = blocks[b].catch {
                blocks[handler].predecessors.push(b);
            }
        }
        // Natural loops. A header must dominate the sources of its back-edges: the walk back must not pass the entry.
        for (from, to) in back {
            let (from, to) = (rank[&from], rank[&to]);
            blocks[to].header = true;
            let mut body = BTreeSet::from([to]);
            let mut work = vec![from];
            while let Some(b) = work.pop() {
                if body.insert(b) {
                    if b == 0 || b < to {
                        return Err(Refusal::Irreducible);
                    }
                    work.extend(blocks[b].predecessors.iter().copied());
                }
            }
            blocks[to].body.extend(body);
        }
        Ok(Cfg { blocks })
    }
}
