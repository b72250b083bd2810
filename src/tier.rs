//! The tier: what is done with a hot function or loop. The only owner of compile decisions.

use crate::codegen::{self, Compiled, Placed};
use crate::engine::{Engine, ImageEntry, Outcome, Place};
use crate::facts::{Abi, Facts, Recipe};
use crate::frontend::{self, Entry, Refusal};
use crate::hir::{self, Block, Detail, Function, How, Op, Term, Ty};
use crate::{gain, interp, passes, stats};
use pyaot_runtime::code::CodeInfo;
use pyaot_runtime::dispatch::{Compiler, ONLY_NATIVE, Site, Verdict};
use pyaot_runtime::image::{Linked, NEEDS_FRAME};
use pyaot_runtime::stats::{self as counters, Counter};
use pyaot_runtime::unit::{
    EntryKind, ExitReason, GlobalFact, ParamAbi, Repr, Slot, TypeTag, UnitMeta, Worth, split_key,
};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

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
        let entry = self.profile.entries.get(&(site.hash(), header))?;
        if entry.verdict == Verdict::Slower {
            site.postpone(ONLY_NATIVE);
            self.slower(site);
            return None;
        }
        self.load(site, entry)
    }

    fn slower(&self, site: &Site<'_>) {
        stats::refused(&site.qualname(), &Refusal::Slower.to_string());
        self.decided(site, None, Outcome::Refused(Refusal::Slower));
    }
}

