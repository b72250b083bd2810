//! How a call unit's core is entered with objects: by the interpreter, or by units that do not know its convention.
//!
//! Each entry checks and unboxes the arguments, then calls the core; where an argument has another type, nothing has
//! happened.

use super::Slots;
use super::unit::{Words, trusted};
use crate::facts::Abi;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::types::{I32, I64};
use cranelift_codegen::ir::{Block, FuncRef, Function, GlobalValue, InstBuilder, Value};
use cranelift_codegen::isa::TargetFrontendConfig;
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};
use pyaot_runtime::helpers::Id;
use pyaot_runtime::unit::{ParamAbi, Repr, status};

/// An argument in the representation that the core wants; else to `miss`.
fn argument(words: &mut Words<'_, '_>, object: Value, param: &ParamAbi, miss: Block) -> Value {
    match param.repr {
        Repr::Int => words.unbox_int(object, miss),
        Repr::Float => words.unbox_float(object, miss),
        Repr::Bool => words.unbox_bool(object, miss),
        Repr::Boxed => {
            words.check_type(object, param.tag, miss);
            object
        }
    }
}

/// The interpreter's: `entry(thread, function, arguments, result) -> status`.
pub(super) fn frameless(
    function: &mut Function,
    context: &mut FunctionBuilderContext,
    config: TargetFrontendConfig,
    slots: &mut Slots,
    table: GlobalValue,
    core: FuncRef,
    abi: &Abi,
) {
    let mut b = FunctionBuilder::new(function, context);
    super::unit::colocate(&mut b, table);
    let block = b.create_block();
    b.append_block_params_for_function_params(block);
    b.switch_to_block(block);
    let params = b.block_params(block).to_vec();
    let (thread, callee, arguments, result) = (params[0], params[1], params[2], params[3]);
    let miss = b.create_block();
    b.set_cold_block(miss);
    let refused = b.create_block();
    b.set_cold_block(refused);
    let room = Words {
        b: &mut b,
        slots,
        table,
    }
    .room(thread, refused);
    let mut values = vec![thread, callee, room];
    for (i, param) in abi.params.iter().enumerate() {
        let object = b.ins().load(I64, trusted(), arguments, i as i32 * 8);
        let mut words = Words {
            b: &mut b,
            slots,
            table,
        };
        values.push(argument(&mut words, object, param, miss));
    }
    let call = b.ins().call(core, &values);
    let (value, outcome) = (b.inst_results(call)[0], b.inst_results(call)[1]);
    b.ins().store(trusted(), value, result, 0);
    b.ins().return_(&[outcome]);
    b.switch_to_block(miss);
    let missed = b.ins().iconst(I64, status::MISS as i64);
    b.ins().return_(&[missed]);
    b.switch_to_block(refused);
    let status = b.ins().iconst(I64, status::REFUSED as i64);
    b.ins().return_(&[status]);
    b.seal_all_blocks();
    b.finalize(config);
}

/// By the boxed convention: see `boxed_signature`. The result is a new reference.
pub(super) fn boxed(
    function: &mut Function,
    context: &mut FunctionBuilderContext,
    config: TargetFrontendConfig,
    slots: &mut Slots,
    table: GlobalValue,
    core: FuncRef,
    abi: &Abi,
) {
    let mut b = FunctionBuilder::new(function, context);
    super::unit::colocate(&mut b, table);
    let block = b.create_block();
    b.append_block_params_for_function_params(block);
    b.switch_to_block(block);
    let params = b.block_params(block).to_vec();
    let (miss, not) = (b.create_block(), b.create_block());
    b.set_cold_block(miss);
    b.set_cold_block(not);
    let mut words = Words {
        b: &mut b,
        slots,
        table,
    };
    let mut values = params[..3].to_vec();
    for (&object, param) in params[3..].iter().zip(&abi.params) {
        values.push(argument(&mut words, object, param, miss));
    }
    // A caller that gives its last reference leaves it to the callee to take one; of a number it takes none.
    for (&object, param) in params[3..].iter().zip(&abi.params) {
        if matches!(param.repr, Repr::Int | Repr::Float) {
            let count = words.b.ins().load(I32, trusted(), object, 0);
            let (given, next) = (words.b.create_block(), words.b.create_block());
            words.b.set_cold_block(given);
            words.b.ins().brif(count, next, &[], given, &[]);
            words.b.switch_to_block(given);
            words.call(Id::dealloc, &[object]);
            words.b.ins().jump(next, &[]);
            words.b.switch_to_block(next);
        }
    }
    let call = words.b.ins().call(core, &values);
    let (value, outcome) = (words.b.inst_results(call)[0], words.b.inst_results(call)[1]);
    let fine = words.b.create_block();
    words.b.ins().brif(outcome, not, &[], fine, &[]);
    words.b.switch_to_block(fine);
    let object = words.box_number(value, abi.result);
    let done = words.b.ins().iconst(I64, status::DONE as i64);
    words.b.ins().return_(&[object, done]);
    words.b.switch_to_block(not);
    let object = words.other_result(value);
    let other = words
        .b
        .ins()
        .icmp_imm_s(IntCC::Equal, outcome, status::OTHER as i64);
    let done = words.b.ins().iconst(I64, status::DONE as i64);
    let outcome = words.b.ins().select(other, done, outcome);
    words.b.ins().return_(&[object, outcome]);
    words.b.switch_to_block(miss);
    let none = words.b.ins().iconst(I64, 0);
    let missed = words.b.ins().iconst(I64, status::MISS as i64);
    words.b.ins().return_(&[none, missed]);
    b.seal_all_blocks();
    b.finalize(config);
}
