//! The tier: what is done with a hot function or loop. The only owner of compile decisions.

use crate::codegen::{self, Compiled, Placed};
use crate::engine::{Engine, Outcome};
use crate::facts::{Abi, Facts, Recipe};
use crate::frontend::{self, Entry, Refusal};
use crate::hir::{self, Detail, Function, How, Op, Term, Ty};
use crate::{interp, passes, stats};
use pyaot_runtime::code::CodeInfo;
use pyaot_runtime::dispatch::{Compiler, Site};
use pyaot_runtime::image::Linked;
use pyaot_runtime::stats::{self as counters, Counter};
use pyaot_runtime::unit::{
    EntryKind, ExitReason, GlobalFact, ParamAbi, Repr, Slot, TypeTag, UnitMeta,
};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

impl Compiler for Engine {
    fn hot_call(&self, site: &mut Site<'_>) -> Option<&'static Linked> {
        self.attempt(site, None)
    }

    fn hot_loop(&self, site: &mut Site<'_>, header: u32) -> Option<&'static Linked> {
        self.attempt(site, Some(header))
    }

    fn is_known(&self, qualname: &str) -> bool {
        self.profile.names.contains(qualname) && !self.options.stress_interp
    }

    fn preloaded(&self, site: &mut Site<'_>, header: Option<u32>) -> Option<&'static Linked> {
        let place = (site.hash(), header);
        let entry = self.profile.entries.get(&place)?;
        // If the last run ended before the unit was compiled anew, it is done now. What would gain nothing then was
        // good enough before.
        let widened = self
            .profile
            .taught_since(entry)
            .and_then(|learned| self.widened(site.read_code(), &entry.image, learned));
        let (key, blocked, image, what) = match widened {
            Some((key, recipe, image)) => (key, recipe.facts.blocked, image, Outcome::Compiled),
            None => {
                let image = self.read_image(&entry.image, || site.read_code())?;
                stats::loaded(&entry.qualname);
                (entry.image, entry.blocked.clone(), image, Outcome::Loaded)
            }
        };
        for slot in &image.meta.slots {
            if let Slot::Core(callee) = slot {
                site.prepare_callee(u32::from(*callee), |site| self.preloaded(site, None));
            }
        }
        let linked = match site.link(image.meta, &image.text, image.slots_at) {
            Ok(linked) => linked,
            Err(_) => {
                counters::count(Counter::LinkFailures);
                return None;
            }
        };
        self.decided(site, header, what);
        self.remember(place, key, &blocked, linked);
        Some(linked)
    }
}

/// What the compiler made of a unit.
enum Unit {
    Image(Compiled),
    Placed(Placed),
}

impl Engine {
    fn attempt(&self, site: &mut Site<'_>, header: Option<u32>) -> Option<&'static Linked> {
        let qualname = site.qualname();
        if !self.allowed(&qualname) {
            return None;
        }
        let started = Instant::now();
        let outcome = self.compile(site, header);
        counters::add(Counter::CompileNanos, started.elapsed().as_nanos() as u64);
        match outcome {
            Ok(linked) => Some(linked),
            Err(refusal) => {
                stats::refused(&qualname, &refusal.to_string());
                self.decided(site, header, Outcome::Refused(refusal));
                None
            }
        }
    }

    fn compile(
        &self,
        site: &mut Site<'_>,
        header: Option<u32>,
    ) -> Result<&'static Linked, Refusal> {
        let code = site.read_code();
        let key = (site.hash(), header);
        let blocked: BTreeSet<u32> = {
            let mut learned = self.learned.entry(key).or_default();
            learned.extend(
                site.previous
                    .map(Linked::failed_speculation)
                    .unwrap_or_default(),
            );
            learned.clone()
        };
        let mut facts = Facts {
            blocked,
            keep_unreached: self.options.keep_unreached,
            stress_exits: self.options.stress_exits,
            stress_handover: self.options.stress_handover,
            ..Facts::default()
        };
        let entry = match header {
            None => {
                if code.flags & (0x04 | 0x08) != 0 || code.kwonly != 0 {
                    return Err(Refusal::Signature);
                }
                let tags = site.argument_tags();
                facts.locals = (0..code.nlocalsplus as usize)
                    .map(|i| tags.get(i).copied())
                    .collect();
                Entry::Call
            }
            Some(header) => {
                facts.locals = site.local_tags();
                facts.stack = site.stack_tags();
                let names = namespace_names(site, &code, header);
                facts.names = names.clone();
                Entry::Loop {
                    header,
                    depth: facts.stack.len() as u32,
                    bound: facts.locals.iter().map(Option::is_some).collect(),
                    names: names.into_iter().map(|n| n.0).collect(),
                }
            }
        };
        let hir = frontend::lower(&code, &entry, !facts.keep_unreached)?;
        self.dump(&hir, header, "after lowering", Detail::Full);
        let hir = self.through_text(hir)?;
        if self.options.stress_interp {
            return interpret(site, &code, hir, entry);
        }
        globals(site, &code, &hir, &mut facts);
        let mut specialized = passes::run(hir, &code, &facts, &entry)?;
        self.dump(
            &specialized.function,
            header,
            "after inference",
            Detail::Short,
        );
        specialized.function = self.through_text(specialized.function)?;
        gains(&specialized.function)?;
        let recipe = Recipe {
            entry,
            facts,
            seen: code.seen(),
        };
        let image = self.image_key(&recipe, &code);
        let unit = match self.read_image(&image, || code.clone()) {
            Some(found) => {
                stats::loaded(&code.qualname);
                self.decided(site, header, Outcome::Loaded);
                Unit::Image(found)
            }
            None => {
                let unit = if self.keeps_images() {
                    let compiled = self.generate(&code, &recipe, &specialized)?;
                    self.write_image(&image, &compiled, &recipe);
                    Unit::Image(compiled)
                } else {
                    Unit::Placed(self.place(&code, &recipe, &specialized)?)
                };
                stats::compiled(&code.qualname);
                self.decided(site, header, Outcome::Compiled);
                unit
            }
        };
        if self.options.stress_links {
            return Err(Refusal::Stress);
        }
        let linked = match unit {
            Unit::Image(image) => site.link(image.meta, &image.text, image.slots_at),
            Unit::Placed(placed) => site.link_placed(placed.meta, &placed.region),
        };
        let linked = linked.map_err(|_| Refusal::Codegen)?;
        self.remember(key, image, &recipe.facts.blocked, linked);
        Ok(linked)
    }

    fn generate(
        &self,
        code: &CodeInfo,
        recipe: &Recipe,
        specialized: &passes::Specialized,
    ) -> Result<Compiled, Refusal> {
        let Recipe { entry, facts, .. } = recipe;
        let abi = abi(code, recipe, specialized);
        codegen::compile(code, facts, entry, specialized, abi.as_ref(), &self.isa)
    }

    /// As [`Engine::generate`], without an image.
    fn place(
        &self,
        code: &CodeInfo,
        recipe: &Recipe,
        specialized: &passes::Specialized,
    ) -> Result<Placed, Refusal> {
        let Recipe { entry, facts, .. } = recipe;
        let abi = abi(code, recipe, specialized);
        let placed = codegen::place(code, facts, entry, specialized, abi.as_ref(), &self.isa)?;
        counters::count(Counter::Placed);
        Ok(placed)
    }

    /// Compiles a unit from what it was compiled from before. `code` holds the inline caches of the recipe.
    pub fn compile_again(&self, code: &CodeInfo, recipe: &Recipe) -> Result<Compiled, Refusal> {
        let Recipe { entry, facts, .. } = recipe;
        let hir = frontend::lower(code, entry, !facts.keep_unreached)?;
        let specialized = passes::run(hir, code, facts, entry)?;
        gains(&specialized.function)?;
        self.generate(code, recipe, &specialized)
    }

    /// Compiles a unit of the cache anew, without speculation at the instructions where it failed since.
    fn widened(
        &self,
        code: CodeInfo,
        image: &[u8; 32],
        learned: &BTreeSet<u32>,
    ) -> Option<([u8; 32], Recipe, Compiled)> {
        let mut recipe = self.read_recipe(image)?;
        recipe.facts.blocked.extend(learned);
        self.compile_recipe(code, recipe)
    }

    /// Compiles a recipe for this code and keeps the image.
    pub fn compile_recipe(
        &self,
        mut code: CodeInfo,
        recipe: Recipe,
    ) -> Option<([u8; 32], Recipe, Compiled)> {
        if !code.set_seen(&recipe.seen) {
            return None;
        }
        let started = Instant::now();
        let compiled = self.compile_again(&code, &recipe).ok()?;
        stats::compiled(&code.qualname);
        let key = self.image_key(&recipe, &code);
        self.write_image(&key, &compiled, &recipe);
        counters::add(Counter::CompileNanos, started.elapsed().as_nanos() as u64);
        Some((key, recipe, compiled))
    }
}

impl Engine {
    /// Prints a unit that `PYAOT_DUMP_HIR` asks for.
    fn dump(&self, f: &Function, header: Option<u32>, stage: &str, detail: Detail) {
        let Some(wanted) = self.options.dump.as_deref() else {
            return;
        };
        if wanted == f.qualname || wanted == "*" {
            let entry = header.map_or("call".to_owned(), |header| format!("loop at {header}"));
            eprintln!("; {}, {entry}, {stage}\n{}", f.qualname, f.text(detail));
        }
    }

    /// Stress: what goes on is what the unit's text says.
    fn through_text(&self, f: Function) -> Result<Function, Refusal> {
        if !self.options.stress_text {
            return Ok(f);
        }
        let text = f.text(Detail::Full);
        match hir::parse(&text) {
            Ok(read) if read.text(Detail::Full) == text && hir::verify(&read).is_ok() => {
                counters::count(Counter::Texts);
                Ok(read)
            }
            outcome => {
                // Seen by whoever compares stderr with python's.
                eprintln!("pyaot: this text does not read back: {outcome:?}\n{text}");
                Err(Refusal::Text)
            }
        }
    }
}

/// Stress: generic HIR as a unit that is interpreted.
fn interpret(
    site: &Site<'_>,
    code: &CodeInfo,
    hir: Function,
    entry: Entry,
) -> Result<&'static Linked, Refusal> {
    if let Err(malformed) = hir::verify(&hir) {
        // Seen by whoever compares stderr with python's.
        eprintln!("pyaot: {malformed}\n{hir}");
        return Err(Refusal::Stress);
    }
    let any = ParamAbi {
        repr: Repr::Boxed,
        tag: TypeTag::Other,
    };
    let (entry_kind, stack_depth) = match entry {
        Entry::Call => (
            EntryKind::Frameless {
                params: vec![any; code.argcount as usize],
                result: Repr::Boxed,
            },
            0,
        ),
        Entry::Loop { header, depth, .. } => (EntryKind::Loop { header }, depth as u16),
    };
    let framed = matches!(entry_kind, EntryKind::Loop { .. });
    let meta = UnitMeta {
        code: code.hash,
        qualname: code.qualname.clone(),
        entry_kind,
        entry: 0,
        core: 0,
        slots: Vec::new(),
        exits: Vec::new(),
        sites: Vec::new(),
        globals: Vec::new(),
        names: hir.names.iter().map(|&name| name as u16).collect(),
        callees: Vec::new(),
        stack_depth,
    };
    stats::interpreted(&code.qualname);
    // Units live as long as the process, native ones as well.
    let unit = Box::leak(Box::new(interp::Unit::new(hir, code, framed)));
    Ok(site.interpret(meta, unit))
}

/// Names that the loop reads or stores and that the namespace binds to something a register can stand for.
fn namespace_names(site: &Site<'_>, code: &CodeInfo, header: u32) -> Vec<(u32, TypeTag)> {
    let mut last = header;
    for instr in &code.instrs {
        if instr.op == "JUMP_BACKWARD" && instr.next.checked_sub(instr.arg) == Some(header) {
            last = last.max(instr.at);
        }
    }
    let mut names: BTreeMap<u32, bool> = BTreeMap::new();
    for instr in code
        .instrs
        .iter()
        .filter(|i| i.at >= header && i.at <= last)
    {
        match instr.op {
            "STORE_NAME" => {
                names.insert(instr.arg, true);
            }
            "LOAD_NAME" => {
                names.entry(instr.arg).or_insert(false);
            }
            _ => {}
        }
    }
    names
        .into_iter()
        .filter_map(|(name, stored)| {
            let tag = site.namespace_tag(name)?;
            let number = matches!(tag, TypeTag::Int | TypeTag::Float | TypeTag::Bool);
            // Functions and builtins are watched globals; other objects are borrowed from the namespace.
            (number || (!stored && matches!(tag, TypeTag::List | TypeTag::Tuple)))
                .then_some((name, tag))
        })
        .take(32)
        .collect()
}

/// What the globals that the unit reads are now, and how compiled functions among them are called.
fn globals(site: &Site<'_>, code: &CodeInfo, hir: &Function, facts: &mut Facts) {
    let stores_names = !hir.names.is_empty();
    for inst in hir.blocks.iter().flat_map(|b| &b.insts) {
        let (Op::LoadGlobal(name) | Op::LoadName(name)) = inst.op else {
            continue;
        };
        if facts.globals.contains_key(&name) {
            continue;
        }
        let shadowed = matches!(inst.op, Op::LoadName(_)) && site.is_shadowed(name);
        let fact = if shadowed {
            GlobalFact::Missing
        } else {
            site.global_fact(name)
        };
        if let GlobalFact::Function { code: hash } = &fact {
            if *hash == code.hash {
                facts.own.insert(name);
            }
            if let Some(callee) = site.callee(name)
                && !(stores_names && callee.reads_globals)
            {
                facts.callees.insert(
                    name,
                    Abi {
                        params: callee.params,
                        result: callee.result,
                    },
                );
            }
        }
        facts.globals.insert(name, fact);
    }
}

/// Calling convention of a call unit.
fn abi(code: &CodeInfo, recipe: &Recipe, specialized: &passes::Specialized) -> Option<Abi> {
    let facts = &recipe.facts;
    if recipe.entry != Entry::Call {
        return None;
    }
    let mut params = Vec::new();
    for slot in 0..code.argcount {
        let value = specialized.function.blocks[0]
            .insts
            .iter()
            .find(|i| i.op == Op::EntryLocal(slot))
            .map_or(Ty::Object, |i| specialized.function.ty(i.outs[0]));
        let tag = match value {
            Ty::Exact(tag) => tag,
            Ty::None => TypeTag::None,
            ty if ty.is_raw() => facts
                .locals
                .get(slot as usize)
                .copied()
                .flatten()
                .unwrap_or(TypeTag::Other),
            _ => TypeTag::Other,
        };
        params.push(ParamAbi {
            repr: value.repr(),
            tag,
        });
    }
    let result = if specialized.result.is_raw() {
        specialized.result.repr()
    } else {
        Repr::Boxed
    };
    Some(Abi { params, result })
}

/// A unit that leaves at once, or that does nothing faster than the interpreter, is not compiled.
fn gains(f: &Function) -> Result<(), Refusal> {
    let mut block = &f.blocks[0];
    let mut work = 0;
    for _ in 0..f.blocks.len() {
        for inst in &block.insts {
            match inst.how {
                How::Leave(_) if work == 0 => return Err(Refusal::LeavesAtOnce),
                How::Leave(_) => return gains_anywhere(f),
                How::Generic | How::Nothing => {}
                _ => work += 1,
            }
        }
        match &block.term {
            Term::Jump(edge) => block = f.block(edge.to),
            Term::Exit(reason) if work == 0 && *reason != ExitReason::LoopDone => {
                return Err(Refusal::LeavesAtOnce);
            }
            _ => break,
        }
    }
    gains_anywhere(f)
}

fn gains_anywhere(f: &Function) -> Result<(), Refusal> {
    let reachable = |b: &hir::Block| {
        !b.insts
            .iter()
            .any(|i| i.outs.iter().any(|&v| f.ty(v) == Ty::Bottom))
    };
    let (mut fast, mut slow) = (0, 0);
    for inst in f
        .blocks
        .iter()
        .filter(|b| reachable(b))
        .flat_map(|b| &b.insts)
    {
        match inst.how {
            How::Int
            | How::Float
            | How::IntTrueDiv
            | How::Mixed
            | How::Item(_)
            | How::Append
            | How::Known(_)
            | How::Direct
            | How::SelfCall
            | How::Unboxed(_) => fast += 1,
            // A helper does what the interpreter would do, no faster.
            How::Pure | How::BigInt if matches!(inst.op, Op::Binary { .. } | Op::Unary(..)) => {
                slow += 1;
            }
            _ => {}
        }
    }
    if fast > 0 && fast >= slow {
        Ok(())
    } else {
        Err(Refusal::NoGain)
    }
}
