//! Whether a unit is worth having: an estimate, in nanoseconds a pass, of what it saves against the interpreter.
//!
//! CPython's specialised instructions are fast: a call of a Python function pushes a frame without leaving the loop, an
//! attribute is one load behind a guard. Native code gains where it computes on unboxed numbers, touches containers and
//! instances directly and calls native code; it loses where it must go through the C API for what the interpreter has
//! specialised. The figures were measured once; only their sum's sign matters.

use crate::frontend::Refusal;
use crate::hir::{Block, Function, Gen, How, Op, Term, Ty, Value};
use pyaot_runtime::code::CodeInfo;
use pyaot_runtime::methods::{BuiltinMethod, PlainFunction};
use pyaot_runtime::unit::{ExitReason, TypeTag, Worth};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::time::Duration;

/// What an instruction of a loop is worth more than one outside.
const LOOP_WEIGHT: f64 = 8.0;

/// What a unit costs and brings, in nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Estimate {
    /// Saved by a call, or by an iteration of the loop that the unit is entered at.
    pub gain: u64,
    /// More would be saved by so much if nothing went through the C API.
    pub lost: u64,
    /// Spent on compiling it.
    pub cost: u64,
}

/// What may be spent on looking at code that is then not compiled, after so much time of the process.
pub fn looking(elapsed: Duration) -> Duration {
    Duration::from_millis(4) + elapsed / 50
}

/// What a look at code of so many code units is expected to take. Frame states grow with the code.
pub fn look(units: u32) -> Duration {
    let units = u64::from(units);
    Duration::from_nanos(2000 * units * (1024 + units) / 1024)
}

/// What so many iterations of a loop have taken at least, its events included.
pub fn iterations(count: u32) -> Duration {
    Duration::from_nanos(100) * count
}

/// What an entry from the interpreter takes.
const ENTRY: u64 = 25;

/// A unit that is estimated to gain so many times what it loses does gain.
const SURE: u64 = 4;

/// Code is expected to run this many times as often as it has run so far: boldly at first, when programs run whatever it is
/// that they run, then, when much was spent on compiling, as carefully as one who may not lose.
fn outlook(spent: u64) -> u64 {
    match spent {
        0..20_000_000 => 6,
        20_000_000..60_000_000 => 2,
        _ => 1,
    }
}

impl Estimate {
    pub fn worth(self) -> Worth {
        if self.gain < ENTRY {
            // The interpreter runs small Python functions without a call in C.
            Worth::Small
        } else if self.lost * SURE > self.gain + self.lost {
            Worth::Doubtful
        } else {
            Worth::Sure
        }
    }

    /// How often the code must have run before it is worth its compilation; `spent`: nanoseconds of compilation so far.
    pub fn break_even(self, spent: u64) -> u32 {
        u32::try_from(self.cost / (self.gain * outlook(spent)).max(1)).unwrap_or(u32::MAX)
    }
}

/// Refuses units that leave at once or gain nothing. `iterations`: how often the loop with this header has run in each call,
/// if that was counted.
pub fn check(
    f: &Function,
    code: &CodeInfo,
    is_call: bool,
    framed: bool,
    iterations: impl Fn(u32) -> Option<f64>,
) -> Result<Estimate, Refusal> {
    if leaves_at_once(f) {
        return Err(Refusal::LeavesAtOnce);
    }
    let loops = f.loops();
    // Entering costs more than the interpreter's own call. Where a call may be long, that is nothing.
    let short = is_call
        && loops.is_empty()
        && !f
            .blocks
            .iter()
            .flat_map(|b| &b.insts)
            .any(|i| i.how.calls());
    let mut lost = if short { ENTRY as f64 } else { 0.0 };
    let mut sum = match (is_call, framed) {
        (true, true) => -25.0,
        _ => 0.0,
    };
    let constants = f
        .blocks
        .iter()
        .flat_map(|b| &b.insts)
        .filter(|i| matches!(i.op, Op::Const(_)))
        .flat_map(|i| i.outs.iter().copied())
        .collect();
    let often = frequencies(f, &loops, is_call, iterations);
    for (b, (block, often)) in f.blocks.iter().zip(often).enumerate() {
        if is_call || loops.iter().any(|(_, blocks)| blocks.contains(&b)) {
            let balance = block_gain(f, code, &constants, block);
            sum += often * (balance.gained - balance.lost) as f64;
            lost += often * balance.lost as f64;
        }
    }
    let size = f
        .blocks
        .iter()
        .map(|b| b.insts.len() as u64 + 2)
        .sum::<u64>();
    if sum > 0.0 {
        Ok(Estimate {
            gain: (sum as u64).max(1),
            lost: lost as u64,
            cost: COST_OF_UNIT + COST_OF_INSTRUCTION * size,
        })
    } else {
        Err(Refusal::NoGain)
    }
}

