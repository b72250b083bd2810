//! Dominators of a control-flow graph (Cooper, Harvey and Kennedy, "A simple, fast dominance algorithm").
//!
//! An exception edge leaves a block somewhere in its middle. So each block is two nodes, its start and its end, and
//! exception edges leave from the start.

use super::Function;

/// What dominates a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dominator {
    pub block: usize,
    /// All of that block, not only its start.
    pub whole: bool,
}

/// The immediate dominator of each block; the entry and blocks that nothing reaches have none.
pub fn immediate(f: &Function) -> Vec<Option<Dominator>> {
    let n = f.blocks.len();
    let nodes = nodes(f);
    let dominator = |node: usize| Dominator {
        block: node % n,
        whole: node >= n,
    };
    nodes
        .into_iter()
        .take(n)
        .map(|up| up.map(dominator))
        .collect()
}

/// The immediate dominator of each node: starts of blocks, then their ends.
fn nodes(f: &Function) -> Vec<Option<usize>> {
    let blocks = f.blocks.len();
    if blocks == 0 {
        return Vec::new();
    }
    let n = 2 * blocks;
    let successors = |node: usize| -> Vec<usize> {
        if node < blocks {
            let catch = f.blocks[node].catch.map(|c| c.to.0 as usize);
            return [node + blocks].into_iter().chain(catch).collect();
        }
        let edges = f.blocks[node - blocks].term.edges();
        edges.iter().map(|e| e.to.0 as usize).collect()
    };
    // Postorder, without recursion.
    let mut order = vec![usize::MAX; n];
    let mut postorder = Vec::with_capacity(n);
    let mut seen = vec![false; n];
    let mut stack = vec![(0, successors(0))];
    seen[0] = true;
    while let Some((b, rest)) = stack.last_mut() {
        match rest.pop() {
            Some(next) if !seen[next] => {
                seen[next] = true;
                stack.push((next, successors(next)));
            }
            Some(_) => {}
            None => {
                order[*b] = postorder.len();
                postorder.push(*b);
                stack.pop();
            }
        }
    }
    let mut predecessors = vec![Vec::new(); n];
    for &b in &postorder {
        for to in successors(b) {
            predecessors[to].push(b);
        }
    }
    let mut idom: Vec<Option<usize>> = vec![None; n];
    idom[0] = Some(0);
    let mut changed = true;
    while changed {
        changed = false;
        for &b in postorder.iter().rev().filter(|&&b| b != 0) {
            let mut new: Option<usize> = None;
            for &p in &predecessors[b] {
                if idom[p].is_none() {
                    continue;
                }
                new = Some(match new {
                    None => p,
                    Some(other) => {
                        let (mut x, mut y) = (p, other);
                        while x != y {
                            while order[x] < order[y] {
                                x = idom[x].unwrap_or(0);
                            }
                            while order[y] < order[x] {
                                y = idom[y].unwrap_or(0);
                            }
                        }
                        x
                    }
                });
            }
            if new != idom[b] {
                idom[b] = new;
                changed = true;
            }
        }
    }
    idom[0] = None;
    idom
}
