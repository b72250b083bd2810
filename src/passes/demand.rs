//! How values are used: as numbers (and which), or as objects.
//!
//! CPython's inline caches say at each use what its operands were. That knowledge is carried backwards through block
//! parameters to the definitions: a list item that is only ever used as an `int` is unboxed where it is loaded; one
//! that is stored into another container stays an object, so that its identity is kept.

use crate::facts::Facts;
use crate::hir::*;
use pyaot_runtime::code::{CodeInfo, Const};
use pyaot_runtime::unit::{GlobalFact, TypeTag};

/// Result of the analysis, by value.
#[derive(Clone, Debug)]
pub struct Demand {
    /// Type that the uses expect.
    pub hint: Vec<Option<TypeTag>>,
    /// Some use needs the object.
    pub needs_box: Vec<bool>,
    /// Several places see the object, so it must be one object: it is boxed where it is computed.
    pub one_box: Vec<bool>,
}

impl Demand {
    pub fn hint(&self, v: Value) -> Option<TypeTag> {
        self.hint[v.0 as usize]
    }
    pub fn one_box(&self, v: Value) -> bool {
        self.one_box[v.0 as usize]
    }
    pub fn needs_box(&self, v: Value) -> bool {
        self.needs_box[v.0 as usize]
    }
}

/// Operand types that a specialised instruction has seen.
pub fn seen_operands(seen: &str) -> Option<TypeTag> {
    match seen {
        "BINARY_OP_ADD_INT"
        | "BINARY_OP_SUBTRACT_INT"
        | "BINARY_OP_MULTIPLY_INT"
        | "COMPARE_OP_INT" => Some(TypeTag::Int),
        "BINARY_OP_ADD_FLOAT"
        | "BINARY_OP_SUBTRACT_FLOAT"
        | "BINARY_OP_MULTIPLY_FLOAT"
        | "COMPARE_OP_FLOAT" => Some(TypeTag::Float),
        _ => None,
    }
}

pub fn analyse(f: &Function, code: &CodeInfo, facts: &Facts) -> Demand {
    let n = f.types.len();
    let mut strong: Vec<Option<TypeTag>> = vec![None; n];
    let mut weak: Vec<Option<TypeTag>> = vec![None; n];
    let mut needs_box = vec![false; n];
    let mut constant: Vec<Option<TypeTag>> = vec![None; n];
    let mut direct = vec![false; n];
    let known = |key: u32| {
        facts.own.contains(&key)
            || facts.callees.contains_key(&key)
            || matches!(facts.globals.get(&key), Some(GlobalFact::Known(_)))
    };
    for (value, key) in f.global_keys() {
        direct[value.0 as usize] = known(key);
    }
    for block in &f.blocks {
        for inst in &block.insts {
            match &inst.op {
                Op::Const(i) => {
                    constant[inst.outs[0].0 as usize] = match code.consts.get(*i as usize) {
                        Some(Const::Int(_)) => Some(TypeTag::Int),
                        Some(Const::Float(_)) => Some(TypeTag::Float),
                        _ => None,
                    }
                }
                // The callable is the first or, on 3.12, the second of the two results where there is no method.
                Op::LoadMethod { .. } => {
                    let at = code.instrs[inst.origin as usize].at;
                    let found = facts.method(at).is_some();
                    inst.outs.iter().for_each(|v| direct[v.0 as usize] |= found);
                }
                _ => {}
            }
        }
    }
    for block in &f.blocks {
        for inst in &block.insts {
            let seen = code.instrs[inst.origin as usize].seen;
            match &inst.op {
                Op::Binary { op, a, b, .. } => {
                    if let Some(tag) = seen_operands(seen) {
                        strong[a.0 as usize] = Some(tag);
                        strong[b.0 as usize] = Some(tag);
                    } else if !matches!(op, Bin::Add | Bin::Sub | Bin::Mul) {
                        for (v, other) in [(a, b), (b, a)] {
                            if let Some(tag) = constant[other.0 as usize] {
                                weak[v.0 as usize] = Some(tag);
                            }
                        }
                    }
                }
                Op::Compare { a, b, .. } => {
                    if let Some(tag) = seen_operands(seen) {
                        strong[a.0 as usize] = Some(tag);
                        strong[b.0 as usize] = Some(tag);
                    }
                }
                Op::ToBool(a) => match seen {
                    "TO_BOOL_BOOL" => strong[a.0 as usize] = Some(TypeTag::Bool),
                    "TO_BOOL_INT" => strong[a.0 as usize] = Some(TypeTag::Int),
                    _ => {}
                },
                Op::Subscr { index, .. } => {
                    if matches!(
                        seen,
                        "BINARY_SUBSCR_LIST_INT"
                            | "BINARY_SUBSCR_TUPLE_INT"
                            | "BINARY_SUBSCR_STR_INT"
                    ) {
                        strong[index.0 as usize] = Some(TypeTag::Int);
                    } else if seen == "BINARY_SUBSCR_DICT" || seen == "BINARY_SUBSCR_GETITEM" {
                        needs_box[index.0 as usize] = true;
                    }
                }
                Op::StoreSubscr { index, value, .. } => {
                    needs_box[value.0 as usize] = true;
                    if seen == "STORE_SUBSCR_LIST_INT" {
                        strong[index.0 as usize] = Some(TypeTag::Int);
                    }
                }
                Op::BuildList(items) | Op::BuildTuple(items) | Op::Generic(_, items) => {
                    items.iter().for_each(|v| needs_box[v.0 as usize] = true)
                }
                Op::ListAppend { value, .. } | Op::StoreCell { value, .. } | Op::NewCell(value) => {
                    needs_box[value.0 as usize] = true
                }
                Op::Is { a, b, .. } => {
                    needs_box[a.0 as usize] = true;
                    needs_box[b.0 as usize] = true;
                }
                Op::Contains {
                    item, container, ..
                } => {
                    needs_box[item.0 as usize] = true;
                    needs_box[container.0 as usize] = true;
                }
                Op::Call { callee, args, .. } if !direct[callee.0 as usize] => {
                    args.iter().for_each(|v| needs_box[v.0 as usize] = true)
                }
                _ => {}
            }
        }
    }
    keep_identity(f, &mut needs_box);
    let mut hint: Vec<Option<TypeTag>> = strong.iter().zip(&weak).map(|(s, w)| s.or(*w)).collect();
    let flows = f.flows();
    let mut changed = true;
    while changed {
        changed = false;
        for (_, _, param, arg) in &flows {
            let (p, a) = (param.value.0 as usize, arg.0 as usize);
            if hint[a].is_none() && hint[p].is_some() {
                hint[a] = hint[p];
                changed = true;
            }
            if needs_box[p] && !needs_box[a] {
                needs_box[a] = true;
                changed = true;
            }
        }
    }
    let one_box = one_box(f, &direct);
    Demand {
        hint,
        needs_box,
        one_box,
    }
}

