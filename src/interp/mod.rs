//! The HIR interpreter: runs *generic* HIR, where each operation means exactly what CPython's instruction does, on real
//! objects. It is the oracle of the tests: `PYAOT_STRESS=interp` runs it at the entries of native code, and whatever
//! differs from CPython is then the front end's fault; what differs in native code only is a pass's or codegen's.
//!
//! * A value is an owned reference. Only what the frame state holds stays alive: at each new state the rest is dropped,
//!   as CPython pops and overwrites, and where that ends an object whose end may run Python code, the unit leaves.
//! * `ops` does the operations purely, or not at all. What may run Python code is then done on the real frame (`run`), as
//!   in native units with a frame: all values move into it before, and come back after, unless somebody watches by then.
//!   Without a frame the unit leaves as it was before the instruction.
//!
//! Safe code throughout: objects are `pyaot_runtime::value`. HIR that uses a value which its frame state no longer holds
//! is broken, and ends the process.

mod ops;
mod run;

use crate::hir::{BlockId, Edge, Function, Inst, Op, StateId, Term, Value};
use crate::passes::only_header_handled;
use pyaot_runtime::code::CodeInfo;
use pyaot_runtime::interpreted::{Entry, Leave, Outcome, Program, RealFrame, Scope};
use pyaot_runtime::stats::{self, Counter};
use pyaot_runtime::unit::ExitReason;
use pyaot_runtime::value::{self, Next, Value as Object};
use std::collections::BTreeSet;

/// A unit that the interpreter runs.
pub struct Unit {
    f: Function,
    /// It is a loop of a running frame.
    is_loop: bool,
    bound: Vec<bool>,
    /// Instructions that must not raise, by index: their exceptions would be looked up at the loop's header.
    mute: Vec<bool>,
    /// Indices into `co_names` of the name `append`.
    append: BTreeSet<u32>,
}

/// An object, or the null of an unbound slot and beside a callable.
type Slot<'g> = Option<Object<'g>>;

/// Why a run does not go on at the next instruction.
enum Stop {
    /// The interpreter goes on at the current state.
    Leave(ExitReason),
    /// An exception is set, and the frame complete.
    Raised,
}

impl Unit {
    /// `header`: of a loop.
    pub fn new(f: Function, code: &CodeInfo, header: Option<u32>) -> Unit {
        let mut bound = vec![false; f.nlocalsplus as usize];
        for inst in &f.blocks[0].insts {
            if let Op::EntryLocal(slot) = inst.op {
                bound[slot as usize] = true;
            }
        }
        let named = |(i, name): (usize, &String)| (name == "append").then_some(i as u32);
        let append = code.names.iter().enumerate().filter_map(named).collect();
        let instrs = 0..code.instrs.len() as u32;
        Unit {
            f,
            is_loop: header.is_some(),
            bound,
            mute: instrs
                .map(|i| only_header_handled(code, header, i))
                .collect(),
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
            frame: entry.frame,
            ran: false,
            values: self.f.types.iter().map(|_| None).collect(),
            live: Vec::new(),
            entry_names: Vec::new(),
            state: self.f.blocks[0].entry_state,
            done: None,
            steps: 0,
        };
        let outcome = machine.unit();
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
    /// Where Python code can run.
    frame: Option<RealFrame<'g>>,
    /// Some did since the last instruction.
    ran: bool,
    values: Vec<Option<Slot<'g>>>,
    /// Values that are defined, in the order of their definitions.
    live: Vec<Value>,
    /// The value of each name at the entry.
    entry_names: Vec<Value>,
    state: StateId,
    /// Code unit of the instruction that was done last; none at the entry.
    done: Option<u32>,
    steps: u64,
}

impl<'u, 'g> Machine<'u, 'g> {
    fn unit(&mut self) -> Outcome<'g> {
        let mut block = BlockId(0);
        loop {
            match self.block(block) {
                Ok(Ok(next)) => block = next,
                Ok(Err(result)) => return Outcome::Returned(result, self.final_locals()),
                Err(Stop::Leave(reason)) => return Outcome::Left(self.leave(reason)),
                Err(Stop::Raised) => {
                    let state = self.unit.f.state(self.state);
                    let (resume, at) = (state.resume, state.at);
                    return Outcome::Raised { resume, at };
                }
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
            } => {
                let next = match self.object(*iter).next() {
                    Next::Impure => self.run_next(*iter, block.term_origin)?,
                    Next::Item(object) => Some(object),
                    Next::Done => None,
                };
                match next {
                    Some(object) => self.jump(body, Some((*item, object))).map(Ok),
                    None => self.jump(done, None).map(Ok),
                }
            }
            Term::Return(v) => self.return_(*v).map(Err),
            Term::Exit(reason) => Err(Stop::Leave(*reason)),
            // The verifier refuses it.
            Term::None => Err(Stop::Leave(ExitReason::Unsupported)),
        }
    }

