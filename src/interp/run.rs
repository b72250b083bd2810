//! What may run Python code, done on the unit's real frame.

use super::{Machine, Slot, Stop};
use crate::hir::{Inst, Op, Running, Value};
use pyaot_runtime::interpreted::{Given, Raised, Ran, RealFrame, Shown};
use pyaot_runtime::unit::ExitReason;
use pyaot_runtime::value::Value as Object;

impl<'g> Machine<'_, 'g> {
    /// An instruction that was not done purely, for that reason. It is done here if there is a frame, and it is one that
    /// may run Python code.
    pub(super) fn run(&mut self, inst: &Inst, reason: ExitReason) -> Result<Vec<Slot<'g>>, Stop> {
        let stack = &self.unit.f.state(self.state).stack;
        let Some(running) = inst.op.running(stack).filter(|_| self.can_run(inst.origin)) else {
            return Err(Stop::Leave(reason));
        };
        match (self.operate(&running, reason)?, &inst.op) {
            (Given::Objects(outs), _) => Ok(outs),
            (Given::Truth(found), Op::Contains { negate: true, .. }) => Ok(vec![found.flipped()]),
            (Given::Truth(found), _) => Ok(vec![Some(found)]),
            (Given::Exhausted, _) => Ok(Vec::new()),
        }
    }

    /// The next item of an iterator; none when there are no more.
    pub(super) fn run_next(
        &mut self,
        iter: Value,
        origin: u32,
    ) -> Result<Option<Object<'g>>, Stop> {
        let reason = ExitReason::Unsupported;
        if !self.can_run(origin) {
            return Err(Stop::Leave(reason));
        }
        let running = Running::next(iter, &self.unit.f.state(self.state).stack);
        match self.operate(&running, reason)? {
            Given::Objects(mut items) => Ok(items.pop().flatten()),
            Given::Truth(_) | Given::Exhausted => Ok(None),
        }
    }

    fn can_run(&self, origin: u32) -> bool {
        self.frame.is_some() && !self.unit.mute[origin as usize]
    }

    fn operate(&mut self, running: &Running, reason: ExitReason) -> Result<Given<'g>, Stop> {
        let state = self.unit.f.state(self.state);
        let below = &state.stack[..running.depth];
        let shown = self.shown(state.at, below);
        let operands = self.copies(&running.operands);
        let object = running.object.and_then(|v| self.slot(v).clone());
        // Without a frame nothing runs.
        let Some(frame) = &mut self.frame else {
            return Err(Stop::Leave(reason));
        };
        // The frame's references are the only ones.
        for v in self.live.drain(..) {
            self.values[v.0 as usize] = None;
        }
        self.ran = true;
        let Ran {
            given,
            locals,
            stack,
        } = match frame.run(shown, running.operation, operands, object) {
            Ok(ran) => ran,
            Err(Raised) => return Err(Stop::Raised),
        };
        self.take_back(&state.locals, locals);
        self.take_back(below, stack);
        Ok(given)
    }

    /// Ends the lives that wait for a frame. The frame is that of the current state, at the instruction before.
    pub(super) fn end_lives(&mut self, at: u32) -> Result<(), Stop> {
        let state = self.unit.f.state(self.state);
        let shown = self.shown(at, &state.stack);
        let Some(frame) = &mut self.frame else {
            return Err(Stop::Leave(ExitReason::Destructor));
        };
        // What else is about to be dropped keeps its references.
        for v in self.live.drain(..) {
            self.values[v.0 as usize] = None;
        }
        let (locals, stack) = frame.end_lives(shown);
        self.take_back(&state.locals, locals);
        self.take_back(&state.stack, stack);
        if self.frame.as_ref().is_some_and(RealFrame::is_home) {
            return Err(Stop::Leave(ExitReason::Destructor));
        }
        Ok(())
    }

    fn shown(&self, at: u32, stack: &[Value]) -> Shown<'g> {
        Shown {
            at,
            locals: self.copies(&self.unit.f.state(self.state).locals),
            stack: self.copies(stack),
        }
    }

    fn copies(&self, all: &[Value]) -> Vec<Slot<'g>> {
        all.iter().map(|&v| self.slot(v).clone()).collect()
    }

    fn take_back(&mut self, values: &[Value], slots: Vec<Slot<'g>>) {
        for (&v, slot) in values.iter().zip(slots) {
            self.define(v, slot);
        }
    }
}
