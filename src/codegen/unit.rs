//! The frame of code generation: values, who owns which reference, side exits, edges between blocks.
//!
//! Ownership is decided here, last. A local slot that holds an object owns one reference. A temporary on the value
//! stack owns one if it is in `owned`; otherwise a local slot, a constant or a watched global keeps it alive. At the
//! start of each bytecode instruction what left the frame is released, and if that may run Python code, native code
//! leaves right there: the interpreter sees the same order of events as always. At a block boundary every object on
//! the value stack is owned.

use super::Slots;
use super::exits::Exits;
use super::groups::{self, Group, GroupKey};
use super::memory::Memory;
use super::ranges::RangeIter;
use super::run::Check;
use super::shape::Target;
use crate::facts::{Abi, Facts};
use crate::frontend::{Entry, Refusal};
use crate::hir::{self, Edge, How, Inst, Op, Place, StateId, Term, Ty};
use crate::passes::Specialized;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::types::{F64, I8, I32, I64};
use cranelift_codegen::ir::{
    self, AbiParam, Block, BlockArg, FuncRef, GlobalValue, GlobalValueData, InstBuilder,
    MemFlagsData, Signature, StackSlot, StackSlotData, StackSlotKey, StackSlotKind, Value,
};
use cranelift_codegen::isa::{CallConv, TargetFrontendConfig};
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};
use cranelift_module::Module;
use pyaot_runtime::code::{CodeInfo, Const};
use pyaot_runtime::helpers::{Class, Id};
use pyaot_runtime::layout::{EVAL_BREAKER_IN_THREAD, offsets as at};
use pyaot_runtime::unit::{
    BOXED_PARAMETERS, ExitDesc, ExitKind, ExitReason, GlobalFact, Known, Repr, Slot, TypeTag,
    status,
};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Loads and stores of live, aligned memory.
pub(super) fn trusted() -> MemFlagsData {
    MemFlagsData::trusted()
}

/// The slots lie beside the text: addressed relative to the instruction pointer.
pub(super) fn colocate(b: &mut FunctionBuilder<'_>, table: GlobalValue) {
    if let GlobalValueData::Symbol { colocated, .. } = &mut b.func.global_values[table] {
        *colocated = true;
    }
}

/// A word on the stack that helpers write to: read right after the call, so a function needs one for each purpose.
pub(super) fn cell(b: &mut FunctionBuilder<'_>, purpose: u64) -> StackSlot {
    let purpose = StackSlotKey::new(purpose);
    let mut all = b.func.sized_stack_slots.iter();
    let found = all.find(|(_, data)| data.key == Some(purpose));
    if let Some((cell, _)) = found {
        return cell;
    }
    let kind = StackSlotKind::ExplicitSlot;
    b.create_sized_stack_slot(StackSlotData::new_with_key(kind, 8, 3, purpose))
}

/// For the result of a helper that keeps all registers.
const RESULT: u64 = 0;
/// For what a helper gives beside its result.
pub(super) const OUT: u64 = 1;

/// Signatures of a unit's functions.
pub(super) struct Signatures {
    pub core: Signature,
    pub entry: Signature,
    /// That of a call unit which can be called by the boxed convention.
    pub boxed: Option<Signature>,
}

/// CLIF type of a representation.
pub(super) fn clif_type(repr: Repr) -> ir::Type {
    if repr == Repr::Float { F64 } else { I64 }
}

/// Stack that a core may use, the return address included; one that needs more looks at the stack itself.
pub(super) const FRAME: u32 = 1024;

/// Signature of the core with this calling convention: thread, function, how many calls may nest below this one,
/// arguments -> result, status.
pub(super) fn core_signature(mut signature: Signature, abi: &Abi) -> Signature {
    signature.params.extend([AbiParam::new(I64); 3]);
    signature
        .params
        .extend(abi.params.iter().map(|p| AbiParam::new(clif_type(p.repr))));
    signature
        .returns
        .extend([AbiParam::new(clif_type(abi.result)), AbiParam::new(I64)]);
    signature
}

/// Signature of the boxed convention: thread, function, how many calls may nest below this one, `n` objects -> result,
/// status. Any call unit whose parameters are all positional can be called by it, whatever types it was compiled for.
pub(super) fn boxed_signature(mut signature: Signature, n: usize) -> Signature {
    signature
        .params
        .extend((0..3 + n).map(|_| AbiParam::new(I64)));
    signature.returns.extend([AbiParam::new(I64); 2]);
    signature
}

impl Signatures {
    pub fn new(module: &dyn Module, abi: Option<&Abi>) -> Signatures {
        let mut entry = module.make_signature();
        let words = if abi.is_some() { 4 } else { 3 };
        entry.params.extend((0..words).map(|_| AbiParam::new(I64)));
        entry.returns.push(AbiParam::new(I64));
        let core = abi.map_or_else(
            || module.make_signature(),
            |abi| core_signature(module.make_signature(), abi),
        );
        let boxed = abi
            .filter(|abi| abi.params.len() <= BOXED_PARAMETERS)
            .map(|abi| boxed_signature(module.make_signature(), abi.params.len()));
        Signatures { core, entry, boxed }
    }
}

/// Access to the slots, and the checks that need nothing else.
pub(super) struct Words<'b, 'f> {
    pub b: &'b mut FunctionBuilder<'f>,
    pub slots: &'b mut Slots,
    pub table: GlobalValue,
}

impl Words<'_, '_> {
    pub fn load(&mut self, slot: Slot) -> Value {
        let offset = self.slots.offset(slot);
        let base = self.b.ins().symbol_value(I64, self.table);
        self.b
            .ins()
            .load(I64, trusted().with_readonly(), base, offset)
    }

    pub fn call(&mut self, helper: Id, args: &[Value]) -> Option<Value> {
        let row = helper.get();
        let mut signature = Signature::new(if row.kept {
            CallConv::PreserveAll
        } else {
            self.b.func.signature.call_conv
        });
        let class = |c: Class| AbiParam::new(if c == Class::F { F64 } else { I64 });
        signature
            .params
            .extend(row.params.iter().map(|&c| class(c)));
        let mut args = args.to_vec();
        let mut given = None;
        if row.kept && row.result.is_some() {
            let slot = cell(self.b, RESULT);
            args.push(self.b.ins().stack_addr(I64, slot, 0));
            signature.params.push(AbiParam::new(I64));
            given = Some(slot);
        } else {
            signature.returns.extend(row.result.map(class));
        }
        let signature = self.b.import_signature(signature);
        let address = self.load(Slot::Helper(helper as u16));
        let call = self.b.ins().call_indirect(signature, address, &args);
        match given {
            Some(cell) => Some(self.b.ins().stack_load(I64, I64, cell, 0)),
            None => self.b.inst_results(call).first().copied(),
        }
    }

    /// Goes on where `good` is not 0, else to `miss`.
    pub fn guard(&mut self, good: Value, miss: Block) {
        let next = self.b.create_block();
        self.b.ins().brif(good, next, &[], miss, &[]);
        self.b.switch_to_block(next);
    }

    /// Goes to `miss` unless the object has the exact type.
    pub fn check_type(&mut self, object: Value, tag: TypeTag, miss: Block) {
        if tag == TypeTag::Other {
            return;
        }
        if tag == TypeTag::None {
            let none = self.load(Slot::None);
            let good = self.b.ins().icmp(IntCC::Equal, object, none);
            return self.guard(good, miss);
        }
        let tag = if tag == TypeTag::BigInt {
            TypeTag::Int
        } else {
            tag
        };
        let found = self.b.ins().load(I64, trusted(), object, 8);
        let wanted = self.load(Slot::Type(tag));
        let good = self.b.ins().icmp(IntCC::Equal, found, wanted);
        self.guard(good, miss);
    }

    /// Value of an exact int that fits 64 bits.
    pub fn unbox_int(&mut self, object: Value, miss: Block) -> Value {
        self.check_type(object, TypeTag::Int, miss);
        self.int_value(object, miss)
    }

