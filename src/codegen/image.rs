//! The object of a unit and its final layout.
//!
//! cranelift-object emits a relocatable object with the text and one local data object, the slots. All relocations are
//! PC-relative between the two, so they are resolved here, once; the loader copies text and slots side by side. A unit
//! whose image cannot be kept is placed in memory by cranelift-jit, by the same lowering, and linked in the same way.

use super::unit::{FRAME, Gen, Signatures};
use super::{Compiled, Input, Placed, Slots, entry};
use crate::facts::Recipe;
use crate::frontend::{Entry, Refusal};
use cranelift_codegen::Context;
use cranelift_codegen::gimli::LittleEndian;
use cranelift_codegen::gimli::write::{Address, EhFrame, EndianVec, FrameTable};
use cranelift_codegen::isa::unwind::UnwindInfo;
use cranelift_codegen::isa::{OwnedTargetIsa, TargetIsa};
use cranelift_frontend::FunctionBuilderContext;
use cranelift_jit::{JITBuilder, JITModule};
use cranelift_module::{DataDescription, FuncId, Linkage, Module, default_libcall_names};
use cranelift_object::{ObjectBuilder, ObjectModule};
use object::{Object, ObjectSection, ObjectSymbol, RelocationFlags, RelocationTarget};
use pyaot_runtime::region::Region;
use pyaot_runtime::unit::{EntryKind, UnitMeta};

/// Slots start on a page of their own: text is never writable.
const PAGE: usize = 4096;

/// Compiles a specialised unit.
pub fn compile(input: Input<'_>, isa: &OwnedTargetIsa) -> Result<Compiled, Refusal> {
    let object = || {
        ObjectBuilder::new(isa.clone(), "unit", default_libcall_names())
            .map(ObjectModule::new)
            .map_err(|_| Refusal::Codegen)
    };
    let (module, lowered) = lower(object, input)?;
    let bytes = module.finish().emit().map_err(|_| Refusal::Codegen)?;
    layout(&bytes, lowered, &**isa)
}

/// Compiles a specialised unit to where it will run: for code whose image cannot be kept.
pub fn place(input: Input<'_>, isa: &OwnedTargetIsa) -> Result<Placed, Refusal> {
    let mut region = None;
    let placing = || {
        let memory = Region::reserve().ok_or(Refusal::Codegen)?;
        let mut builder = JITBuilder::with_isa(isa.clone(), default_libcall_names());
        builder.memory_provider(Box::new(memory.clone()));
        region = Some(memory);
        Ok(JITModule::new(builder))
    };
    let (mut module, lowered) = lower(placing, input)?;
    let Lowered {
        mut meta,
        entry,
        core,
        boxed,
        unwind,
        ..
    } = lowered;
    module
        .finalize_definitions()
        .map_err(|_| Refusal::Codegen)?;
    let region = region.ok_or(Refusal::Codegen)?;
    let offset = |function| {
        let address = module.get_finalized_function(function);
        region.offset_of(address).ok_or(Refusal::Codegen)
    };
    meta.entry = offset(entry)?;
    meta.core = core.map_or(Ok(0), offset)?;
    meta.boxed = boxed.map(offset).transpose()?;
    meta.unwind = unwind_section(&**isa, &unwind, |function| {
        offset(function).unwrap_or_default()
    });
    Ok(Placed { meta, region })
}

/// Lowers a unit into a fresh module, and once more if its core needs a larger frame than most.
fn lower<M: Module>(
    mut fresh: impl FnMut() -> Result<M, Refusal>,
    input: Input<'_>,
) -> Result<(M, Lowered), Refusal> {
    let mut once = |large: bool| {
        let mut module = fresh()?;
        let lowered = lower_into(&mut module, input, large)?;
        Ok((module, lowered))
    };
    let first = once(false)?;
    if input.abi.is_some() && first.1.frame > FRAME {
        return once(true);
    }
    Ok(first)
}

/// What the lowering leaves beside the module's contents.
struct Lowered {
    /// Without the places of the functions.
    meta: UnitMeta,
    entry: FuncId,
    core: Option<FuncId>,
    boxed: Option<FuncId>,
    /// Bytes of stack that the core uses.
    frame: u32,
    /// How the functions are unwound.
    unwind: Vec<(FuncId, UnwindInfo)>,
}

