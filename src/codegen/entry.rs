//! The boxed entry of a frameless unit: checks and unboxes the arguments, then calls the core.

use super::Slots;
use super::unit::{Words, trusted};
use crate::facts::Abi;
use cranelift_codegen::ir::{FuncRef, Function, GlobalValue, InstBuilder, types::I64};
use cranelift_codegen::isa::TargetFrontendConfig;
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};
use pyaot_runtime::unit::{Repr, status};

/// `entry(thread, function, arguments, result) -> status`. On `MISS` nothing has happened.
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
        values.push(match param.repr {
            Repr::Int => words.unbox_int(object, miss),
            Repr::Float => words.unbox_float(object, miss),
            Repr::Bool => words.unbox_bool(object, miss),
            Repr::Boxed => {
                words.check_type(object, param.tag, miss);
                object
            }
        });
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