    /// Value of an object known to be an exact int.
    pub fn int_value(&mut self, object: Value, miss: Block) -> Value {
        let tag = self
            .b
            .ins()
            .load(I64, trusted(), object, at::LONG_TAG as i32);
        let small = self.b.ins().icmp_imm_s(IntCC::UnsignedLessThan, tag, 16);
        let (compact, wide, done) = (
            self.b.create_block(),
            self.b.create_block(),
            self.b.create_block(),
        );
        self.b.append_block_param(done, I64);
        self.b.ins().brif(small, compact, &[], wide, &[]);
        self.b.switch_to_block(compact);
        let digit = self
            .b
            .ins()
            .uload32(trusted(), object, at::LONG_DIGITS as i32);
        let sign = self.b.ins().band_imm_u(tag, 3);
        let one = self.b.ins().iconst(I64, 1);
        let sign = self.b.ins().isub(one, sign);
        let value = self.b.ins().imul(digit, sign);
        self.b.ins().jump(done, &[BlockArg::Value(value)]);
        self.b.switch_to_block(wide);
        // Two digits of 30 bits in line.
        let (two, more) = (self.b.create_block(), self.b.create_block());
        self.b.set_cold_block(more);
        let short = self.b.ins().icmp_imm_s(IntCC::UnsignedLessThan, tag, 24);
        self.b.ins().brif(short, two, &[], more, &[]);
        self.b.switch_to_block(two);
        let low = self
            .b
            .ins()
            .uload32(trusted(), object, at::LONG_DIGITS as i32);
        let high = self
            .b
            .ins()
            .uload32(trusted(), object, at::LONG_DIGITS as i32 + 4);
        let high = self.b.ins().ishl_imm_u(high, 30);
        let digits = self.b.ins().bor(low, high);
        let sign = self.b.ins().band_imm_u(tag, 3);
        let one = self.b.ins().iconst(I64, 1);
        let sign = self.b.ins().isub(one, sign);
        let value = self.b.ins().imul(digits, sign);
        self.b.ins().jump(done, &[BlockArg::Value(value)]);
        self.b.switch_to_block(more);
        let cell = cell(self.b, OUT);
        let out = self.b.ins().stack_addr(I64, cell, 0);
        let fits = self.call(Id::unbox_int, &[object, out]);
        let value = self.b.ins().stack_load(I64, I64, cell, 0);
        if let Some(fits) = fits {
            self.b
                .ins()
                .brif(fits, done, &[BlockArg::Value(value)], miss, &[]);
        }
        self.b.switch_to_block(done);
        self.b.block_params(done)[0]
    }

    /// How many calls may nest below the one that is being entered, as the interpreter counts and as the stack has
    /// room; goes to `refused` if it may not be entered.
    pub fn room(&mut self, thread: Value, refused: Block) -> Value {
        let depth = self
            .b
            .ins()
            .load(I32, trusted(), thread, at::THREAD_PY_RECURSION as i32);
        let depth = self.b.ins().sextend(I64, depth);
        let limit = self.load(Slot::StackLimit);
        let limit = self.b.ins().load(I64, trusted(), limit, 0);
        let stack = self.b.ins().get_stack_pointer(I64);
        let bytes = self.b.ins().isub(stack, limit);
        let frames = self
            .b
            .ins()
            .sshr_imm_u(bytes, i64::from(FRAME.trailing_zeros()));
        let room = self.b.ins().smin(depth, frames);
        let room = self.b.ins().iadd_imm_s(room, -1);
        let good = self
            .b
            .ins()
            .icmp_imm_s(IntCC::SignedGreaterThanOrEqual, room, 0);
        self.guard(good, refused);
        room
    }

    /// A new `int`, or the shared small one; `helper` makes the new one.
    pub fn box_int(&mut self, helper: Id, value: Value) -> Value {
        let biased = self.b.ins().iadd_imm_s(value, 5);
        let small = self
            .b
            .ins()
            .icmp_imm_s(IntCC::UnsignedLessThan, biased, 262);
        let (shared, fresh, done) = (
            self.b.create_block(),
            self.b.create_block(),
            self.b.create_block(),
        );
        self.b.append_block_param(done, I64);
        self.b.ins().brif(small, shared, &[], fresh, &[]);
        self.b.switch_to_block(shared);
        let base = self.load(Slot::SmallInts);
        let offset = self.b.ins().ishl_imm_u(value, 5);
        let object = self.b.ins().iadd(base, offset);
        self.b.ins().jump(done, &[BlockArg::Value(object)]);
        self.b.switch_to_block(fresh);
        if helper == Id::box_int_cold {
            self.b.set_cold_block(fresh);
        }
        let object = self.call(helper, &[value]).unwrap_or(value);
        self.b.ins().jump(done, &[BlockArg::Value(object)]);
        self.b.switch_to_block(done);
        self.b.block_params(done)[0]
    }

    /// An object of this number: a new reference, but of a bool, which is immortal.
    pub fn box_number(&mut self, value: Value, repr: Repr) -> Value {
        match repr {
            Repr::Int => self.box_int(Id::box_int, value),
            Repr::Float => self.call(Id::box_float, &[value]).unwrap_or(value),
            Repr::Bool => {
                let yes = self.load(Slot::True);
                let no = self.load(Slot::False);
                self.b.ins().select(value, yes, no)
            }
            Repr::Boxed => value,
        }
    }

    /// The object in the register of a result that has another type than its convention says.
    pub fn other_result(&mut self, result: Value) -> Value {
        if self.b.func.dfg.value_type(result) == F64 {
            self.b.ins().bitcast(I64, MemFlagsData::new(), result)
        } else {
            result
        }
    }

    pub fn unbox_float(&mut self, object: Value, miss: Block) -> Value {
        self.check_type(object, TypeTag::Float, miss);
        self.b
            .ins()
            .load(F64, trusted(), object, at::FLOAT_VALUE as i32)
    }

    pub fn unbox_bool(&mut self, object: Value, miss: Block) -> Value {
        let yes = self.load(Slot::True);
        let no = self.load(Slot::False);
        let is_yes = self.b.ins().icmp(IntCC::Equal, object, yes);
        let is_no = self.b.ins().icmp(IntCC::Equal, object, no);
        let good = self.b.ins().bor(is_yes, is_no);
        self.guard(good, miss);
        self.b.ins().uextend(I64, is_yes)
    }
}

/// What becomes of an object whose last reference is dropped.
pub(super) enum Last {
    /// Its end runs no Python code.
    Free,
    /// If its end may run Python code, it waits for the boundary of native code.
    Defer,
    /// It lives on until native code leaves.
    Late,
    /// If its end may run Python code, native code leaves here.
    Leave(Block),
    /// Its end may run Python code here: the frame from here on, and what else is to be dropped.
    Run(EdgeState, Vec<Value>),
}

/// What checks have found out of objects that does not change: the exact types, and the numbers of ints.
#[derive(Clone, Default)]
pub struct Seen {
    pub types: HashMap<hir::Value, TypeTag>,
    ints: HashMap<hir::Value, Value>,
}

/// Code generation of one unit.
pub(super) struct Gen<'a, 'f> {
    pub b: FunctionBuilder<'f>,
    pub code: &'a CodeInfo,
    pub facts: &'a Facts,
    pub sp: &'a Specialized,
    pub f: &'a hir::Function,
    pub slots: &'a mut Slots,
    pub table: GlobalValue,
    pub own: Option<FuncRef>,
    pub abi: Option<&'a Abi>,
    pub thread: Value,
    pub callee: Value,
    /// The real frame (loop units).
    pub frame: Option<Value>,
    /// A call with a frame: `py_recursion_remaining` is one less while it runs.
    counts_depth: bool,
    /// How many calls may nest below a frameless unit.
    room: Option<Value>,
    /// The unit needs more than `FRAME` bytes of stack.
    large: bool,
    names: Option<Value>,
    entry: &'a Entry,
    pub vals: HashMap<hir::Value, Value>,
    pub constants: HashMap<hir::Value, u32>,
    /// Values that something else keeps alive.
    pub statics: BTreeSet<hir::Value>,
    pub owned: BTreeSet<hir::Value>,
    pub pending: Vec<hir::Value>,
    /// The instruction that is being generated.
    pub current: Option<&'a Inst>,
    /// Local slots that the current instruction has set.
    pub written: BTreeMap<u32, hir::Value>,
    pub state: StateId,
    /// The block being generated.
    pub block_id: hir::BlockId,
    /// The instruction that was done last, whose operands are being dropped; none at the start of a block.
    pub done: Option<u32>,
    pub exits: Exits,
    pub blocks: Vec<Block>,
    /// Sites made so far.
    pub sites: u16,
    /// Compiled methods that `LoadMethod` found, in this block.
    pub targets: HashMap<hir::Value, Target>,
    /// Operations may run Python code: the unit has a frame that shows what the interpreter's would.
    pub runs: bool,
    /// Local slots that the unit assigns.
    pub assigned: BTreeSet<u32>,
    /// Locals in registers whose boxes in the frame are current, in this block.
    pub clean: BTreeMap<u32, hir::Value>,
    /// Something may have run Python code: see `run`.
    pub check: Option<Check>,
    /// As `check`, where an iterator is exhausted.
    pub exhausted_check: Option<Check>,
    /// Where exits of a call with a frame return from, with the result object.
    tail: Option<Block>,
    /// Ranges that are only iterated over and so never made: start, stop and step.
    pub ranges: HashMap<hir::Value, [Value; 3]>,
    /// What was found out of objects on every way to here.
    pub seen: Seen,
    /// The same at the end of each block.
    seen_after: Vec<Seen>,
    /// The same at its start.
    seen_before: Vec<Seen>,
    /// What is known of lists and tuples.
    pub memory: Memory,
    /// Objects of which several attributes are accessed.
    pub groups: BTreeMap<GroupKey, Group>,
    /// The same on the way into each block that one edge leads to.
    memory_into: Vec<Option<Memory>>,
    /// References that stores to items took and dropped, still to be settled.
    pub counts: Vec<(hir::Value, i32)>,
    /// The object in the local that takes the slice which the current instruction makes, if nobody could tell whether that
    /// is a new one.
    pub replaced: Option<hir::Value>,
    /// How many edges lead to each block.
    entries: Vec<usize>,
    idom: Vec<Option<hir::dominators::Dominator>>,
    /// Which blocks are handlers.
    handlers: Vec<bool>,
    /// Iterators over ranges that are no objects.
    pub iterators: BTreeMap<hir::Value, RangeIter>,
    /// Iterator objects that the prologue made virtual, with their places in the frame.
    pub taken: Vec<(Value, i32)>,
    /// Value of each local slot at entry, and whether the frame keeps its object.
    entry_locals: Vec<hir::Value>,
    pub entry_stack: Vec<hir::Value>,
    pub entry_names: Vec<hir::Value>,
    /// A byte for each local slot: where the local's type is `Perhaps`, whether it is bound.
    pub bound: StackSlot,
    /// What exits pass to the runtime, and what exceptions do.
    pub buffer: StackSlot,
}

