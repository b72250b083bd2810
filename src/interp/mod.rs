//! The HIR interpreter: runs *generic* HIR, where each operation means exactly what CPython's instruction does, on real
//! objects. It is the oracle of the tests: `PYAOT_STRESS=interp` runs it at the entries of native code, and whatever
//! differs from CPython is then the front end's fault; what differs in native code only is a pass's or codegen's.
//!
//! * A value is an owned reference. Only what the frame state holds stays alive: at each new state the rest is dropped,
//!   as CPython pops and overwrites, and where that ends an object whose end may run Python code, the unit leaves.
//! * `ops` does the operations: pure, or the unit leaves with the frame as it was before the instruction.
//!
//! Safe code throughout: objects are `pyaot_runtime::value`. HIR that uses a value which its frame state no longer holds
//! is broken, and ends the process.

mod ops;

use crate::hir::{BlockId, Edge, Function, Inst, Op, StateId, Term, Value};
use pyaot_runtime::code::CodeInfo;
use pyaot_runtime::interpreted::{Entry, Leave, Outcome, Program, Scope};
use pyaot_runtime::stats::{self, Counter};
use pyaot_runtime::unit::ExitReason;
use pyaot_runtime::value::{self, Next, Value as Object};
use std::collections::BTreeSet;

/// A unit that the interpreter runs.
pub struct Unit {
    f: Function,
    /// It runs on a real frame: a loop.
    framed: bool,
    bound: Vec<bool>,
    /// Indices into `co_names` of the name `append`.
    append: BTreeSet<u32>,
}

/// An object, or the null of an unbound slot and beside a callable.
type Slot<'g> = Option<Object<'g>>;

/// Why a run does not go on at the next instruction.
enum Stop {
    /// The interpreter goes on at the current state.
    Leave(ExitReason),
}

impl Unit {
    pub fn new(f: Function, code: &CodeInfo, framed: bool) -> Unit {
        let mut bound = vec![false; f.nlocalsplus as usize];
        for inst in &f.blocks[0].insts {
            if let Op::EntryLocal(slot) = inst.op {
                bound[slot as usize] = true;
            }
        }
        let named = |(i, name): (usize, &String)| (name == "append").then_some(i as u32);
        let append = code.names.iter().enumerate().filter_map(named).collect();
        Unit {
            f,
            framed,
            bound,
            append,
        }
    }
}

impl Program for Unit {
    fn bound(&self) -> &[bool] {
        &self.bound
    }

    fn run<'g>(&self, entry: Entry<'g>) -> Outcome<'g> {
        let mut machine = Machine {
            unit: self,
            locals: entry.locals,
            stack: entry.stack,
            names: entry.names,
            scope: entry.scope,
            values: self.f.types.iter().map(|_| None).collect(),
            live: Vec::new(),
            entry_names: Vec::new(),
            state: self.f.blocks[0].entry_state,
            steps: 0,
        };
        let outcome = machine.run();
        stats::add(Counter::InterpretedSteps, machine.steps);
        outcome
    }
}

/// A run of a unit.
struct Machine<'u, 'g> {
    unit: &'u Unit,
    /// What was found at the entry, until the entry block takes it.
    locals: Vec<Slot<'g>>,
    stack: Vec<Slot<'g>>,
    names: Vec<Object<'g>>,
    scope: Scope<'g>,
    values: Vec<Option<Slot<'g>>>,
    /// Values that are defined, in the order of their definitions.
    live: Vec<Value>,
    /// The value of each name at the entry.
    entry_names: Vec<Value>,
    state: StateId,
    steps: u64,
}