/// Values that more than one place sees as an object: stored into containers or passed on twice, or once and kept in a
/// local slot.
fn one_box(f: &Function, direct: &[bool]) -> Vec<bool> {
    let mut seen = vec![0u32; f.types.len()];
    let mut kept = vec![false; f.types.len()];
    for inst in f.blocks.iter().flat_map(|b| &b.insts) {
        match &inst.op {
            Op::StoreSubscr { value, .. }
            | Op::ListAppend { value, .. }
            | Op::StoreCell { value, .. } => {
                seen[value.0 as usize] += 1;
            }
            Op::BuildList(items) | Op::BuildTuple(items) | Op::Generic(_, items) => {
                items.iter().for_each(|v| seen[v.0 as usize] += 1)
            }
            Op::Call { callee, args, .. } if !direct[callee.0 as usize] => {
                args.iter().for_each(|v| seen[v.0 as usize] += 1)
            }
            Op::SetLocal { value, .. } => kept[value.0 as usize] = true,
            _ => {}
        }
    }
    seen.iter()
        .zip(&kept)
        .map(|(&n, &kept)| n > 1 || (n == 1 && kept))
        .collect()
}

/// Objects that reach a place where the program can see which object it was, without having been computed.
///
/// `box(unbox(v))` must be `v`: a number that came as an object and is kept in a local slot, or returned, stays that
/// object; only what is used up by arithmetic is unboxed for good. Bools have no identity to lose. One exception is
/// made for speed and documented: where a function returns computed numbers as well (`fib`), a number argument that is
/// returned may come back as an equal new object.
fn keep_identity(f: &Function, needs_box: &mut [bool]) {
    // Values that are some object from outside on every path.
    let mut outside = vec![false; f.types.len()];
    let mut loaded = vec![false; f.types.len()];
    for block in &f.blocks {
        for param in &block.params {
            outside[param.value.0 as usize] = true;
        }
        for inst in &block.insts {
            for v in &inst.outs {
                let item = matches!(
                    inst.op,
                    Op::Subscr { .. }
                        | Op::LoadCell(_)
                        | Op::Unpack { .. }
                        | Op::Generic(Gen::LoadAttr(_), _)
                );
                loaded[v.0 as usize] = item;
                outside[v.0 as usize] = item
                    || matches!(
                        inst.op,
                        Op::EntryLocal(_) | Op::EntryStack(_) | Op::Const(_) | Op::Null
                    );
            }
        }
        if let Term::ForIter { item, .. } = &block.term {
            loaded[item.0 as usize] = true;
            outside[item.0 as usize] = true;
        }
    }
    let flows = f.flows();
    let mut changed = true;
    while changed {
        changed = false;
        for (_, _, param, arg) in &flows {
            if outside[param.value.0 as usize] && !outside[arg.0 as usize] {
                outside[param.value.0 as usize] = false;
                changed = true;
            }
        }
    }
    let mut returns = Vec::new();
    for block in &f.blocks {
        for param in &block.params {
            // A loop variable that only ever holds objects from outside.
            needs_box[param.value.0 as usize] |= outside[param.value.0 as usize];
        }
        for inst in &block.insts {
            if let Op::SetLocal { value, .. } = inst.op {
                needs_box[value.0 as usize] |= loaded[value.0 as usize];
            }
        }
        if let Term::Return(v) = block.term {
            returns.push(v);
        }
    }
    let all_outside = returns.iter().all(|v| outside[v.0 as usize]);
    for v in returns {
        needs_box[v.0 as usize] |= all_outside || loaded[v.0 as usize];
    }
}