impl<'a, 'f> Gen<'a, 'f> {
    #[allow(clippy::too_many_arguments)]
    pub fn new(
        function: &'f mut ir::Function,
        context: &'f mut FunctionBuilderContext,
        code: &'a CodeInfo,
        facts: &'a Facts,
        entry: &'a Entry,
        sp: &'a Specialized,
        slots: &'a mut Slots,
        table: GlobalValue,
        own: Option<FuncRef>,
        abi: Option<&'a Abi>,
        large: bool,
    ) -> Self {
        let mut b = FunctionBuilder::new(function, context);
        colocate(&mut b, table);
        let buffer =
            b.create_sized_stack_slot(StackSlotData::new(StackSlotKind::ExplicitSlot, 8, 3));
        let locals = sp.function.nlocalsplus;
        let bound = StackSlotData::new(StackSlotKind::ExplicitSlot, locals, 0);
        let bound = b.create_sized_stack_slot(bound);
        let nowhere = Value::from_u32(u32::MAX - 1);
        Gen {
            b,
            code,
            facts,
            sp,
            f: &sp.function,
            slots,
            table,
            own,
            abi,
            thread: nowhere,
            callee: nowhere,
            frame: None,
            counts_depth: false,
            room: None,
            large,
            names: None,
            entry,
            vals: HashMap::new(),
            constants: HashMap::new(),
            statics: BTreeSet::new(),
            owned: BTreeSet::new(),
            pending: Vec::new(),
            current: None,
            written: BTreeMap::new(),
            state: StateId(0),
            block_id: hir::BlockId(0),
            done: None,
            exits: Exits::default(),
            blocks: Vec::new(),
            sites: 0,
            targets: HashMap::new(),
            runs: sp.runs,
            assigned: BTreeSet::new(),
            clean: BTreeMap::new(),
            check: None,
            exhausted_check: None,
            tail: None,
            ranges: HashMap::new(),
            seen: Seen::default(),
            seen_after: vec![Seen::default(); sp.function.blocks.len()],
            seen_before: vec![Seen::default(); sp.function.blocks.len()],
            memory: Memory::default(),
            groups: groups::find(&sp.function),
            memory_into: vec![None; sp.function.blocks.len()],
            counts: Vec::new(),
            replaced: None,
            entries: sp.function.entries(),
            idom: hir::dominators::immediate(&sp.function),
            handlers: sp.function.handlers(),
            iterators: BTreeMap::new(),
            taken: Vec::new(),
            entry_locals: Vec::new(),
            entry_stack: Vec::new(),
            entry_names: Vec::new(),
            bound,
            buffer,
        }
    }

    pub fn words(&mut self) -> Words<'_, 'f> {
        Words {
            b: &mut self.b,
            slots: self.slots,
            table: self.table,
        }
    }

    pub fn ty(&self, v: hir::Value) -> Ty {
        self.f.ty(v)
    }

    pub fn is_loop(&self) -> bool {
        matches!(self.entry, Entry::Loop { .. })
    }

    /// The loop header that the unit is entered at.
    pub fn header(&self) -> Option<u32> {
        match self.entry {
            Entry::Call => None,
            Entry::Loop { header, .. } => Some(*header),
        }
    }

    pub fn entry_local(&self, slot: u32) -> Option<hir::Value> {
        self.entry_locals.get(slot as usize).copied()
    }

    pub fn is_constant(&self, v: hir::Value) -> bool {
        self.constants.contains_key(&v)
    }

    /// The unit uses the global without a reference of its own: something else keeps the object alive.
    fn borrows_global(&self, name: u32, how: How) -> bool {
        how == How::Watched
            && (!self.runs
                || self
                    .facts
                    .globals
                    .get(&name)
                    .is_some_and(GlobalFact::is_held))
    }

    /// Generates everything; the exits' descriptions.
    pub fn generate(mut self, config: TargetFrontendConfig) -> Result<Vec<ExitDesc>, Refusal> {
        for block in &self.f.blocks {
            for inst in &block.insts {
                match inst.op {
                    Op::Const(i) => {
                        self.constants.insert(inst.outs[0], i);
                        self.statics.insert(inst.outs[0]);
                    }
                    Op::Null | Op::None => {
                        self.statics.insert(inst.outs[0]);
                    }
                    Op::LoadGlobal(_)
                    | Op::LoadName(_)
                    | Op::LoadMethod { .. }
                    | Op::Generic(hir::Gen::LoadAttr(_), _) => {
                        for &out in &inst.outs {
                            if let Ty::Global(key) = self.f.ty(out)
                                && self.borrows_global(key, inst.how)
                            {
                                self.statics.insert(out);
                            }
                        }
                    }
                    Op::SetLocal { slot, .. } => {
                        self.assigned.insert(slot);
                    }
                    _ => {}
                }
            }
            for param in &block.params {
                if let Place::Local(slot) = param.place {
                    self.assigned.insert(slot);
                }
            }
        }
        self.declare_iterators();
        if self.handlers.contains(&true) && !self.runs {
            return Err(Refusal::NeedsFrame);
        }
        for (block, &handler) in self.f.blocks.iter().zip(&self.handlers) {
            let clif = self.b.create_block();
            for param in &block.params {
                self.b
                    .append_block_param(clif, clif_type(self.f.ty(param.value).repr()));
            }
            if handler {
                // What `catch_raised` gave.
                self.b.append_block_param(clif, I64);
            }
            self.blocks.push(clif);
        }
        self.prologue()?;
        for b in 0..self.f.blocks.len() {
            if b > 0 {
                self.start_block(b);
            }
            self.block(b)?;
        }
        // From here on every value is what it is an alias of.
        self.b.seal_all_blocks();
        let descriptions = self.emit_exits();
        self.emit_tail();
        self.b.seal_all_blocks();
        self.b.finalize(config);
        Ok(descriptions)
    }