/// Lowers a unit into any module.
fn lower_into(module: &mut dyn Module, input: Input<'_>, large: bool) -> Result<Lowered, Refusal> {
    let Input {
        code,
        facts,
        entry: at,
        specialized,
        abi,
        worth,
    } = input;
    let fail = |_| Refusal::Codegen;
    let data = module
        .declare_data("slots", Linkage::Local, true, false)
        .map_err(fail)?;
    let mut slots = Slots::default();
    let signatures = Signatures::new(module, abi);
    let mut context = FunctionBuilderContext::new();
    let mut cx = module.make_context();
    let core = match abi {
        Some(_) => Some(
            module
                .declare_function("core", Linkage::Local, &signatures.core)
                .map_err(fail)?,
        ),
        None => None,
    };
    let entry_name = module
        .declare_function("entry", Linkage::Export, &signatures.entry)
        .map_err(fail)?;
    let body = core.unwrap_or(entry_name);
    cx.func.signature = if core.is_some() {
        signatures.core.clone()
    } else {
        signatures.entry.clone()
    };
    let exits = {
        let own = core.map(|core| module.declare_func_in_func(core, &mut cx.func));
        let table = module.declare_data_in_func(data, &mut cx.func);
        let config = module.target_config();
        let generator = Gen::new(
            &mut cx.func,
            &mut context,
            code,
            facts,
            at,
            specialized,
            &mut slots,
            table,
            own,
            abi,
            large,
        );
        generator.generate(config)?
    };
    if std::env::var_os("PYAOT_DUMP_CLIF").is_some() {
        eprintln!("{}", cx.func.display());
    }
    module.define_function(body, &mut cx).map_err(|error| {
        if std::env::var_os("PYAOT_DUMP").is_some() {
            let f = &specialized.function;
            eprintln!(
                "pyaot: {} at {at:?}: {error:?}\n{f}\n{}",
                f.qualname,
                cx.func.display()
            );
        }
        Refusal::Codegen
    })?;
    let layout = cx.compiled_code().and_then(|c| c.buffer.frame_layout());
    // Beside what lies below the frame pointer: that and the return address.
    let frame = layout.map_or(u32::MAX, |l| l.frame_to_fp_offset.saturating_add(16));
    let isa = module.isa();
    let mut unwind: Vec<_> = unwind_info(&cx, isa)
        .map(|u| (body, u))
        .into_iter()
        .collect();
    module.clear_context(&mut cx);
    if let (Some(core), Some(abi)) = (core, abi) {
        cx.func.signature = signatures.entry.clone();
        let core = module.declare_func_in_func(core, &mut cx.func);
        let table = module.declare_data_in_func(data, &mut cx.func);
        let config = module.target_config();
        entry::frameless(
            &mut cx.func,
            &mut context,
            config,
            &mut slots,
            table,
            core,
            abi,
        );
        module.define_function(entry_name, &mut cx).map_err(fail)?;
        unwind.extend(unwind_info(&cx, module.isa()).map(|u| (entry_name, u)));
        module.clear_context(&mut cx);
    }
    let mut boxed = None;
    if let (Some(core), Some(abi), Some(signature)) = (core, abi, signatures.boxed) {
        let name = module
            .declare_function("boxed", Linkage::Export, &signature)
            .map_err(fail)?;
        cx.func.signature = signature;
        let core = module.declare_func_in_func(core, &mut cx.func);
        let table = module.declare_data_in_func(data, &mut cx.func);
        let config = module.target_config();
        entry::boxed(
            &mut cx.func,
            &mut context,
            config,
            &mut slots,
            table,
            core,
            abi,
        );
        module.define_function(name, &mut cx).map_err(fail)?;
        unwind.extend(unwind_info(&cx, module.isa()).map(|u| (name, u)));
        module.clear_context(&mut cx);
        boxed = Some(name);
    }
    let mut description = DataDescription::new();
    description.define_zeroinit(slots.all.len().max(1) * 8);
    description.set_align(16);
    module.define_data(data, &description).map_err(fail)?;
    let (entry_kind, depth) = match at {
        Entry::Call => {
            let abi = abi.ok_or(Refusal::NeedsFrame)?;
            (EntryKind::Call(abi.clone()), 0)
        }
        Entry::Loop { header, depth, .. } => (EntryKind::Loop { header: *header }, *depth),
    };
    Ok(Lowered {
        entry: entry_name,
        core,
        boxed,
        frame,
        unwind,
        meta: UnitMeta {
            worth,
            slots: slots.all,
            exits,
            callees: facts
                .callees
                .iter()
                .map(|(&name, abi)| (name, abi.clone()))
                .collect(),
            initializers: facts.initializers.values().cloned().collect(),
            methods: facts.methods.values().cloned().collect(),
            globals: facts
                .globals
                .iter()
                .map(|(&n, fact)| (n, fact.clone()))
                .collect(),
            names: specialized
                .function
                .names
                .iter()
                .map(|&n| n as u16)
                .collect(),
            stack_depth: depth as u16,
            ..UnitMeta::of(code, entry_kind)
        },
    })
}

/// How the function that was compiled last is unwound.
fn unwind_info(cx: &Context, isa: &dyn TargetIsa) -> Option<UnwindInfo> {
    let compiled = cx.compiled_code()?;
    compiled.create_unwind_info(isa).ok()?
}

/// The `.eh_frame` section of functions at these offsets of a text at address 0; empty if there is none.
fn unwind_section(
    isa: &dyn TargetIsa,
    functions: &[(FuncId, UnwindInfo)],
    offset: impl Fn(FuncId) -> u32,
) -> Vec<u8> {
    let mut table = FrameTable::default();
    let Some(common) = isa.create_systemv_cie() else {
        return Vec::new();
    };
    let common = table.add_cie(common);
    for (function, info) in functions {
        if let UnwindInfo::SystemV(info) = info {
            let place = Address::Constant(offset(*function).into());
            table.add_fde(common, info.to_fde(place));
        }
    }
    let mut section = EhFrame(EndianVec::new(LittleEndian));
    match table.write_eh_frame(&mut section) {
        Ok(()) => section.0.into_vec(),
        Err(_) => Vec::new(),
    }
}