impl<'u, 'g> Machine<'u, 'g> {
    fn run(&mut self) -> Outcome<'g> {
        let mut block = BlockId(0);
        loop {
            match self.block(block) {
                Ok(Ok(next)) => block = next,
                Ok(Err(result)) => return Outcome::Returned(result),
                Err(Stop::Leave(reason)) => return Outcome::Left(self.leave(reason)),
            }
        }
    }

    /// Runs a block: the next one, or the result.
    fn block(&mut self, id: BlockId) -> Result<Result<BlockId, Object<'g>>, Stop> {
        let unit: &'u Unit = self.unit;
        let block = unit.f.block(id);
        for inst in &block.insts {
            self.at(inst.state)?;
            self.step(inst)?;
        }
        self.at(block.term_state)?;
        self.steps += 1;
        match &block.term {
            Term::Jump(edge) => self.jump(edge, None).map(Ok),
            Term::Branch { cond, then, other } => {
                let cond = self.object(*cond).as_bool();
                match cond {
                    Some(true) => self.jump(then, None).map(Ok),
                    Some(false) => self.jump(other, None).map(Ok),
                    // The instruction wants a bool, and CPython would say so.
                    None => Err(Stop::Leave(ExitReason::Type)),
                }
            }
            Term::ForIter {
                iter,
                item,
                body,
                done,
                ..
            } => match self.object(*iter).next() {
                Next::Item(object) => self.jump(body, Some((*item, object))).map(Ok),
                Next::Done => self.jump(done, None).map(Ok),
                Next::Impure => Err(Stop::Leave(ExitReason::Unsupported)),
            },
            Term::Return(v) => self.return_(*v).map(Err),
            Term::Exit(reason) => Err(Stop::Leave(*reason)),
            // The verifier refuses it.
            Term::None => Err(Stop::Leave(ExitReason::Unsupported)),
        }
    }

    /// The function returns. An end of a local that may run Python code is the interpreter's.
    fn return_(&mut self, v: Value) -> Result<Object<'g>, Stop> {
        if self.unit.framed {
            return Err(Stop::Leave(ExitReason::Return));
        }
        let result = self.object(v).clone();
        let all = self.values.iter().flatten().flatten();
        if all.clone().any(|object| !object.ends_safely()) {
            return Err(Stop::Leave(ExitReason::Destructor));
        }
        Ok(result)
    }

    /// Before an instruction: what left the frame is dropped.
    fn at(&mut self, state: StateId) -> Result<(), Stop> {
        if self.state != state {
            self.state = state;
            self.drop_dead()?;
        }
        Ok(())
    }

    fn drop_dead(&mut self) -> Result<(), Stop> {
        let unit: &'u Unit = self.unit;
        let state = unit.f.state(self.state);
        let values = &mut self.values;
        self.live.retain(|&v| {
            let held =
                state.stack.contains(&v) || state.locals.contains(&v) || state.names.contains(&v);
            if !held {
                values[v.0 as usize] = None;
            }
            held
        });
        if value::deferred() {
            return Err(Stop::Leave(ExitReason::Destructor));
        }
        Ok(())
    }

    /// Takes an edge; a `for` has an item for its body.
    fn jump(&mut self, edge: &Edge, item: Option<(Value, Object<'g>)>) -> Result<BlockId, Stop> {
        let unit: &'u Unit = self.unit;
        if let Some((v, object)) = item {
            self.define(v, Some(object));
        }
        let target = unit.f.block(edge.to);
        // All at once: an argument may be a parameter of the same block.
        let args: Vec<Slot<'g>> = edge.args.iter().map(|&v| self.slot(v).clone()).collect();
        for (param, arg) in target.params.iter().zip(args) {
            self.define(param.value, arg);
        }
        self.state = target.entry_state;
        self.drop_dead()?;
        Ok(edge.to)
    }

    fn define(&mut self, v: Value, slot: Slot<'g>) {
        if self.values[v.0 as usize].replace(slot).is_none() {
            self.live.push(v);
        }
    }

    fn slot(&self, v: Value) -> &Slot<'g> {
        match &self.values[v.0 as usize] {
            Some(slot) => slot,
            None => panic!(
                "{v:?} is used at {} of {}, but the frame no longer holds it",
                self.unit.f.state(self.state).at,
                self.unit.f.qualname
            ),
        }
    }

    /// The object of a value that is not null.
    fn object(&self, v: Value) -> &Object<'g> {
        match self.slot(v) {
            Some(object) => object,
            None => panic!(
                "{v:?} is used as an object at {} of {}, but is null",
                self.unit.f.state(self.state).at,
                self.unit.f.qualname
            ),
        }
    }

    /// The frame as it is before the current instruction.
    fn leave(&self, reason: ExitReason) -> Leave<'g> {
        let state = self.unit.f.state(self.state);
        let copy = |all: &[Value]| all.iter().map(|&v| self.slot(v).clone()).collect();
        let changed = state.names.iter().enumerate();
        let changed = changed.filter(|&(i, v)| self.entry_names.get(i) != Some(v));
        Leave {
            reason,
            resume: state.resume,
            at: state.at,
            locals: copy(&state.locals),
            stack: copy(&state.stack),
            names: changed
                .map(|(i, &v)| (self.unit.f.names[i], self.object(v).clone()))
                .collect(),
        }
    }

    /// Runs one instruction: purely, or not at all.
    fn step(&mut self, inst: &Inst) -> Result<(), Stop> {
        self.steps += 1;
        match self.pure(inst) {
            Ok(outs) => {
                for (&v, slot) in inst.outs.iter().zip(outs) {
                    self.define(v, slot);
                }
                Ok(())
            }
            Err(reason) => self.impure(inst, reason),
        }
    }

    /// An operation that may run Python code or raise. The unit has no frame to show while it does, so CPython does it;
    /// a unit with a frame in place does it here, one arm an operation.
    fn impure(&mut self, _inst: &Inst, reason: ExitReason) -> Result<(), Stop> {
        Err(Stop::Leave(reason))
    }
}