    fn prologue(&mut self) -> Result<(), Refusal> {
        let first = self.b.create_block();
        self.b.append_block_params_for_function_params(first);
        self.b.switch_to_block(first);
        self.b.ensure_inserted_block();
        let params = self.b.block_params(first).to_vec();
        self.thread = params[0];
        let miss = self.b.create_block();
        self.b.set_cold_block(miss);
        let mut miss_status = status::MISS;
        match self.entry {
            Entry::Call => {
                self.callee = params[1];
                if self.runs {
                    miss_status = status::REFUSED;
                    self.count_depth(miss);
                    let (thread, callee) = (self.thread, self.callee);
                    let unit = self.words().load(Slot::Unit);
                    self.frame = self.words().call(Id::push_call, &[thread, callee, unit]);
                } else {
                    self.room = Some(params[2]);
                }
            }
            Entry::Loop { .. } => {
                self.frame = Some(params[1]);
                self.names = Some(params[2]);
            }
        }
        let block = &self.f.blocks[0];
        for inst in &block.insts {
            let Some(&out) = inst.outs.first() else {
                continue;
            };
            let ty = self.ty(out);
            let value = match inst.op {
                Op::EntryLocal(slot) => {
                    self.entry_locals.push(out);
                    match self.frame {
                        _ if !self.is_loop() => {
                            let value = params[3 + slot as usize];
                            if !ty.is_raw() {
                                self.incref(value);
                                self.store_local(slot, value);
                            }
                            value
                        }
                        None => return Err(Refusal::Codegen),
                        Some(frame) => {
                            let place = at::FRAME_LOCALSPLUS as i32 + slot as i32 * 8;
                            let object = self.b.ins().load(I64, trusted(), frame, place);
                            self.words().guard(object, miss);
                            self.take(object, ty, miss)
                        }
                    }
                }
                Op::Null => {
                    self.entry_locals.push(out);
                    if let (Some(frame), slot, true) =
                        (self.frame, self.entry_locals.len() - 1, self.is_loop())
                    {
                        let place = at::FRAME_LOCALSPLUS as i32 + slot as i32 * 8;
                        let object = self.b.ins().load(I64, trusted(), frame, place);
                        let empty = self.b.ins().icmp_imm_s(IntCC::Equal, object, 0);
                        self.words().guard(empty, miss);
                    }
                    self.b.ins().iconst(I64, 0)
                }
                Op::EntryStack(slot) => {
                    self.entry_stack.push(out);
                    let Some(frame) = self.frame else {
                        return Err(Refusal::Codegen);
                    };
                    let place =
                        at::FRAME_LOCALSPLUS as i32 + (self.f.nlocalsplus + slot) as i32 * 8;
                    let object = self.b.ins().load(I64, trusted(), frame, place);
                    if ty != Ty::Maybe {
                        self.words().guard(object, miss);
                    }
                    let taken = self.take(object, ty, miss);
                    if self.iterators.contains_key(&out) {
                        self.take_iterator(out, taken, place, miss)
                    } else {
                        self.owned.insert(out);
                        taken
                    }
                }
                Op::EntryName(slot) => {
                    self.entry_names.push(out);
                    let Some(names) = self.names else {
                        return Err(Refusal::Codegen);
                    };
                    let object = self.b.ins().load(I64, trusted(), names, slot as i32 * 8);
                    self.statics.insert(out);
                    self.take(object, ty, miss)
                }
                _ => return Err(Refusal::Codegen),
            };
            self.vals.insert(out, value);
        }
        self.drop_taken_iterators();
        self.state = block.entry_state;
        // The checks above leave to `miss`, which must come before anything is taken over.
        let here = self.b.current_block().ok_or(Refusal::Codegen)?;
        self.b.switch_to_block(miss);
        let code = self.b.ins().iconst(I64, miss_status as i64);
        if let Some(abi) = self.abi {
            let none = self.zero(clif_type(abi.result));
            self.b.ins().return_(&[none, code]);
        } else {
            self.b.ins().return_(&[code]);
        }
        self.b.switch_to_block(here);
        if self.frame.is_none() {
            self.check_room();
        }
        if self.abi.is_some() && self.calls() {
            self.poll();
        }
        Ok(())
    }

    fn zero(&mut self, ty: ir::Type) -> Value {
        if ty == F64 {
            self.b.ins().f64const(0.0)
        } else {
            self.b.ins().iconst(I64, 0)
        }
    }

    /// Checks an object of the frame and brings it into the representation of its type.
    fn take(&mut self, object: Value, ty: Ty, miss: Block) -> Value {
        let mut words = self.words();
        match ty {
            Ty::Int => words.unbox_int(object, miss),
            Ty::Float => words.unbox_float(object, miss),
            Ty::Bool => words.unbox_bool(object, miss),
            Ty::None => {
                words.check_type(object, TypeTag::None, miss);
                object
            }
            Ty::Exact(tag) => {
                words.check_type(object, tag, miss);
                object
            }
            _ => object,
        }
    }

    /// A unit with a frame counts depth as the interpreter does, and stops before the stack ends.
    fn count_depth(&mut self, refused: Block) {
        let place = at::THREAD_PY_RECURSION as i32;
        let depth = self.b.ins().load(I32, trusted(), self.thread, place);
        let good = self.b.ins().icmp_imm_s(IntCC::SignedGreaterThan, depth, 0);
        self.words().guard(good, refused);
        let limit = self.words().load(Slot::StackLimit);
        let limit = self.b.ins().load(I64, trusted(), limit, 0);
        let stack = self.b.ins().get_stack_pointer(I64);
        let good = self.b.ins().icmp(IntCC::UnsignedGreaterThan, stack, limit);
        self.words().guard(good, refused);
        let less = self.b.ins().iadd_imm_s(depth, -1);
        self.b.ins().store(trusted(), less, self.thread, place);
        self.counts_depth = true;
    }

    /// Gives the depth back.
    pub fn restore_depth(&mut self) {
        if self.counts_depth {
            // The program may have set another limit meanwhile.
            let place = at::THREAD_PY_RECURSION as i32;
            let depth = self.b.ins().load(I32, trusted(), self.thread, place);
            let more = self.b.ins().iadd_imm_s(depth, 1);
            self.b.ins().store(trusted(), more, self.thread, place);
        }
    }

    /// A frameless unit that makes calls leaves at its start where no call may nest any more: the interpreter goes on,
    /// counts as always, and raises what is due. So a call never fails for that reason, and costs one subtraction.
    fn check_room(&mut self) {
        if let (true, Some(room)) = (self.calls(), self.room) {
            let exit = self.exit(ExitReason::Recursion);
            let good = self.b.ins().icmp_imm_s(IntCC::SignedGreaterThan, room, 0);
            self.words().guard(good, exit);
        }
        if self.large {
            let exit = self.exit(ExitReason::Recursion);
            let limit = self.words().load(Slot::StackLimit);
            let limit = self.b.ins().load(I64, trusted(), limit, 0);
            let stack = self.b.ins().get_stack_pointer(I64);
            let good = self.b.ins().icmp(IntCC::UnsignedGreaterThan, stack, limit);
            self.words().guard(good, exit);
        }
    }

    /// Native code calls native code here.
    fn calls(&self) -> bool {
        let mut all = self.f.blocks.iter().flat_map(|b| &b.insts);
        all.any(|i| i.how.calls())
    }

    /// Leaves here if a signal, another thread or the collector wants its turn. Loops do so at their back-edges; calls
    /// alone can take as long.
    pub fn poll(&mut self) {
        let byte = self.breaker();
        let exit = self.exit(ExitReason::Poll);
        let next = self.b.create_block();
        self.b.ins().brif(byte, exit, &[], next, &[]);
        self.b.switch_to_block(next);
    }

    /// How many calls may nest below one that is made here; leaves if it may not be made.
    pub fn room_below(&mut self) -> Value {
        match self.room {
            Some(room) => self.b.ins().iadd_imm_s(room, -1),
            None => {
                let exit = self.exit(ExitReason::Recursion);
                let thread = self.thread;
                self.words().room(thread, exit)
            }
        }
    }

    fn start_block(&mut self, b: usize) {
        let block = &self.f.blocks[b];
        let clif = self.blocks[b];
        self.b.switch_to_block(clif);
        if matches!(block.term, Term::Exit(reason) if block.insts.is_empty() || reason == ExitReason::Raised)
        {
            self.b.set_cold_block(clif);
        }
        for (i, param) in block.params.iter().enumerate() {
            let value = self.b.block_params(clif)[i];
            self.vals.insert(param.value, value);
            if matches!(param.place, Place::Name(_)) {
                self.statics.insert(param.value);
            }
        }
        self.owned.clear();
        self.pending.clear();
        self.written.clear();
        self.exits.cached.clear();
        self.seen = match self.idom[b] {
            Some(d) if d.whole => self.seen_after[d.block].clone(),
            Some(d) => self.seen_before[d.block].clone(),
            None => Seen::default(),
        };
        self.seen_before[b] = self.seen.clone();
        self.memory = self.memory_into[b].take().unwrap_or_default();
        self.clean.clear();
        self.targets.clear();
        self.check = None;
        self.done = None;
        self.state = block.entry_state;
        let stack = self.f.state(block.entry_state).stack.clone();
        for v in stack {
            if self.is_counted(v) && !self.sp.borrowed.items.contains(&v) {
                self.owned.insert(v);
            }
        }
        if self.handlers[b] {
            self.start_handler(clif);
        }
    }

    /// A value that needs a reference to stay alive.
    pub fn is_counted(&self, v: hir::Value) -> bool {
        !self.ty(v).is_raw()
            && !matches!(self.ty(v), Ty::Null | Ty::None | Ty::Bottom)
            && !self.statics.contains(&v)
    }

    fn block(&mut self, b: usize) -> Result<(), Refusal> {
        let block = &self.f.blocks[b];
        self.block_id = hir::BlockId(b as u32);
        if b > 0 {
            let mut insts = block.insts.iter().peekable();
            while let Some(inst) = insts.next() {
                self.begin(inst.state);
                self.current = Some(inst);
                self.before_memory(inst);
                self.replaced = insts.peek().and_then(|next| self.replaced_by(inst, next));
                if self.append_str(inst, insts.peek().copied())? {
                    insts.next();
                } else if !self.instruction(inst)? {
                    return Ok(());
                }
            }
        }
        self.current = None;
        self.settle_counts();
        self.seen_after[b] = self.seen.clone();
        self.terminator(b)
    }