impl Engine {
    /// Links a unit of an earlier run.
    fn load(&self, site: &mut Site<'_>, entry: &ImageEntry) -> Option<&'static Linked> {
        let place = (entry.code, entry.header);
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
                site.prepare_callee(*callee, |site| {
                    let entry = self.profile.entries.get(&(site.hash(), None))?;
                    self.load(site, entry)
                });
            }
        }
        let linked = match site.link(image.meta, &image.text, image.slots_at) {
            Ok(linked) => linked,
            Err(_) => {
                counters::count(Counter::LinkFailures);
                return None;
            }
        };
        if matches!(what, Outcome::Loaded) {
            linked.verdict.set(entry.verdict);
        }
        self.decided(site, entry.header, what);
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
        if self.too_early(site, header) {
            return None;
        }
        let before = counters::get(Counter::CompileNanos);
        match counters::timed(Counter::CompileNanos, || self.compile(site, header)) {
            Ok(linked) => Some(linked),
            Err(refusal) => {
                let spent = counters::get(Counter::CompileNanos) - before;
                counters::add(Counter::RefusedNanos, spent);
                match refusal {
                    Refusal::Early(_) if site.last_chance => site.postpone(ONLY_NATIVE),
                    Refusal::Early(count) => site.postpone(count),
                    Refusal::Small => {
                        site.postpone(ONLY_NATIVE);
                        stats::refused(&qualname, &refusal.to_string());
                    }
                    _ => stats::refused(&qualname, &refusal.to_string()),
                }
                self.decided(site, header, Outcome::Refused(refusal));
                None
            }
        }
    }

    /// It is clear without a look at the code that it need not be compiled yet: the site is told when to ask again.
    fn too_early(&self, site: &mut Site<'_>, header: Option<u32>) -> bool {
        let Some(count) = site.count.filter(|_| !self.options.eager()) else {
            return false;
        };
        if let Some(estimate) = self.estimates.get(&(site.hash(), header)) {
            let break_even = estimate.break_even(counters::get(Counter::CompileNanos));
            let (enough, again) = match site.last_chance {
                true => (break_even / 2, ONLY_NATIVE),
                false => (break_even, break_even),
            };
            if count < enough {
                site.postpone(again);
            }
            return count < enough;
        }
        if site.last_chance {
            return false;
        }
        // A look must not take longer than a loop has run. Counting its jumps costs time as well.
        let look = gain::look(site.size());
        if header.is_some() && look <= gain::iterations(count) {
            return false;
        }
        let budget = gain::looking(self.started.elapsed());
        let spent = Duration::from_nanos(counters::get(Counter::RefusedNanos));
        let waits = spent + look > budget;
        if waits {
            site.defer(count.saturating_mul(2));
        }
        waits
    }

    fn compile(
        &self,
        site: &mut Site<'_>,
        header: Option<u32>,
    ) -> Result<&'static Linked, Refusal> {
        let code = site.read_code();
        let key = (site.hash(), header);
        let blocked = self.learn(key, site.previous, &code.varied);
        let mut facts = Facts {
            blocked,
            keep_unreached: self.options.keep_unreached,
            stress_exits: self.options.stress_exits,
            stress_handover: self.options.stress_handover,
            keep_gainless: self.options.stress_gainless,
            operators: code.operators.clone(),
            ..Facts::default()
        };
        let entry = match header {
            None => {
                // Whoever calls gives its only reference to what it collects: that takes a frame.
                facts.framed = code.collected().next().is_some();
                let tags = site.argument_tags();
                facts.locals = (0..code.nlocalsplus as usize)
                    .map(|i| tags.get(i).copied())
                    .collect();
                for (slot, tag) in code.collected() {
                    facts.locals[slot as usize] = Some(tag);
                }
                // Types may change once. What changes again is compiled for any.
                let previous = site.previous.and_then(|unit| unit.meta.entry_kind.abi());
                if let (Some(previous), 3..) = (previous, site.versions()) {
                    for (local, param) in facts.locals.iter_mut().zip(&previous.params) {
                        if local.is_some_and(|tag| tag != param.tag) {
                            *local = Some(TypeTag::Other);
                        }
                    }
                }
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
        facts.own_namespace = site.has_own_namespace();
        let lowered = frontend::lower(&code, &entry, !facts.keep_unreached)?;
        self.dump(&lowered, header, "after lowering", Detail::Full);
        if self.options.stress_interp {
            return self.interpret(site, &code, entry, lowered);
        }
        let (entry, mut specialized) = self.specialize(site, &code, entry, lowered, &mut facts)?;
        self.dump(
            &specialized.function,
            header,
            "after inference",
            Detail::Short,
        );
        specialized.function = self.through_text(specialized.function)?;
        let is_call = entry == Entry::Call;
        let estimate = estimate(&specialized.function, &code, is_call, &facts)?;
        if specialized.runs {
            counters::count(Counter::Framed);
        }
        let recipe = Recipe {
            entry,
            facts,
            seen: code.seen(),
        };
        if estimate.worth() == Worth::Small && is_call && !site.is_callee() && !self.options.eager()
        {
            return Err(Refusal::Small);
        }
        let image = self.image_key(&recipe, &code);
        let unit = match self.read_image(&image, || code.clone()) {
            Some(found) => {
                stats::loaded(&code.qualname);
                self.decided(site, header, Outcome::Loaded);
                Unit::Image(found)
            }
            None => {
                // What was counted is of this run alone: the image and its worth do not depend on it.
                let counted = |header| site.iterations(header).filter(|_| is_call);
                let f = &specialized.function;
                let expected = match gain::check(f, &code, is_call, recipe.facts.framed, counted) {
                    Ok(expected) if !recipe.facts.keep_gainless => expected,
                    _ => estimate,
                };
                let break_even = expected.break_even(counters::get(Counter::CompileNanos));
                let enough = if site.last_chance {
                    break_even / 2
                } else {
                    break_even
                };
                if site.is_early(enough) && !self.options.eager() {
                    self.estimates.insert(key, estimate);
                    return Err(Refusal::Early(break_even));
                }
                let unit = if self.keeps_images() {
                    let compiled = self.generate(&code, &recipe, &specialized, estimate)?;
                    self.write_image(&image, &compiled, &recipe);
                    Unit::Image(compiled)
                } else {
                    Unit::Placed(self.place(&code, &recipe, &specialized, estimate)?)
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

    /// The instructions on which a unit must not speculate: where its predecessors failed, and other units of its code, and
    /// those that meet types by turns.
    fn learn(&self, place: Place, previous: Option<&Linked>, varied: &[u32]) -> BTreeSet<u32> {
        let failed = previous.map(Linked::failed_speculation);
        let mut blocked = {
            let mut learned = self.learned.entry(place).or_default();
            learned.extend(failed.unwrap_or_default());
            learned.extend(varied);
            learned.clone()
        };
        for other in self.learned.iter().filter(|other| other.key().0 == place.0) {
            let instructions = other.value().iter().copied();
            blocked.extend(instructions.filter(|&at| at != NEEDS_FRAME));
        }
        blocked
    }

    fn generate(
        &self,
        code: &CodeInfo,
        recipe: &Recipe,
        specialized: &passes::Specialized,
        estimate: gain::Estimate,
    ) -> Result<Compiled, Refusal> {
        let abi = abi(code, recipe, specialized);
        let input = input(code, recipe, specialized, abi.as_ref(), estimate);
        codegen::compile(input, &self.isa)
    }

    /// As [`Engine::generate`], without an image.
    fn place(
        &self,
        code: &CodeInfo,
        recipe: &Recipe,
        specialized: &passes::Specialized,
        estimate: gain::Estimate,
    ) -> Result<Placed, Refusal> {
        let abi = abi(code, recipe, specialized);
        let input = input(code, recipe, specialized, abi.as_ref(), estimate);
        let placed = codegen::place(input, &self.isa)?;
        counters::count(Counter::Placed);
        Ok(placed)
    }

    /// Compiles a unit from what it was compiled from before. `code` holds the inline caches of the recipe.
    pub fn compile_again(&self, code: &CodeInfo, recipe: &Recipe) -> Result<Compiled, Refusal> {
        let Recipe { entry, facts, .. } = recipe;
        let hir = frontend::lower(code, entry, !facts.keep_unreached)?;
        let specialized = passes::run(hir, code, facts, entry)?;
        let estimate = estimate(&specialized.function, code, *entry == Entry::Call, facts)?;
        self.generate(code, recipe, &specialized, estimate)
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
        if recipe.entry == Entry::Call && learned.contains(&NEEDS_FRAME) {
            recipe.facts.framed = true;
        }
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
        counters::timed(Counter::CompileNanos, || {
            let compiled = self.compile_again(&code, &recipe).ok()?;
            stats::compiled(&code.qualname);
            let key = self.image_key(&recipe, &code);
            self.write_image(&key, &compiled, &recipe);
            Some((key, recipe, compiled))
        })
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

    /// Stress: interprets generic HIR. As with native units, a call gets along without a frame, and a loop of a module or
    /// class body with names in registers, until that has left.
    fn interpret(
        &self,
        site: &Site<'_>,
        code: &CodeInfo,
        entry: Entry,
        lowered: Function,
    ) -> Result<&'static Linked, Refusal> {
        let framed = site.previous.is_some();
        let (entry, lowered) = match entry.without_names() {
            Some(entry) if framed => {
                let lowered = frontend::lower(code, &entry, !self.options.keep_unreached)?;
                (entry, lowered)
            }
            _ => (entry, lowered),
        };
        interpreted(site, code, self.through_text(lowered)?, entry, framed)
    }

    /// Front end and passes. A call gets along without a frame if nothing in it may run Python code, a loop of a module or
    /// class body with names in registers; where that would leave, the unit is made the other way.
    fn specialize(
        &self,
        site: &Site<'_>,
        code: &CodeInfo,
        entry: Entry,
        lowered: Function,
        facts: &mut Facts,
    ) -> Result<(Entry, passes::Specialized), Refusal> {
        let hir = self.through_text(lowered)?;
        self.globals(site, code, &hir, facts);
        let first = passes::run(hir.clone(), code, facts, &entry)?;
        let wanted = facts.blocked.contains(&NEEDS_FRAME)
            || leaves(&first.function)
            || first.function.has_handlers();
        if first.runs || !wanted {
            return Ok((entry, first));
        }
        match entry.without_names() {
            None => {
                facts.framed = true;
                let second = passes::run(hir, code, facts, &entry)?;
                Ok((entry, second))
            }
            Some(entry) => {
                facts.names.clear();
                let hir = frontend::lower(code, &entry, !facts.keep_unreached)?;
                self.globals(site, code, &hir, facts);
                let second = passes::run(hir, code, facts, &entry)?;
                Ok((entry, second))
            }
        }
    }
}

/// What a unit is worth. Stress: much, if it does anything at all.
fn estimate(
    f: &Function,
    code: &CodeInfo,
    is_call: bool,
    facts: &Facts,
) -> Result<gain::Estimate, Refusal> {
    match gain::check(f, code, is_call, facts.framed, |_| None) {
        Ok(_) | Err(Refusal::NoGain) if facts.keep_gainless => Ok(gain::Estimate {
            gain: u64::from(u32::MAX),
            lost: 0,
            cost: 0,
        }),
        found => found,
    }
}

/// Stress: generic HIR as a unit that is interpreted. A call with `framed` pushes a frame.
fn interpreted(
    site: &Site<'_>,
    code: &CodeInfo,
    hir: Function,
    entry: Entry,
    framed: bool,
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
    let (entry_kind, header, stack_depth) = match entry {
        Entry::Call => {
            let abi = Abi {
                params: vec![any; code.parameters() as usize],
                result: Repr::Boxed,
                framed,
                returns_none: false,
                rebinds: false,
                declines: true,
            };
            (EntryKind::Call(abi), None, 0)
        }
        Entry::Loop { header, depth, .. } => {
            (EntryKind::Loop { header }, Some(header), depth as u16)
        }
    };
    let meta = UnitMeta {
        names: hir.names.iter().map(|&name| name as u16).collect(),
        stack_depth,
        ..UnitMeta::of(code, entry_kind)
    };
    stats::interpreted(&code.qualname);
    // Units live as long as the process, native ones as well.
    let unit = Box::leak(Box::new(interp::Unit::new(hir, code, header)));
    Ok(site.interpret(meta, unit))
}

/// Some instruction that is reached is left to the interpreter because there is no frame. The way to a `raise` does not
/// count: it is seldom taken. Where it is not, the exits say so.
fn leaves(f: &Function) -> bool {
    let raises = |block: &Block| matches!(block.term, Term::Exit(ExitReason::Raised));
    f.blocks.iter().filter(|block| !raises(block)).any(|block| {
        for inst in &block.insts {
            if inst.how == How::Leave(ExitReason::Unsupported) {
                return true;
            }
            if inst.outs.iter().any(|&v| f.ty(v) == Ty::Bottom) {
                return false;
            }
        }
        false
    })
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
impl Engine {
    /// Compiles what the unit being compiled would call.
    fn hasten(&self, callee: Option<Site<'_>>) {
        let Some(mut callee) = callee else { return };
        if let Some(linked) = self.attempt(&mut callee, None) {
            callee.install(linked);
        }
        callee.wait_again();
    }

    fn globals(&self, site: &Site<'_>, code: &CodeInfo, hir: &Function, facts: &mut Facts) {
        let stores_names = !hir.names.is_empty();
        let stored = hir.stored_globals();
        facts.methods.clear();
        facts.builtin_methods.clear();
        facts.own_methods.clear();
        facts.refused_methods.clear();
        for inst in hir.blocks.iter().flat_map(|b| &b.insts) {
            let origin = &code.instrs[inst.origin as usize];
            if matches!(inst.op, Op::LoadMethod { .. })
                && origin.seen.starts_with("LOAD_ATTR_METHOD")
            {
                self.hasten(site.waiting_method(origin.at));
                if let Some(abi) = site.method(origin.at) {
                    facts.methods.insert(origin.at, abi);
                }
                if site.is_refused_method(origin.at) {
                    facts.refused_methods.insert(origin.at);
                }
                if site.is_own_method(origin.at) {
                    facts.own_methods.insert(origin.at);
                }
                if let Some(method) = site.builtin_method(origin.at) {
                    facts.builtin_methods.insert(origin.at, method);
                }
            }
        }
        facts.globals.clear();
        facts.callees.clear();
        facts.initializers.clear();
        facts.own.clear();
        let keys = hir.global_keys();
        for inst in hir.blocks.iter().flat_map(|b| &b.insts) {
            let Some(&name) = inst.outs.first().and_then(|v| keys.get(v)) else {
                continue;
            };
            // Attributes of modules are globals of theirs.
            let (owner, attribute) = split_key(name);
            let module = GlobalFact::Object(TypeTag::Module);
            if attribute.is_some() && facts.globals.get(&owner) != Some(&module) {
                continue;
            }
            let elsewhere = facts.own_namespace && matches!(inst.op, Op::LoadName(_));
            if stored.contains(&name) || elsewhere {
                continue;
            }
            if facts.globals.contains_key(&name) {
                continue;
            }
            let fact = site.global_fact(name);
            if fact == GlobalFact::Missing {
                continue;
            }
            if let GlobalFact::Function { code: hash } = &fact {
                if *hash == code.hash && code.is_positional() {
                    facts.own.insert(name);
                }
                self.hasten(site.waiting_callee(name));
                if let Some(callee) = site.callee(name)
                    && !(stores_names && callee.reads_globals)
                {
                    facts.callees.insert(name, callee.abi);
                }
            }
            if fact == GlobalFact::Object(TypeTag::Other) {
                self.hasten(site.initializer_site(name));
                if let Some(abi) = site.initializer(name) {
                    facts.initializers.insert(name, abi);
                }
            }
            facts.globals.insert(name, fact);
        }
    }
}

fn input<'a>(
    code: &'a CodeInfo,
    recipe: &'a Recipe,
    specialized: &'a passes::Specialized,
    abi: Option<&'a Abi>,
    estimate: gain::Estimate,
) -> codegen::Input<'a> {
    codegen::Input {
        worth: estimate.worth(),
        code,
        facts: &recipe.facts,
        entry: &recipe.entry,
        specialized,
        abi,
    }
}

/// Some result may be `NotImplemented`: it is not known to be anything else.
fn declines(f: &Function) -> bool {
    let insts = || f.blocks.iter().flat_map(|b| &b.insts);
    let made = |v| insts().any(|i| i.how == How::New && i.outs.contains(&v));
    f.blocks.iter().any(|block| match block.term {
        Term::Return(v) => {
            let known = f.ty(v).is_raw() || matches!(f.ty(v), Ty::None | Ty::Exact(_));
            !known && !made(v)
        }
        _ => false,
    })
}

/// Calling convention of a call unit.
fn abi(code: &CodeInfo, recipe: &Recipe, specialized: &passes::Specialized) -> Option<Abi> {
    let facts = &recipe.facts;
    if recipe.entry != Entry::Call {
        return None;
    }
    let mut params = Vec::new();
    for slot in 0..code.parameters() {
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
    Some(Abi {
        params,
        result,
        framed: specialized.runs,
        returns_none: specialized.result == Ty::None,
        rebinds: frontend::rebinds(code),
        declines: declines(&specialized.function),
    })
}