/// How often each block runs in a call, or in an iteration of the loop that the unit is entered at: loops are guessed to
/// run `LOOP_WEIGHT` times if that was not counted, branches to go either way, seldom to where the unit leaves.
fn frequencies(
    f: &Function,
    loops: &[(usize, BTreeSet<usize>)],
    is_call: bool,
    iterations: impl Fn(u32) -> Option<f64>,
) -> Vec<f64> {
    let mut often = vec![0.0; f.blocks.len()];
    often[0] = 1.0;
    // Of each loop, by its header: how often it runs when it is entered.
    let mut weights = vec![LOOP_WEIGHT; f.blocks.len()];
    let leaves = |b: usize| matches!(f.blocks[b].term, Term::Exit(_));
    for b in 0..f.blocks.len() {
        if loops.iter().any(|&(header, _)| header == b) && (is_call || b != 1) {
            let header = f.state(f.blocks[b].entry_state).resume;
            if let Some(counted) = iterations(header)
                && often[b] > 0.0
            {
                weights[b] = (counted / often[b]).max(1.0);
            }
            often[b] *= weights[b];
        }
        let around = loops.iter().filter(|(_, blocks)| blocks.contains(&b));
        let innermost = around.min_by_key(|(_, blocks)| blocks.len());
        let leaving = 1.0 / innermost.map_or(LOOP_WEIGHT, |&(header, _)| weights[header]);
        let leaves_loop = |to: usize| innermost.is_some_and(|(_, blocks)| !blocks.contains(&to));
        let edges = f.blocks[b].term.edges();
        for (i, edge) in edges.iter().enumerate() {
            let to = edge.to.0 as usize;
            let other = match edges[..] {
                [_, _] => Some(edges[1 - i].to.0 as usize),
                _ => None,
            };
            let share = match other {
                None => 1.0,
                Some(_) if leaves_loop(to) => leaving,
                Some(other) if leaves_loop(other) => 1.0 - leaving,
                _ if leaves(to) => 0.05,
                Some(other) if leaves(other) => 0.95,
                _ => 0.5,
            };
            if to > b {
                often[to] += often[b] * share;
            }
        }
        if let Some(catch) = f.blocks[b].catch {
            often[catch.to.0 as usize] += often[b] * RAISES;
        }
    }
    often
}

/// How often a block whose exceptions are caught is guessed to raise, if it has.
const RAISES: f64 = 0.2;

/// What an exception costs the interpreter more than native code, which hands nothing over.
const CAUGHT: i64 = 20;

/// Compile time, measured.
const COST_OF_UNIT: u64 = 1_500_000;
const COST_OF_INSTRUCTION: u64 = 50_000;

fn leaves_at_once(f: &Function) -> bool {
    let mut block = &f.blocks[0];
    let mut work = 0;
    for _ in 0..f.blocks.len() {
        for inst in &block.insts {
            match inst.how {
                How::Leave(_) => return work == 0,
                How::Generic | How::Nothing => {}
                _ => work += 1,
            }
        }
        match &block.term {
            Term::Jump(edge) => block = f.block(edge.to),
            Term::Exit(reason) => return work == 0 && *reason != ExitReason::LoopDone,
            _ => break,
        }
    }
    false
}

/// What a number costs that is made an object.
const BOX: i64 = 6;

/// Nanoseconds.
#[derive(Default)]
struct Balance {
    gained: i64,
    lost: i64,
}

impl Balance {
    fn add(&mut self, gain: i64) {
        if gain > 0 {
            self.gained += gain;
        } else {
            self.lost -= gain;
        }
    }
}