    /// The object that is dropped when `next` stores the slice that `inst` makes to a local.
    fn replaced_by(&self, inst: &Inst, next: &Inst) -> Option<hir::Value> {
        if !matches!(inst.op, Op::Generic(hir::Gen::BinarySlice, _)) {
            return None;
        }
        let Op::SetLocal { slot, value } = next.op else {
            return None;
        };
        let old = self.f.state(inst.state).locals[slot as usize];
        let (before, after) = (self.f.state(inst.state), self.f.state(next.state));
        let once = after.stack.iter().filter(|&&v| v == value).count() == 1;
        let alone = !before.stack.contains(&old) && !self.owned.contains(&old);
        (inst.outs.first() == Some(&value)
            && once
            && alone
            && after.locals[slot as usize] == old
            && matches!(self.ty(old), Ty::Object | Ty::Exact(_))
            && !self.is_constant(old)
            && self.is_only_indexed(slot))
        .then_some(old)
    }

    /// The unit does nothing with the objects of this local slot that could tell which objects they are.
    fn is_only_indexed(&self, slot: u32) -> bool {
        let here = |place: Place| place == Place::Local(slot);
        let mut values = BTreeSet::from_iter(self.entry_local(slot));
        for block in &self.f.blocks {
            let params = block.params.iter().filter(|p| here(p.place));
            values.extend(params.map(|p| p.value));
            for inst in &block.insts {
                if let Op::SetLocal { slot: other, value } = inst.op
                    && other == slot
                {
                    values.insert(value);
                }
            }
        }
        self.f.blocks.iter().all(|block| {
            block.insts.iter().all(|inst| {
                let container = match &inst.op {
                    Op::Subscr { container, .. } | Op::StoreSubscr { container, .. } => *container,
                    Op::Generic(hir::Gen::BinarySlice, args) => args[0],
                    Op::SetLocal { slot: other, value } if *other == slot => *value,
                    Op::Call { args, .. } if inst.how == How::Known(Known::Len) => args[0],
                    _ => hir::Value(u32::MAX),
                };
                let mut uses = 0;
                inst.op
                    .operands(|v| uses += usize::from(values.contains(&v)));
                uses == usize::from(values.contains(&container))
            }) && block.term.edges().iter().all(|edge| {
                let params = &self.f.block(edge.to).params;
                params
                    .iter()
                    .zip(&edge.args)
                    .all(|(param, arg)| here(param.place) || !values.contains(arg))
            }) && !matches!(block.term, Term::Return(v) if values.contains(&v))
                && !matches!(block.term, Term::ForIter { iter, .. } if values.contains(&iter))
        })
    }

    /// Start of a bytecode instruction. Those before it that are no operations have begun too: where Python code may run,
    /// or has run, the frame is what the interpreter's would be at each of them.
    fn begin(&mut self, state: StateId) {
        if state == self.state {
            return;
        }
        if self.runs {
            for id in self.state.0 + 1..state.0 {
                let (now, next) = (self.f.state(self.state).at, self.f.state(StateId(id)).at);
                if next > now {
                    self.advance(StateId(id));
                }
            }
        }
        self.advance(state);
        self.stress(state);
    }

    /// The instruction before this state is done: what left the frame is released.
    fn advance(&mut self, state: StateId) {
        let done = self.f.state(self.state).at;
        if done != self.f.state(state).at {
            self.done = Some(done);
        }
        self.state = state;
        self.exits.cached.clear();
        self.written.clear();
        let stack: BTreeSet<hir::Value> = self.f.state(state).stack.iter().copied().collect();
        let mut dead: Vec<hir::Value> = self
            .owned
            .iter()
            .copied()
            .filter(|v| !stack.contains(v))
            .collect();
        for v in &dead {
            self.owned.remove(v);
        }
        dead.append(&mut self.pending);
        if !dead.is_empty() || self.check.is_some() {
            self.settle_counts();
        }
        self.release_all(&dead, None);
        if self.check.is_some() {
            let state = self.here();
            self.may_go_on(&state);
        }
    }

    /// Stress: leave here, if the seed says so.
    fn stress(&mut self, state: StateId) {
        let Some(seed) = self.facts.stress_exits else {
            return;
        };
        let at = self.f.state(state).at;
        let mixed = at
            .wrapping_add(seed.wrapping_mul(0x9E37_79B9))
            .wrapping_mul(0x85EB_CA6B)
            >> 16;
        if mixed % 12 == 0 {
            self.settle_counts();
            let never = self.b.ins().iconst(I8, 0);
            let exit = self.exit(ExitReason::Stress);
            self.words().guard(never, exit);
        }
    }

    /// Drops a reference of each value. Where the end of an object may run Python code, native code leaves.
    fn release_all(&mut self, dead: &[hir::Value], edge: Option<&EdgeState>) {
        for (i, &v) in dead.iter().enumerate() {
            let Some(&object) = self.vals.get(&v) else {
                continue;
            };
            let atomic = self.ty(v).is_atomic();
            let rest: Vec<Value> = dead[i + 1..]
                .iter()
                .filter_map(|v| self.vals.get(v).copied())
                .collect();
            let maybe_null = self.ty(v) == Ty::Maybe;
            let state = match edge {
                Some(edge) => edge.stack.clone(),
                None => self.f.state(self.state).stack.clone(),
            };
            if self.runs && !atomic && !self.borrows(&state) {
                let snapshot = match edge {
                    Some(edge) => edge.clone(),
                    None => self.here(),
                };
                self.drop_reference(object, maybe_null, Last::Run(snapshot, rest));
                continue;
            }
            let exit = if atomic {
                None
            } else {
                let snapshot = match edge {
                    Some(edge) => edge.clone(),
                    None => self.here(),
                };
                Some(self.exit_at(&snapshot, ExitReason::Destructor, ExitKind::Resume, rest))
            };
            self.decref(object, maybe_null, exit);
        }
    }

    /// Some value of this stack lives only as long as no container changes.
    pub fn borrows(&self, stack: &[hir::Value]) -> bool {
        stack
            .iter()
            .any(|v| self.sp.borrowed.contains(*v) && !self.owned.contains(v))
    }

    /// Drops one reference; `exit`: where to go if the object's end may run Python code (none: it cannot).
    pub fn decref(&mut self, object: Value, maybe_null: bool, exit: Option<Block>) {
        self.drop_reference(object, maybe_null, exit.map_or(Last::Free, Last::Leave));
    }

    pub fn drop_reference(&mut self, object: Value, maybe_null: bool, last_one: Last) {
        let done = self.b.create_block();
        if maybe_null {
            let next = self.b.create_block();
            self.b.ins().brif(object, next, &[], done, &[]);
            self.b.switch_to_block(next);
        }
        let count = self.b.ins().load(I32, trusted(), object, 0);
        let mortal = self
            .b
            .ins()
            .icmp_imm_s(IntCC::SignedGreaterThanOrEqual, count, 0);
        let (drop, last) = (self.b.create_block(), self.b.create_block());
        self.b.set_cold_block(last);
        self.b.ins().brif(mortal, drop, &[], done, &[]);
        self.b.switch_to_block(drop);
        let less = self.b.ins().iadd_imm_s(count, -1);
        self.b.ins().store(trusted(), less, object, 0);
        self.b.ins().brif(less, done, &[], last, &[]);
        self.b.switch_to_block(last);
        match last_one {
            Last::Free => {
                self.words().call(Id::dealloc, &[object]);
                self.b.ins().jump(done, &[]);
            }
            Last::Defer => {
                self.words().call(Id::free_or_defer, &[object]);
                self.b.ins().jump(done, &[]);
            }
            Last::Late => {
                self.words().call(Id::defer_end, &[object]);
                self.b.ins().jump(done, &[]);
            }
            Last::Run(state, rest) => {
                if let Some(freed) = self.words().call(Id::free_plainly, &[object]) {
                    let run = self.b.create_block();
                    self.b.ins().brif(freed, done, &[], run, &[]);
                    self.b.switch_to_block(run);
                    self.end_life(object, &state, rest);
                    self.b.ins().jump(done, &[]);
                }
            }
            Last::Leave(exit) => {
                let deferred = self.words().call(Id::free_or_defer, &[object]);
                if let Some(deferred) = deferred {
                    self.b.ins().brif(deferred, exit, &[], done, &[]);
                }
            }
        }
        self.b.switch_to_block(done);
    }

    /// Takes a reference; immortal objects stay as they are.
    pub fn incref(&mut self, object: Value) {
        let count = self.b.ins().load(I32, trusted(), object, 0);
        let more = self.b.ins().iadd_imm_s(count, 1);
        let (store, done) = (self.b.create_block(), self.b.create_block());
        self.b.ins().brif(more, store, &[], done, &[]);
        self.b.switch_to_block(store);
        self.b.ins().store(trusted(), more, object, 0);
        self.b.ins().jump(done, &[]);
        self.b.switch_to_block(done);
    }