    /// The function returns.
    fn return_(&mut self, v: Value) -> Result<Object<'g>, Stop> {
        if self.unit.is_loop {
            return Err(Stop::Leave(ExitReason::Return));
        }
        let result = self.object(v).clone();
        match &self.frame {
            // A frame that somebody refers to outlives its call: the interpreter knows how.
            Some(frame) if frame.is_shared() => Err(Stop::Leave(ExitReason::Leave)),
            Some(_) => Ok(result),
            // An end of a local that may run Python code is the interpreter's.
            None => {
                let mut all = self.values.iter().flatten().flatten();
                if all.any(|object| !object.ends_safely()) {
                    return Err(Stop::Leave(ExitReason::Destructor));
                }
                Ok(result)
            }
        }
    }

    /// What a frame that returns drops.
    fn final_locals(&mut self) -> Vec<Slot<'g>> {
        let locals = &self.unit.f.state(self.state).locals;
        let locals = locals.iter().map(|&v| self.slot(v).clone()).collect();
        self.forget();
        locals
    }

    /// Before an instruction. Those before it that are no operations have begun too: where Python code may run, or has
    /// run, the frame is what the interpreter's would be at each of them.
    fn at(&mut self, state: StateId) -> Result<(), Stop> {
        if self.state == state {
            return Ok(());
        }
        let unit: &'u Unit = self.unit;
        for id in (self.state.0 + 1..state.0).map(StateId) {
            if self.frame.is_some() && unit.f.state(id).at > unit.f.state(self.state).at {
                self.advance(id)?;
            }
        }
        self.advance(state)
    }

    /// The instruction before this state is done: what left the frame is dropped, and if Python code ran, the unit may have
    /// to leave.
    fn advance(&mut self, state: StateId) -> Result<(), Stop> {
        let unit: &'u Unit = self.unit;
        let before = unit.f.state(self.state).at;
        if before != unit.f.state(state).at {
            self.done = Some(before);
        }
        self.state = state;
        self.drop_dead(before)?;
        let home = self.frame.as_ref().is_some_and(RealFrame::is_home);
        if std::mem::take(&mut self.ran) && home {
            return Err(Stop::Leave(ExitReason::Leave));
        }
        Ok(())
    }

    /// Drops what the frame state does not hold. Whose end may run Python code ends with the frame in place, at the
    /// instruction that let go of it.
    fn drop_dead(&mut self, dropped_at: u32) -> Result<(), Stop> {
        let unit: &'u Unit = self.unit;
        let state = unit.f.state(self.state);
        let held = |v: &Value| {
            state.stack.contains(v) || state.locals.contains(v) || state.names.contains(v)
        };
        let (live, dead) = self.live.drain(..).partition(held);
        self.live = live;
        for v in dead {
            self.values[v.0 as usize] = None;
            if value::deferred() {
                self.end_lives(dropped_at)?;
            }
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
        self.advance(target.entry_state)?;
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
    fn leave(&mut self, reason: ExitReason) -> Leave<'g> {
        let state = self.unit.f.state(self.state);
        let copy = |all: &[Value]| all.iter().map(|&v| self.slot(v).clone()).collect();
        let changed = state.names.iter().enumerate();
        let changed = changed.filter(|&(i, v)| self.entry_names.get(i) != Some(v));
        let home = self.frame.as_ref().is_some_and(RealFrame::is_home);
        let leave = Leave {
            reason,
            resume: state.resume,
            at: state.at,
            done: self.done,
            locals: (!home).then(|| copy(&state.locals)),
            stack: copy(&state.stack),
            names: changed
                .map(|(i, &v)| (self.unit.f.names[i], self.object(v).clone()))
                .collect(),
        };
        self.forget();
        leave
    }

    /// Drops all values: the frame has its own references.
    fn forget(&mut self) {
        for v in self.live.drain(..) {
            self.values[v.0 as usize] = None;
        }
    }

    /// Runs one instruction: purely, or else on the frame.
    fn step(&mut self, inst: &Inst) -> Result<(), Stop> {
        self.steps += 1;
        let outs = match self.pure(inst) {
            Ok(outs) => outs,
            Err(reason) => self.run(inst, reason)?,
        };
        for (&v, slot) in inst.outs.iter().zip(outs) {
            self.define(v, slot);
        }
        Ok(())
    }
}
