//! The operations of generic HIR, done purely: what may run Python code or raise is refused, with nothing done.

use super::{Machine, Slot};
use crate::hir::{Gen, Inst, Op, Un, Value};
use pyaot_runtime::helpers::IN_PLACE;
use pyaot_runtime::unit::ExitReason;
use pyaot_runtime::value::Value as Object;

/// The interpreter must do it.
const UNSUPPORTED: ExitReason = ExitReason::Unsupported;

impl<'g> Machine<'_, 'g> {
    /// Results of an instruction, or why it was not done.
    pub(super) fn pure(&mut self, inst: &Inst) -> Result<Vec<Slot<'g>>, ExitReason> {
        let one = |object: Option<Object<'g>>| match object {
            Some(object) => Ok(vec![Some(object)]),
            None => Err(UNSUPPORTED),
        };
        let done = |outcome: Option<()>, reason| match outcome {
            Some(()) => Ok(Vec::new()),
            None => Err(reason),
        };
        match &inst.op {
            Op::Const(i) => one(self.scope.constant(*i)),
            Op::Null => Ok(vec![None]),
            Op::None => one(Some(self.scope.none())),
            Op::EntryLocal(slot) => Ok(vec![self.locals[*slot as usize].take()]),
            Op::EntryStack(slot) => Ok(vec![self.stack[*slot as usize].take()]),
            Op::EntryName(slot) => {
                self.entry_names.push(inst.outs[0]);
                one(self.names.get(*slot as usize).cloned())
            }
            Op::CheckBound(v) => match self.slot(*v) {
                Some(object) => Ok(vec![Some(object.clone())]),
                None => Err(ExitReason::WouldRaise),
            },
            // The frame state of the next instruction has the new value.
            Op::SetLocal { value, .. } | Op::SetName { value, .. } => {
                self.slot(*value);
                Ok(Vec::new())
            }
            Op::LoadGlobal(name) => one(self.scope.global(*name)),
            Op::LoadName(name) => one(self.scope.name(*name)),
            Op::LoadCell(cell) => match self.object(*cell).cell_content() {
                Some(object) => Ok(vec![Some(object)]),
                None => Err(ExitReason::WouldRaise),
            },
            Op::StoreCell { cell, value } => {
                let outcome = self.object(*cell).set_cell_content(self.object(*value));
                done(outcome, ExitReason::Destructor)
            }
            Op::NewCell(v) => one(self.scope.new_cell(self.slot(*v).as_ref())),
            Op::ClosureCell(i) => one(self.scope.closure_cell(*i)),
            Op::Unary(Un::Neg, a) => one(self.object(*a).negative()),
            Op::Unary(Un::Invert, a) => one(self.object(*a).invert()),
            Op::Not(a) => one(self.object(*a).flipped()),
            Op::ToBool(a) => one(self.object(*a).truth()),
            Op::Binary { op, inplace, a, b } => {
                let number = *op as u64 + if *inplace { IN_PLACE as u64 } else { 0 };
                one(self.object(*a).binary(number, self.object(*b)))
            }
            Op::Compare { op, a, b } => one(self.object(*a).compare(*op as u64, self.object(*b))),
            Op::Is { a, b, negate } => one(self.object(*a).is(self.object(*b), *negate)),
            Op::Contains {
                item,
                container,
                negate,
            } => one(self
                .object(*container)
                .contains(self.object(*item), *negate)),
            Op::Subscr { container, index } => {
                one(self.object(*container).item(self.object(*index)))
            }
            Op::StoreSubscr {
                container,
                index,
                value,
            } => {
                let (index, value) = (self.object(*index), self.object(*value));
                done(self.object(*container).set_item(index, value), UNSUPPORTED)
            }
            Op::BuildList(items) => one(self.scope.new_list(&self.objects(items))),
            Op::BuildTuple(items) => one(self.scope.new_tuple(&self.objects(items))),
            Op::ListAppend { list, value } => {
                done(self.object(*list).append(self.object(*value)), UNSUPPORTED)
            }
            Op::Unpack { sequence, n } => match self.object(*sequence).unpack(*n as usize) {
                Some(items) => Ok(items.into_iter().map(Some).collect()),
                None => Err(UNSUPPORTED),
            },
            Op::GetIter(a) => one(self.object(*a).iter()),
            Op::LoadMethod { object, name } => {
                let object = self.object(*object);
                match object.append_method() {
                    Some(method) if self.unit.append.contains(name) => {
                        Ok(vec![Some(method), Some(object.clone())])
                    }
                    _ => Err(UNSUPPORTED),
                }
            }
            Op::Call {
                callee,
                first,
                args,
                keywords: None,
            } => {
                // 3.12: a null, then the callable itself.
                let (callee, first) = match self.slot(*callee) {
                    Some(callee) => (callee, self.slot(*first)),
                    None => (self.object(*first), &None),
                };
                match (first, &args[..]) {
                    (None, args) => one(callee.call(&self.objects(args))),
                    (Some(list), [value]) if callee.is_append_method() => {
                        match list.append(self.object(*value)) {
                            Some(()) => one(Some(self.scope.none())),
                            None => Err(UNSUPPORTED),
                        }
                    }
                    _ => Err(UNSUPPORTED),
                }
            }
            Op::Call { .. } => Err(UNSUPPORTED),
            Op::Generic(
                kind @ (Gen::BinarySlice
                | Gen::ListToTuple
                | Gen::UnaryPositive
                | Gen::ListExtend
                | Gen::DictMerge),
                args,
            ) => {
                let args = self.objects(args);
                match (kind, &args[..]) {
                    (Gen::BinarySlice, [a, start, stop]) => one(a.slice(start, stop)),
                    (Gen::ListToTuple, [list]) => one(list.list_to_tuple()),
                    (Gen::UnaryPositive, [a]) => one(a.positive()),
                    (Gen::ListExtend, [items, list]) => match list.extend(items) {
                        Some(()) => Ok(Vec::new()),
                        None => Err(UNSUPPORTED),
                    },
                    (Gen::DictMerge, [other, keywords]) => match keywords.merge(other) {
                        Some(()) => Ok(Vec::new()),
                        None => Err(UNSUPPORTED),
                    },
                    _ => Err(UNSUPPORTED),
                }
            }
            Op::Generic(..) => Err(UNSUPPORTED),
            // An exception leaves: no handler is ever entered.
            Op::PushExcInfo(_) | Op::PopExcept(_) | Op::ExcMatch { .. } | Op::WithExcept { .. } => {
                Err(UNSUPPORTED)
            }
            Op::Poll if self.scope.wanted_elsewhere() => Err(ExitReason::Poll),
            Op::Poll => Ok(Vec::new()),
        }
    }

    fn objects(&self, all: &[Value]) -> Vec<&Object<'g>> {
        all.iter().map(|&v| self.object(v)).collect()
    }
}