    /// Takes a reference of a value that may be null.
    pub fn incref_maybe(&mut self, object: Value, maybe_null: bool) {
        if !maybe_null {
            return self.incref(object);
        }
        let (next, done) = (self.b.create_block(), self.b.create_block());
        self.b.ins().brif(object, next, &[], done, &[]);
        self.b.switch_to_block(next);
        self.incref(object);
        self.b.ins().jump(done, &[]);
        self.b.switch_to_block(done);
    }

    // ---- values ----

    /// The value in its own representation.
    pub fn raw(&mut self, v: hir::Value) -> Value {
        if let Ty::Global(name) = self.ty(v) {
            // Where it is used: most are only called, and that needs no object.
            return self.words().load(Slot::Global(name));
        }
        match self.vals.get(&v) {
            Some(&value) => value,
            // Only unreachable code uses a value that nothing defined.
            None => {
                let ty = clif_type(self.ty(v).repr());
                self.zero(ty)
            }
        }
    }

    pub fn constant(&self, v: hir::Value) -> Option<&Const> {
        self.constants
            .get(&v)
            .and_then(|&i| self.code.consts.get(i as usize))
    }

    /// The value as an object, and whether that is a new reference which the caller must use up.
    pub fn object(&mut self, v: hir::Value) -> (Value, bool) {
        if let Some(&i) = self.constants.get(&v)
            && self.ty(v) != Ty::None
        {
            return (self.words().load(Slot::Const(i as u16)), false);
        }
        if let Some(object) = self.home_box(v) {
            return (object, false);
        }
        let value = self.raw(v);
        match self.ty(v) {
            Ty::None => (self.words().load(Slot::None), false),
            Ty::Perhaps(_) => (self.perhaps_object(v), true),
            ty => match ty.repr() {
                Repr::Boxed => (value, false),
                repr => (self.words().box_number(value, repr), repr != Repr::Bool),
            },
        }
    }

    /// The object of a number that is bound.
    pub fn bound_object(&mut self, v: hir::Value) -> Value {
        let (value, repr) = (self.raw(v), self.ty(v).repr());
        self.words().box_number(value, repr)
    }

    /// A new object of a number, null if it is unbound.
    fn perhaps_object(&mut self, v: hir::Value) -> Value {
        let (bound, done) = (self.b.create_block(), self.b.create_block());
        self.b.append_block_param(done, I64);
        let test = self.is_bound(v);
        let null = self.b.ins().iconst(I64, 0);
        self.b.ins().brif(test, bound, &[], done, &[null.into()]);
        self.b.switch_to_block(bound);
        let object = self.bound_object(v);
        self.b.ins().jump(done, &[object.into()]);
        self.b.switch_to_block(done);
        self.b.block_params(done)[0]
    }

    /// Not 0 if the value of a local slot is there.
    pub fn is_bound(&mut self, v: hir::Value) -> Value {
        match (self.ty(v), self.slot_of_param(v)) {
            (Ty::Perhaps(_), Some(slot)) => {
                self.b.ins().stack_load(I64, I8, self.bound, slot as i32)
            }
            _ => self.raw(v),
        }
    }

    /// Local slot that a block parameter stands for.
    fn slot_of_param(&self, v: hir::Value) -> Option<u32> {
        let mut params = self.f.blocks.iter().flat_map(|b| &b.params);
        match params.find(|p| p.value == v)?.place {
            Place::Local(slot) => Some(slot),
            _ => None,
        }
    }

    /// The value as an object with a reference of its own.
    pub fn owned_object(&mut self, v: hir::Value) -> Value {
        let (object, new) = self.object(v);
        if !new && !matches!(self.ty(v), Ty::None | Ty::Bool) {
            self.incref_maybe(object, self.ty(v) == Ty::Maybe);
        }
        object
    }

    /// A new `int`, or the shared small one.
    pub fn box_int(&mut self, value: Value) -> Value {
        self.words().box_int(Id::box_int, value)
    }

    /// Leaves through `miss` unless the object is of this exact type; a type does not change.
    pub fn exact_object(&mut self, v: hir::Value, tag: TypeTag, miss: Block) -> Value {
        let object = match self.ty(v) {
            Ty::None => self.object(v).0,
            _ => self.raw(v),
        };
        if self.ty(v) != Ty::Exact(tag) && self.seen.types.get(&v) != Some(&tag) {
            self.words().check_type(object, tag, miss);
            self.seen.types.insert(v, tag);
        }
        object
    }

    /// The value as a 64-bit integer; leaves through `miss` if it is none.
    pub fn int(&mut self, v: hir::Value, miss: Block) -> Value {
        let value = self.raw(v);
        match self.ty(v) {
            Ty::Int | Ty::Bool => value,
            Ty::Float => {
                let never = self.b.ins().iconst(I8, 0);
                self.words().guard(never, miss);
                self.b.ins().iconst(I64, 0)
            }
            _ if self.seen.ints.contains_key(&v) => self.seen.ints[&v],
            ty => {
                let object = match ty {
                    Ty::Exact(TypeTag::BigInt) => value,
                    _ => self.exact_object(v, TypeTag::Int, miss),
                };
                let number = self.words().int_value(object, miss);
                self.seen.ints.insert(v, number);
                number
            }
        }
    }

    /// The value as a double; leaves through `miss` if it is no number of the expected type.
    pub fn float(&mut self, v: hir::Value, miss: Block) -> Value {
        let value = self.raw(v);
        match self.ty(v) {
            Ty::Float => value,
            Ty::Int | Ty::Bool => self.b.ins().fcvt_from_sint(F64, value),
            Ty::Exact(TypeTag::Float) => {
                self.b
                    .ins()
                    .load(F64, trusted(), value, at::FLOAT_VALUE as i32)
            }
            Ty::Exact(TypeTag::Int | TypeTag::BigInt) => {
                let value = self.words().int_value(value, miss);
                self.b.ins().fcvt_from_sint(F64, value)
            }
            Ty::Object if self.sp.demand.hint(v) == Some(TypeTag::Int) && !self.seen_float() => {
                let value = self.int(v, miss);
                self.b.ins().fcvt_from_sint(F64, value)
            }
            Ty::Global(name) if self.is_int_global(name) => {
                let value = self.int(v, miss);
                self.b.ins().fcvt_from_sint(F64, value)
            }
            _ => {
                let object = self.exact_object(v, TypeTag::Float, miss);
                self.b
                    .ins()
                    .load(F64, trusted(), object, at::FLOAT_VALUE as i32)
            }
        }
    }

    fn is_int_global(&self, name: u32) -> bool {
        matches!(
            self.facts.globals.get(&name),
            Some(GlobalFact::Object(TypeTag::Int))
        )
    }

    fn seen_float(&self) -> bool {
        let at = self.f.state(self.state).at;
        self.code
            .instrs
            .iter()
            .any(|i| i.at == at && i.seen.ends_with("_FLOAT"))
    }

    /// Whether the value is an `int` or a `bool` for arithmetic.
    pub fn is_int(&self, v: hir::Value) -> bool {
        match self.ty(v) {
            Ty::Int | Ty::Bool | Ty::Exact(TypeTag::Int | TypeTag::BigInt) => true,
            Ty::Global(name) => self.is_int_global(name),
            Ty::Object => self.sp.demand.hint(v) == Some(TypeTag::Int) && !self.seen_float(),
            _ => false,
        }
    }

    /// An object that was just loaded or made becomes the value `out` in the representation of its type. `new`: the
    /// reference is ours.
    pub fn define_loaded(&mut self, out: hir::Value, object: Value, new: bool, miss: Block) {
        let ty = self.ty(out);
        let value = match ty {
            Ty::Int => self.words().unbox_int(object, miss),
            Ty::Float => self.words().unbox_float(object, miss),
            Ty::Bool => self.words().unbox_bool(object, miss),
            _ => object,
        };
        self.vals.insert(out, value);
        if ty.is_raw() {
            if new {
                self.decref(object, false, None);
            }
        } else if self.is_counted(out) && (new || !self.sp.borrowed.contains(out)) {
            if !new {
                self.incref(object);
            }
            self.owned.insert(out);
        }
    }

    // ---- exits ----

    /// The frame state of the current instruction.
    pub fn here(&self) -> EdgeState {
        let s = self.f.state(self.state);
        EdgeState {
            resume: s.resume,
            at: s.at,
            locals: s.locals.clone(),
            stack: s.stack.clone(),
            names: s.names.clone(),
        }
    }

    /// The slots by a base of its own, which lives only where it is used.
    pub fn other_base(&mut self) -> GlobalValue {
        let data = self.b.func.global_values[self.table].clone();
        self.b.func.create_global_value(data)
    }

    pub fn tail_block(&mut self) -> Block {
        *self.tail.get_or_insert_with(|| {
            let block = self.b.create_block();
            self.b.append_block_param(block, I64);
            self.b.set_cold_block(block);
            block
        })
    }