fn layout(bytes: &[u8], lowered: Lowered, isa: &dyn TargetIsa) -> Result<Compiled, Refusal> {
    let Lowered {
        mut meta,
        core,
        boxed,
        unwind,
        ..
    } = lowered;
    let file = object::File::parse(bytes).map_err(|_| Refusal::Codegen)?;
    let text = file.section_by_name(".text").ok_or(Refusal::Codegen)?;
    let mut code = text.data().map_err(|_| Refusal::Codegen)?.to_vec();
    let slots_at = code.len().div_ceil(PAGE) * PAGE;
    for (offset, relocation) in text.relocations() {
        let RelocationTarget::Symbol(symbol) = relocation.target() else {
            return Err(Refusal::Codegen);
        };
        let symbol = file.symbol_by_index(symbol).map_err(|_| Refusal::Codegen)?;
        let target = match symbol.section_index() {
            Some(section) if section == text.index() => symbol.address(),
            Some(_) => slots_at as u64 + symbol.address(),
            None => return Err(Refusal::Codegen),
        };
        // R_X86_64_PC32 and R_X86_64_PLT32
        if !matches!(relocation.flags(), RelocationFlags::Elf { r_type: 2 | 4 }) {
            return Err(Refusal::Codegen);
        }
        let value = (target as i64 + relocation.addend() - offset as i64) as i32;
        let place = offset as usize;
        code.get_mut(place..place + 4)
            .ok_or(Refusal::Codegen)?
            .copy_from_slice(&value.to_le_bytes());
    }
    for symbol in file.symbols() {
        match symbol.name() {
            Ok("entry") => meta.entry = symbol.address() as u32,
            Ok("core") => meta.core = symbol.address() as u32,
            Ok("boxed") => meta.boxed = Some(symbol.address() as u32),
            _ => {}
        }
    }
    let offset = |function| match meta.boxed {
        Some(offset) if Some(function) == boxed => offset,
        _ if Some(function) == core => meta.core,
        _ => meta.entry,
    };
    meta.unwind = unwind_section(isa, &unwind, offset);
    Ok(Compiled {
        meta,
        text: code,
        slots_at,
    })
}

/// Name of the section with the unit's description; the text is `.text`.
const META: &str = ".pyaot";
/// Name of the section with what the unit was compiled from.
const RECIPE: &str = ".pyaot.recipe";

/// A unit as an object file: relocated text, the description and the recipe, each in a section of its own.
pub fn pack(compiled: &Compiled, recipe: &Recipe) -> Option<Vec<u8>> {
    use object::write::{Object as Writer, Symbol, SymbolSection};
    use object::{
        Architecture, BinaryFormat, Endianness, SectionKind, SymbolFlags, SymbolKind, SymbolScope,
    };
    let meta = postcard::to_stdvec(&(&compiled.meta, compiled.slots_at as u64)).ok()?;
    let mut file = Writer::new(BinaryFormat::Elf, Architecture::X86_64, Endianness::Little);
    let text = file.add_section(Vec::new(), b".text".to_vec(), SectionKind::Text);
    file.append_section_data(text, &compiled.text, 16);
    let section = file.add_section(Vec::new(), META.as_bytes().to_vec(), SectionKind::Other);
    file.append_section_data(section, &meta, 8);
    let section = file.add_section(Vec::new(), RECIPE.as_bytes().to_vec(), SectionKind::Other);
    file.append_section_data(section, &postcard::to_stdvec(recipe).ok()?, 8);
    for (name, value) in [("entry", compiled.meta.entry), ("core", compiled.meta.core)] {
        file.add_symbol(Symbol {
            name: name.as_bytes().to_vec(),
            value: u64::from(value),
            size: 0,
            kind: SymbolKind::Text,
            scope: SymbolScope::Linkage,
            weak: false,
            section: SymbolSection::Section(text),
            flags: SymbolFlags::None,
        });
    }
    file.write().ok()
}

/// Reads what [`pack`] wrote; none if it is anything else.
pub fn unpack(bytes: &[u8]) -> Option<Compiled> {
    let file = object::File::parse(bytes).ok()?;
    let text = file.section_by_name(".text")?.data().ok()?.to_vec();
    let (meta, slots_at): (UnitMeta, u64) =
        postcard::from_bytes(file.section_by_name(META)?.data().ok()?).ok()?;
    Some(Compiled {
        meta,
        text,
        slots_at: usize::try_from(slots_at).ok()?,
    })
}

/// What the unit in this image was compiled from.
pub fn unpack_recipe(bytes: &[u8]) -> Option<Recipe> {
    let file = object::File::parse(bytes).ok()?;
    postcard::from_bytes(file.section_by_name(RECIPE)?.data().ok()?).ok()
}