fn block_gain(
    f: &Function,
    code: &CodeInfo,
    constants: &BTreeSet<Value>,
    block: &Block,
) -> Balance {
    let mut balance = Balance::default();
    for inst in &block.insts {
        if matches!(inst.how, How::Leave(_)) || inst.outs.iter().any(|&v| f.ty(v) == Ty::Bottom) {
            // Leaving costs what some instructions gain; what follows is the interpreter's.
            balance.add(-20);
            return balance;
        }
        let arithmetic = matches!(inst.op, Op::Binary { .. } | Op::Unary(..));
        if matches!(inst.how, How::Run | How::Pure | How::Field(_)) && !arithmetic {
            // Arithmetic is said to gain what boxing its result takes.
            let mut boxed = 0;
            inst.op.operands(|v| {
                boxed +=
                    i64::from(f.ty(v).is_raw() && f.ty(v) != Ty::Bool && !constants.contains(&v));
            });
            balance.add(-BOX * boxed);
        }
        let seen = code.instrs[inst.origin as usize].seen;
        let generic = code.instrs[inst.origin as usize].op;
        balance.add(match inst.how {
            How::Run => run_gain(&inst.op, seen, seen != generic),
            How::Generic | How::Nothing => 1,
            How::Int | How::Float | How::Mixed | How::IntTrueDiv => 10,
            How::Bool => 6,
            // A helper does what the interpreter would do, from boxes that are made for it.
            How::Pure | How::BigInt if matches!(inst.op, Op::Binary { .. } | Op::Unary(..)) => -25,
            How::BigInt => 0,
            How::Item(_) | How::Field(_) | How::Append | How::Size => 6,
            How::Builtin(method) if matches!(inst.op, Op::Call { .. }) => match method {
                BuiltinMethod::STARTSWITH | BuiltinMethod::ENDSWITH => 8,
                // Less where its keys are no strings.
                BuiltinMethod::DICT_GET => 3,
                _ => method_gain(method),
            },
            How::Builtin(_) => 2,
            How::Plain(PlainFunction::ISINSTANCE) => 5,
            How::Plain(_) => 1,
            How::Known(_) | How::Unboxed(_) => 15,
            How::Char | How::Str => 6,
            How::Concat => 2,
            How::Direct | How::SelfCall => 25,
            How::Site => 15,
            How::Operator => 40,
            How::New => 40,
            How::Method(_) => 0,
            How::Pure => pure_gain(&inst.op),
            How::Identity | How::Constant(_) | How::Watched | How::Iter(_) => 2,
            How::Leave(_) => 0,
        });
    }
    if block.catch.is_some() && block.insts.iter().any(|i| i.op.may_raise()) {
        balance.add((CAUGHT as f64 * RAISES) as i64);
    }
    balance.add(match &block.term {
        Term::ForIter {
            how: How::Iter(_), ..
        } => 10,
        // The interpreter runs a generator's frame without leaving its loop.
        Term::ForIter { .. } if code.instrs[block.term_origin as usize].seen == "FOR_ITER_GEN" => {
            -40
        }
        // Any iterator: its own code, behind a helper.
        Term::ForIter { .. } => -10,
        Term::Exit(ExitReason::LoopDone) | Term::Exit(ExitReason::Unreached) => 0,
        // Mostly the way to a `raise`.
        Term::Exit(_) => -2,
        Term::Branch { .. } | Term::Jump(_) => 2,
        _ => 1,
    });
    balance
}

/// Helpers that run no Python code.
fn pure_gain(op: &Op) -> i64 {
    match op {
        Op::BuildList(_) | Op::BuildTuple(_) => -3,
        Op::Subscr { .. } | Op::StoreSubscr { .. } | Op::Contains { .. } => -4,
        Op::Compare { .. } => -6,
        // `int` of a string.
        Op::Call { .. } => 15,
        _ => 0,
    }
}

/// The interpreter calls what the method does as directly; making objects takes both most of the time.
fn method_gain(method: BuiltinMethod) -> i64 {
    match method.gives() {
        TypeTag::Bool | TypeTag::Int => 2,
        TypeTag::List | TypeTag::Tuple => -8,
        _ => -2,
    }
}

/// Through the C API, with the frame brought up to date, against the interpreter, which has (`specialised`) or has not
/// found a short way.
fn run_gain(op: &Op, seen: &str, specialised: bool) -> i64 {
    match op {
        Op::Call { keywords, .. } => match seen {
            "CALL_ALLOC_AND_ENTER_INIT" | "CALL_NO_KW_ALLOC_AND_ENTER_INIT" => -60,
            _ if keywords.is_some() => -30,
            _ if is_python_call(seen) => -38,
            _ if specialised => -15,
            _ => -6,
        },
        Op::LoadMethod { .. } => -7,
        Op::Generic(kind, _) => match kind {
            // A property's function is called without leaving the interpreter's loop.
            Gen::LoadAttr(_) if seen == "LOAD_ATTR_PROPERTY" => -38,
            Gen::LoadAttr(_) | Gen::StoreAttr(_) if specialised => -17,
            Gen::LoadAttr(_) | Gen::StoreAttr(_) => -4,
            Gen::LoadSuper(..) => -50,
            Gen::CallEx(_) => -40,
            Gen::BeforeWith => -70,
            Gen::MakeFunction(_) => -20,
            Gen::StoreGlobal(_) | Gen::StoreName(_) => -8,
            _ => -5,
        },
        Op::LoadGlobal(_) | Op::LoadName(_) => -10,
        Op::Subscr { .. } if seen == "BINARY_SUBSCR_GETITEM" => -40,
        // Mostly operators of classes.
        Op::Binary { .. } => -25,
        Op::Compare { .. } => -15,
        Op::Subscr { .. } | Op::StoreSubscr { .. } | Op::Contains { .. } => -4,
        _ => -5,
    }
}

/// The interpreter calls a Python function without leaving its loop.
pub fn is_python_call(seen: &str) -> bool {
    matches!(
        seen,
        "CALL_PY_EXACT_ARGS"
            | "CALL_PY_WITH_DEFAULTS"
            | "CALL_BOUND_METHOD_EXACT_ARGS"
            | "CALL_PY_GENERAL"
            | "CALL_BOUND_METHOD_GENERAL"
    )
}