    /// The interpreter has run the rest of a call: returns its result, unboxed if it fits the convention.
    fn emit_tail(&mut self) {
        let (Some(tail), Some(abi)) = (self.tail, self.abi) else {
            return;
        };
        self.b.switch_to_block(tail);
        let object = self.b.block_params(tail)[0];
        let (some, other, none) = (
            self.b.create_block(),
            self.b.create_block(),
            self.b.create_block(),
        );
        self.b.ins().brif(object, some, &[], none, &[]);
        self.b.switch_to_block(none);
        let zero = self.zero(clif_type(abi.result));
        let raised = self.b.ins().iconst(I64, status::RAISED as i64);
        self.b.ins().return_(&[zero, raised]);
        self.b.switch_to_block(some);
        let mut words = self.words();
        let value = match abi.result {
            Repr::Int => words.unbox_int(object, other),
            Repr::Float => words.unbox_float(object, other),
            Repr::Bool => words.unbox_bool(object, other),
            Repr::Boxed => object,
        };
        if abi.result != Repr::Boxed {
            self.decref(object, false, None);
        }
        let done = self.b.ins().iconst(I64, status::DONE as i64);
        self.b.ins().return_(&[value, done]);
        self.b.switch_to_block(other);
        let word = if abi.result == Repr::Float {
            self.b.ins().bitcast(F64, MemFlagsData::new(), object)
        } else {
            object
        };
        let code = self.b.ins().iconst(I64, status::OTHER as i64);
        self.b.ins().return_(&[word, code]);
    }

    // ---- locals ----

    /// Writes an object (or null) into the frame's slot.
    fn store_local(&mut self, slot: u32, object: Value) {
        if let Some(frame) = self.frame {
            let place = (at::FRAME_LOCALSPLUS + 8 * slot as usize) as i32;
            self.b.ins().store(trusted(), object, frame, place);
        }
    }

    /// The frame's slot holds this object from now on. If the local was a number in a register, the slot may hold a box
    /// of an earlier value.
    fn replace_local(&mut self, slot: u32, object: Value, stale: bool) {
        let Some(frame) = self.frame else {
            return;
        };
        let place = (at::FRAME_LOCALSPLUS + 8 * slot as usize) as i32;
        let old = stale.then(|| self.b.ins().load(I64, trusted(), frame, place));
        self.b.ins().store(trusted(), object, frame, place);
        if let Some(old) = old {
            self.decref(old, true, None);
        }
    }

    /// A local slot takes over a value.
    pub fn set_local(&mut self, inst: &Inst, slot: u32, v: hir::Value) {
        let state = self.f.state(self.state);
        let old = self
            .written
            .get(&slot)
            .copied()
            .unwrap_or(state.locals[slot as usize]);
        if self.counts_in_local(v) {
            let store = self.code.instrs[inst.origin as usize]
                .op
                .starts_with("STORE_FAST");
            let once = state.stack.iter().filter(|&&s| s == v).count() == 1;
            if store && once && self.owned.contains(&v) {
                self.owned.remove(&v);
            } else {
                let value = self.local_object(v);
                self.incref_maybe(value, self.ty(v) == Ty::Maybe);
            }
        }
        if self.counts_in_local(old) {
            // A temporary that this slot kept alive takes the reference over.
            let pushed = self.code.instrs[inst.origin as usize].op == "LOAD_FAST_AND_CLEAR";
            let on_stack = (pushed || state.stack.contains(&old))
                && !self.owned.contains(&old)
                && self.is_counted(old);
            if on_stack {
                self.owned.insert(old);
            } else {
                self.pending.push(old);
            }
        }
        if self.frame.is_some() {
            let stale = self.ty(old).is_raw();
            match self.ty(v) {
                ty if ty.is_raw() => {
                    if !stale {
                        let null = self.b.ins().iconst(I64, 0);
                        self.replace_local(slot, null, false);
                    }
                }
                Ty::Null | Ty::Bottom => {
                    let null = self.b.ins().iconst(I64, 0);
                    self.replace_local(slot, null, stale);
                }
                _ => {
                    let object = self.object(v).0;
                    self.replace_local(slot, object, stale);
                }
            }
            self.clean.remove(&slot);
        }
        self.written.insert(slot, v);
    }

    /// The local slot's value has become another object, which the slot owns: the rest of the store in `state`.
    pub fn take_over(&mut self, state: StateId, slot: u32, v: hir::Value) {
        let object = self.raw(v);
        self.store_local(slot, object);
        self.state = state;
        self.exits.cached.clear();
        self.written.clear();
        self.written.insert(slot, v);
    }

    /// A local slot with this value owns a reference.
    pub fn counts_in_local(&self, v: hir::Value) -> bool {
        !self.ty(v).is_raw() && !matches!(self.ty(v), Ty::Null | Ty::None | Ty::Bottom)
    }

    /// Pointer of a value that a local slot holds.
    fn local_object(&mut self, v: hir::Value) -> Value {
        self.raw(v)
    }

    // ---- edges ----

    /// The block is entered from a place that is no edge of the graph: what is known of memory on its edges does not hold.
    pub fn also_from_here(&mut self, block: hir::BlockId) {
        self.entries[block.0 as usize] += 1;
    }

    pub fn edge(&mut self, edge: &Edge) -> Result<(), Refusal> {
        let target = self.f.block(edge.to);
        let params: HashMap<hir::Value, hir::Value> = target
            .params
            .iter()
            .zip(&edge.args)
            .map(|(p, &a)| (p.value, a))
            .collect();
        let after = self.f.state(target.entry_state).clone();
        let subst = |vs: &[hir::Value]| -> Vec<hir::Value> {
            vs.iter()
                .map(|v| params.get(v).copied().unwrap_or(*v))
                .collect()
        };
        let before = EdgeState {
            resume: after.resume,
            at: after.at,
            locals: subst(&after.locals),
            stack: subst(&after.stack),
            names: subst(&after.names),
        };
        self.done = Some(self.f.state(self.state).at);
        // First of all: who has written to a local finds it as he left it.
        self.may_go_on(&before);
        let mut args: Vec<Value> = Vec::new();
        let mut dead: Vec<hir::Value> = Vec::new();
        // Checks first: they may leave.
        for (param, &arg) in target.params.iter().zip(&edge.args) {
            let (to, from) = (self.ty(param.value), self.ty(arg));
            if to == Ty::Bottom || from == Ty::Bottom {
                let zero = self.zero(clif_type(to.repr()));
                args.push(zero);
                continue;
            }
            if let (Ty::Perhaps(repr), Place::Local(slot)) = (to, param.place) {
                if !matches!(from, Ty::Perhaps(_)) {
                    let bound = self.b.ins().iconst(I8, i64::from(from != Ty::Null));
                    self.b
                        .ins()
                        .stack_store(I64, bound, self.bound, slot as i32);
                }
                args.push(match from {
                    Ty::Null => self.zero(clif_type(repr)),
                    _ => self.raw(arg),
                });
                continue;
            }
            if to.is_raw() && !from.is_raw() {
                let exit = self.exit_at(&before, ExitReason::Type, ExitKind::Resume, Vec::new());
                let object = self.raw(arg);
                let known = self.seen.ints.get(&arg).copied();
                let mut words = self.words();
                args.push(match (to, known) {
                    (Ty::Int, Some(number)) => number,
                    (Ty::Int, None) => words.unbox_int(object, exit),
                    (Ty::Float, _) => words.unbox_float(object, exit),
                    _ => words.unbox_bool(object, exit),
                });
                // A frame keeps the object in its slot until the local is assigned or synchronised.
                if self.counts_in_local(arg)
                    && matches!(param.place, Place::Local(_))
                    && self.frame.is_none()
                {
                    dead.push(arg);
                }
            } else if to.is_raw() {
                if to != from {
                    return Err(Refusal::Codegen);
                }
                let value = self.raw(arg);
                args.push(value);
            } else {
                // Placeholder: boxed below, after all checks.
                args.push(self.thread);
            }
        }
        let mut have = self.owned.clone();
        for (i, (param, &arg)) in target.params.iter().zip(&edge.args).enumerate() {
            let (to, from) = (self.ty(param.value), self.ty(arg));
            if to.is_raw() || to == Ty::Bottom || from == Ty::Bottom {
                continue;
            }
            if from == Ty::Null || self.iterators.contains_key(&param.value) {
                args[i] = self.b.ins().iconst(I64, 0);
                continue;
            }
            if matches!(param.place, Place::Name(_)) && from.is_raw() {
                return Err(Refusal::Codegen);
            }
            let (object, new) = self.object(arg);
            args[i] = object;
            match param.place {
                Place::Stack(_)
                    if !new && !have.remove(&arg) && !matches!(from, Ty::None | Ty::Bool) =>
                {
                    self.incref_maybe(object, from == Ty::Maybe);
                }
                // A constant that becomes an object of a local slot.
                Place::Local(_) if !new && from.is_raw() => self.incref(object),
                _ => {}
            }
            if let (Place::Local(slot), true) = (param.place, from.is_raw()) {
                self.replace_local(slot, object, true);
            }
        }
        // Values that stay on the stack as they are.
        for &v in &after.stack {
            if target.params.iter().any(|p| p.value == v)
                || !self.is_counted(v)
                || self.sp.borrowed.items.contains(&v)
            {
                continue;
            }
            // One reference more where nothing owns it yet, or a parameter took the one there was.
            let taken = target
                .params
                .iter()
                .zip(&edge.args)
                .any(|(p, &a)| a == v && matches!(p.place, Place::Stack(_)));
            have.remove(&v);
            if !self.owned.contains(&v) || taken {
                let object = self.raw(v);
                self.incref_maybe(object, self.ty(v) == Ty::Maybe);
            }
        }
        dead.extend(have.iter().copied().filter(|v| !after.stack.contains(v)));
        dead.extend(&self.pending);
        self.pass_iterators(edge);
        if !dead.is_empty() {
            // From here on the frame is the target's: exits name its parameters.
            let pending = std::mem::take(&mut self.pending);
            let saved = (self.vals.clone(), self.owned.clone(), pending);
            for (i, param) in target.params.iter().enumerate() {
                self.vals.insert(param.value, args[i]);
            }
            self.owned = after
                .stack
                .iter()
                .copied()
                .filter(|&v| self.is_counted(v) && !self.sp.borrowed.items.contains(&v))
                .collect();
            let state = EdgeState {
                resume: after.resume,
                at: after.at,
                locals: after.locals.clone(),
                stack: after.stack.clone(),
                names: after.names.clone(),
            };
            // The dead values are named by their own objects, not by parameters of the same slot.
            let objects: Vec<(Value, bool, bool)> = dead
                .iter()
                .filter_map(|v| {
                    saved
                        .0
                        .get(v)
                        .map(|&o| (o, self.ty(*v) == Ty::Maybe, self.ty(*v).is_atomic()))
                })
                .collect();
            for (i, &(object, maybe, atomic)) in objects.iter().enumerate() {
                let rest = objects[i + 1..].iter().map(|o| o.0).collect();
                if self.runs && !atomic && !self.borrows(&state.stack) {
                    self.drop_reference(object, maybe, Last::Run(state.clone(), rest));
                    continue;
                }
                let exit = (!atomic)
                    .then(|| self.exit_at(&state, ExitReason::Destructor, ExitKind::Resume, rest));
                self.decref(object, maybe, exit);
            }
            (self.vals, self.owned, self.pending) = saved;
        }
        if self.entries[edge.to.0 as usize] == 1 {
            self.memory_into[edge.to.0 as usize] = Some(self.memory.clone());
        }
        let args: Vec<BlockArg> = args.into_iter().map(BlockArg::Value).collect();
        let to = self.blocks[edge.to.0 as usize];
        self.b.ins().jump(to, &args);
        Ok(())
    }

    fn terminator(&mut self, b: usize) -> Result<(), Refusal> {
        let block = &self.f.blocks[b];
        if b > 0 {
            self.begin(block.term_state);
        }
        match &block.term {
            Term::Jump(edge) => self.edge(edge),
            Term::Branch { cond, then, other } => {
                let cond = match self.constant(*cond) {
                    Some(Const::Bool(value)) => {
                        let value = i64::from(*value);
                        self.b.ins().iconst(I64, value)
                    }
                    _ => self.raw(*cond),
                };
                let (yes, no) = (self.b.create_block(), self.b.create_block());
                self.b.ins().brif(cond, yes, &[], no, &[]);
                let saved = (self.owned.clone(), self.pending.clone(), self.check.clone());
                let memory = self.memory.clone();
                self.b.switch_to_block(yes);
                self.edge(then)?;
                (self.owned, self.pending, self.check) = saved;
                self.memory = memory;
                self.b.switch_to_block(no);
                self.edge(other)
            }
            Term::ForIter {
                iter,
                item,
                body,
                done,
                how,
            } => {
                let exhausted = self.b.create_block();
                if *how != How::Iter(TypeTag::RangeIter) {
                    self.memory.forget();
                }
                if !self.next_item(*iter, *item, *how, block.term_origin, exhausted)? {
                    // Unreachable from here: the block is never entered.
                    self.b.switch_to_block(exhausted);
                    let exit = self.exit(ExitReason::Unsupported);
                    self.b.ins().jump(exit, &[]);
                    return Ok(());
                }
                let mut saved = (self.owned.clone(), self.pending.clone());
                let memory = self.memory.clone();
                let due = std::mem::take(&mut self.exhausted_check);
                self.edge(body)?;
                saved.0.remove(item);
                (self.owned, self.pending) = saved;
                self.memory = memory;
                self.b.switch_to_block(exhausted);
                if let (Some(check), Some(&ran)) = (due, self.b.block_params(exhausted).first()) {
                    self.ran_if(&check, ran);
                }
                self.edge(done)
            }
            Term::Return(v) => self.return_(*v),
            Term::Exit(reason) => {
                let exit = self.exit(*reason);
                self.b.ins().jump(exit, &[]);
                Ok(())
            }
            Term::None => Err(Refusal::Codegen),
        }
    }

    fn return_(&mut self, v: hir::Value) -> Result<(), Refusal> {
        let Some(abi) = self.abi else {
            let exit = self.exit(ExitReason::Return);
            self.b.ins().jump(exit, &[]);
            return Ok(());
        };
        if self.ty(v) == Ty::Bottom {
            let exit = self.exit(ExitReason::Unsupported);
            self.b.ins().jump(exit, &[]);
            return Ok(());
        }
        let state = self.f.state(self.state).clone();
        if let Some(frame) = self.frame {
            // A frame that somebody refers to outlives its call: the interpreter knows how.
            let object = self
                .b
                .ins()
                .load(I64, trusted(), frame, at::FRAME_OBJ as i32);
            let exit = self.exit(ExitReason::Leave);
            self.is_last_holder(object, exit);
        }
        // The end of a local that may run Python code is the interpreter's.
        let framed = self.frame.is_some();
        for &local in state.locals.iter().filter(|_| !framed) {
            if self.counts_in_local(local) && !self.ty(local).is_atomic() {
                let object = self.raw(local);
                let exit = self.exit(ExitReason::Destructor);
                let (ask, next) = (self.b.create_block(), self.b.create_block());
                self.b.set_cold_block(ask);
                if self.ty(local) == Ty::Maybe {
                    let there = self.b.create_block();
                    self.b.ins().brif(object, there, &[], next, &[]);
                    self.b.switch_to_block(there);
                }
                let count = self.b.ins().load(I32, trusted(), object, 0);
                let last = self.b.ins().icmp_imm_s(IntCC::Equal, count, 1);
                self.b.ins().brif(last, ask, &[], next, &[]);
                self.b.switch_to_block(ask);
                // A local that is returned survives.
                if local == v {
                    self.b.ins().jump(next, &[]);
                } else {
                    let safe = self.words().call(Id::frees_safely, &[object]);
                    if let Some(safe) = safe {
                        self.b.ins().brif(safe, next, &[], exit, &[]);
                    }
                }
                self.b.switch_to_block(next);
            }
        }
        let result = if abi.result == Repr::Boxed {
            if self.owned.remove(&v) {
                self.object(v).0
            } else {
                self.owned_object(v)
            }
        } else if self.ty(v).repr() == abi.result {
            self.raw(v)
        } else {
            return Err(Refusal::Codegen);
        };
        let mut dead: Vec<hir::Value> = state
            .locals
            .iter()
            .copied()
            .filter(|&l| self.frame.is_none() && self.counts_in_local(l))
            .collect();
        dead.extend(self.owned.iter().copied());
        for v in dead {
            let object = self.raw(v);
            let maybe = self.ty(v) == Ty::Maybe;
            self.drop_reference(object, maybe, Last::Defer);
        }
        if let Some(frame) = self.frame {
            self.restore_depth();
            let thread = self.thread;
            self.words().call(Id::pop_call, &[thread, frame]);
        }
        let done = self.b.ins().iconst(I64, status::DONE as i64);
        self.b.ins().return_(&[result, done]);
        Ok(())
    }

    /// Byte that polls read.
    pub fn breaker(&mut self) -> Value {
        match EVAL_BREAKER_IN_THREAD {
            Some(place) => self.b.ins().load(I8, trusted(), self.thread, place as i32),
            None => {
                let address = self.words().load(Slot::EvalBreaker);
                self.b.ins().load(I8, trusted(), address, 0)
            }
        }
    }
}

/// A frame state by values: before an instruction, or on an edge.
#[derive(Clone, Debug)]
pub(super) struct EdgeState {
    pub resume: u32,
    pub at: u32,
    pub locals: Vec<hir::Value>,
    pub stack: Vec<hir::Value>,
    pub names: Vec<hir::Value>,
}
