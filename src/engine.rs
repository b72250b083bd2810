//! What a process owns: options, target, cache, what was learned; and the hooks of the interpreter's life.

use crate::codegen::{self, Compiled, FLAGS};
use crate::facts::Recipe;
use crate::frontend::Refusal;
use crate::gain::Estimate;
use crate::{explain, stats, verify};
use cranelift_codegen::isa::OwnedTargetIsa;
use dashmap::DashMap;
use pyaot_cache::{Key, KeyBuilder, Kind, Options as CacheOptions, State, Store};
use pyaot_runtime::code::CodeInfo;
use pyaot_runtime::dispatch::{self, Site, Verdict};
use pyaot_runtime::helpers;
use pyaot_runtime::image::Linked;
use pyaot_runtime::layout::offsets::VERSION_HEX;
use pyaot_runtime::profiling;
use pyaot_runtime::python::{self, Hooks};
use pyaot_runtime::stats::{self as counters, Counter};
use pyaot_runtime::stress;
use pyaot_runtime::unit::CodeHash;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::{Mutex, OnceLock};
use std::time::Instant;
use std::{env, fs};

/// What the process was started for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// To run a program.
    Run,
    /// `pyaot compile --profile`: to leave the cache complete.
    Profile,
    /// `pyaot explain`: to say what was compiled.
    Explain,
}

/// Options from the environment.
#[derive(Debug, Default)]
pub struct Options {
    /// Qualnames that may be compiled; none: all.
    only: Option<HashSet<String>>,
    /// Print the HIR of this function.
    pub dump: Option<String>,
    /// Compile code that has not run.
    pub keep_unreached: bool,
    /// `PYAOT_STRESS=exits:SEED`: leave at instructions chosen by the seed.
    pub stress_exits: Option<u32>,
    /// `PYAOT_STRESS=handover`: leave at each back-edge.
    pub stress_handover: bool,
    /// `PYAOT_STRESS=links`: no unit can be linked.
    pub stress_links: bool,
    /// `PYAOT_STRESS=interp`: generic HIR is interpreted, nothing is compiled.
    pub stress_interp: bool,
    /// `PYAOT_STRESS=text`: each unit is printed and read back before it goes on.
    pub stress_text: bool,
    /// `PYAOT_STRESS=trial`: each unit is on trial, and chance decides.
    stress_trial: bool,
    /// `PYAOT_STRESS=gc` and `frames`: what the runtime does at operations.
    stress_runtime: stress::Mode,
    /// `PYAOT_STRESS=gainless`, and with `gc` and `frames`: units that gain nothing are kept.
    pub stress_gainless: bool,
    /// Some stress mode is on.
    stressed: bool,
    /// Compile what comes from the cache again and compare.
    verify: bool,
    /// `PYAOT_PERF=map`: write what `perf` calls native functions.
    pub perf_map: bool,
    /// `PYAOT_TEST_FLAG=name=value`: a code generation option that enters no key, for tests of `verify`.
    flipped: Option<(String, String)>,
    threshold: Option<u32>,
    trace_exits: bool,
    stats: Option<(PathBuf, u32)>,
}

impl Options {
    /// A threshold was asked for: nothing else decides when code is compiled.
    pub fn eager(&self) -> bool {
        self.threshold.is_some()
    }

    /// A test: what goes to Cranelift is verified.
    fn verified(&self) -> bool {
        env::var_os("PYAOT_DUMP").is_some() || self.eager() || self.stressed || self.verify
    }

    fn from_env() -> Options {
        let text = |name: &str| env::var(name).ok().filter(|v| !v.is_empty());
        let threshold: Option<u32> = text("PYAOT_THRESHOLD").and_then(|v| v.parse().ok());
        let modes = text("PYAOT_STRESS").unwrap_or_default();
        let stress = |name: &str| modes.split(',').any(|mode| mode == name);
        let stress_runtime = match (stress("gc"), stress("frames")) {
            (true, _) => stress::Mode::Gc,
            (_, true) => stress::Mode::Frames,
            _ => stress::Mode::Off,
        };
        Options {
            stress_exits: modes
                .split(',')
                .find_map(|mode| mode.strip_prefix("exits:")?.parse().ok()),
            stress_handover: stress("handover"),
            stress_links: stress("links"),
            stress_interp: stress("interp"),
            stress_text: stress("text"),
            stress_trial: stress("trial"),
            stress_gainless: stress("gainless") || stress_runtime != stress::Mode::Off,
            stress_runtime,
            stressed: !modes.is_empty(),
            verify: text("PYAOT_VERIFY").is_some_and(|v| v != "0"),
            flipped: text("PYAOT_TEST_FLAG")
                .and_then(|v| v.split_once('=').map(|(n, v)| (n.to_owned(), v.to_owned()))),
            only: text("PYAOT_ONLY").map(|v| v.split(',').map(str::to_owned).collect()),
            dump: text("PYAOT_DUMP_HIR"),
            keep_unreached: threshold == Some(0) || stress("interp"),
            threshold: threshold.map(|n| n.max(1)),
            perf_map: text("PYAOT_PERF").is_some_and(|v| v == "map"),
            trace_exits: text("PYAOT_TRACE").is_some_and(|v| v.split(',').any(|w| w == "exits")),
            stats: env::var_os("PYAOT_STATS")
                .filter(|v| !v.is_empty())
                .map(stats_of_process),
        }
    }
}

/// Where this process writes what `PYAOT_STATS` asks for, and its number: a forked child has another one, and writes
/// nothing. A child that was started by a pyaot has a file of its own, with its number behind the name.
fn stats_of_process(path: OsString) -> (PathBuf, u32) {
    let number = std::process::id();
    let parent = std::os::unix::process::parent_id();
    let parent = fs::read_link(format!("/proc/{parent}/exe")).ok();
    let mut path = path;
    if parent.is_some() && parent == env::current_exe().ok() {
        path.push(format!(".{number}"));
    }
    (path.into(), number)
}

/// A unit of an earlier run.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
pub struct ImageEntry {
    pub code: CodeHash,
    pub header: Option<u32>,
    pub qualname: String,
    pub image: [u8; 32],
    /// The instructions on which this image does not speculate.
    pub blocked: BTreeSet<u32>,
    /// Whether it pays.
    pub verdict: Verdict,
}

/// A unit's place: its code and, for a loop, the header.
pub type Place = (CodeHash, Option<u32>);

/// What earlier runs of this program left.
#[derive(Default)]
pub struct Profile {
    pub names: HashSet<String>,
    pub entries: HashMap<Place, ImageEntry>,
    /// Instructions where speculation failed too often.
    learned: HashMap<Place, BTreeSet<u32>>,
    /// What units would be worth that were not worth their compilation: no later run looks at them to find out.
    estimates: HashMap<Place, Estimate>,
}

/// A profile on disk.
#[derive(Default, Serialize, Deserialize)]
struct Saved {
    units: Vec<ImageEntry>,
    learned: Vec<(Place, BTreeSet<u32>)>,
    estimates: Vec<(Place, Estimate)>,
}

impl Profile {
    fn read(bytes: &[u8]) -> Profile {
        let Ok(saved) = postcard::from_bytes::<Saved>(bytes) else {
            counters::count(Counter::Malformed);
            return Profile::default();
        };
        let of = |entry: ImageEntry| ((entry.code, entry.header), entry);
        let entries: HashMap<_, _> = saved.units.into_iter().map(of).collect();
        Profile {
            names: entries.values().map(|e| e.qualname.clone()).collect(),
            entries,
            learned: saved.learned.into_iter().collect(),
            estimates: saved.estimates.into_iter().collect(),
        }
    }

    /// What is to be learned of this unit, if that is more than its image was compiled with.
    pub fn taught_since(&self, entry: &ImageEntry) -> Option<&BTreeSet<u32>> {
        self.learned
            .get(&(entry.code, entry.header))
            .filter(|learned| !learned.is_subset(&entry.blocked))
    }

    /// Takes over what `other` has and this one lacks.
    fn add(&mut self, other: Profile) {
        for (place, entry) in other.entries {
            self.entries.entry(place).or_insert(entry);
        }
        for (place, instructions) in other.learned {
            self.learned.entry(place).or_default().extend(instructions);
        }
        for (place, estimate) in other.estimates {
            self.estimates.entry(place).or_insert(estimate);
        }
    }

    fn to_bytes(&self) -> Option<Vec<u8>> {
        let mut saved = Saved {
            units: self.entries.values().cloned().collect(),
            learned: self
                .learned
                .iter()
                .map(|(&place, instructions)| (place, instructions.clone()))
                .collect(),
            estimates: self.estimates.iter().map(|(&p, &e)| (p, e)).collect(),
        };
        saved.units.sort_by_key(|e| (e.code, e.header));
        saved.learned.sort();
        saved.estimates.sort_by_key(|e| e.0);
        postcard::to_stdvec(&saved).ok()
    }
}

/// What was decided about a hot function or loop.
pub struct Decision {
    pub filename: String,
    pub first_line: u32,
    pub qualname: String,
    /// Line of the loop; none: the function's calls.
    pub loop_line: Option<u32>,
    pub what: Outcome,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Compiled,
    Loaded,
    Refused(Refusal),
}

/// Parts of the concurrent maps. (The default asks the system for the number of processors, which takes 20 calls.)
const SHARDS: usize = 8;

/// A compiling process.
pub struct Engine {
    mode: Mode,
    /// A forked child has the engine, but not the task.
    process: u32,
    pub options: Options,
    pub isa: OwnedTargetIsa,
    store: Store,
    program: Key,
    pub profile: Profile,
    /// Instructions where speculation failed too often.
    pub learned: DashMap<Place, BTreeSet<u32>>,
    /// What units would be worth that were not worth their compilation yet.
    pub estimates: DashMap<Place, Estimate>,
    pub started: Instant,
    units: Mutex<Vec<(ImageEntry, &'static Linked)>>,
    /// What was decided, for reports.
    log: Mutex<Vec<Decision>>,
    build: [u8; 32],
}

/// Identity of this build: code of another build never matches.
fn build_id() -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(env!("CARGO_PKG_VERSION").as_bytes());
    hasher.update(&VERSION_HEX.to_le_bytes());
    hasher.update(&helpers::fingerprint());
    for (name, value) in FLAGS {
        hasher.update(format!("{name}={value};").as_bytes());
    }
    // Any rebuild of pyaot: its own file's time and size.
    if let Ok(meta) = env::current_exe().and_then(fs::metadata) {
        hasher.update(&meta.len().to_le_bytes());
        if let Ok(since) = meta
            .modified()
            .map(|t| t.duration_since(std::time::UNIX_EPOCH).unwrap_or_default())
        {
            hasher.update(&since.as_nanos().to_le_bytes());
        }
    }
    *hasher.finalize().as_bytes()
}

/// What identifies the program for its profile: the script's path, or how else it was started.
fn program_key(build: &[u8; 32], arguments: &[OsString]) -> Key {
    let script = arguments
        .iter()
        .skip(1)
        .find(|a| !a.to_string_lossy().starts_with('-'))
        .cloned()
        .unwrap_or_default();
    let path = fs::canonicalize(&script).unwrap_or_else(|_| PathBuf::from(&script));
    KeyBuilder::new("pyaot profile 1")
        .field("build", build)
        .field("script", path.as_os_str().as_encoded_bytes())
        .finish()
}

impl Engine {
    fn new(mode: Mode, arguments: &[OsString]) -> Result<Engine, Refusal> {
        let build = build_id();
        let layers = env::var_os("PYAOT_CACHE_LAYERS").unwrap_or_default();
        let store = Store::open(CacheOptions {
            read_only_layers: env::split_paths(&layers)
                .filter(|layer| !layer.as_os_str().is_empty())
                .collect(),
            ..CacheOptions::default()
        });
        let program = program_key(&build, arguments);
        let options = Options::from_env();
        let profile = match store.get(Kind::Profile, &program) {
            Ok(bytes) => Profile::read(&bytes),
            Err(_) => Profile::default(),
        };
        let flipped = options.flipped.as_ref();
        let isa = codegen::target(
            options.verified(),
            flipped.map(|(name, value)| (&**name, &**value)),
        )?;
        let learned = DashMap::with_shard_amount(SHARDS);
        for (place, instructions) in &profile.learned {
            learned.insert(*place, instructions.clone());
        }
        let estimates = DashMap::with_shard_amount(SHARDS);
        for (&place, &estimate) in &profile.estimates {
            estimates.insert(place, estimate);
        }
        Ok(Engine {
            mode,
            process: std::process::id(),
            log: Mutex::new(Vec::new()),
            isa,
            options,
            store,
            program,
            learned,
            profile,
            estimates,
            started: Instant::now(),
            units: Mutex::new(Vec::new()),
            build,
        })
    }

    /// The function may be compiled (`PYAOT_ONLY`).
    pub fn allowed(&self, qualname: &str) -> bool {
        self.options
            .only
            .as_ref()
            .is_none_or(|only| only.contains(qualname))
    }

    /// Key of an image: everything that the compiler's result depends on.
    pub fn image_key(&self, recipe: &Recipe, code: &CodeInfo) -> [u8; 32] {
        let recipe = postcard::to_stdvec(recipe).unwrap_or_default();
        let key = KeyBuilder::new("pyaot image 2")
            .field("build", &self.build)
            .field("target", format!("{}", self.isa.triple()).as_bytes())
            .field("cpu", self.cpu().as_bytes())
            .field("code", &code.hash)
            .field("recipe", &recipe)
            .finish();
        *key.as_bytes()
    }

    /// CPU features that code may use.
    fn cpu(&self) -> String {
        self.isa
            .isa_flags()
            .iter()
            .map(|flag| format!("{flag};"))
            .collect()
    }

    /// A unit's image from the cache. With `PYAOT_VERIFY`, what `code` gives is compiled again and compared.
    pub fn read_image(&self, key: &[u8; 32], code: impl FnOnce() -> CodeInfo) -> Option<Compiled> {
        let bytes = self.store.get(Kind::Image, &Key::from_bytes(*key)).ok()?;
        let Some(found) = codegen::unpack(&bytes) else {
            counters::count(Counter::Malformed);
            return None;
        };
        if self.options.verify {
            return verify::checked(self, &bytes, found, code());
        }
        Some(found)
    }

    /// Images can be kept. Else units are placed in memory at once.
    pub fn keeps_images(&self) -> bool {
        self.store.state() == State::Writable
    }

    /// Keeps a unit's image.
    pub fn write_image(&self, key: &[u8; 32], compiled: &Compiled, recipe: &Recipe) {
        if let Some(bytes) = codegen::pack(compiled, recipe) {
            // A failure is counted by the store and concerns nobody else.
            let _ = self.store.put(Kind::Image, &Key::from_bytes(*key), &bytes);
        }
    }

    /// What a unit in the cache was compiled from.
    pub fn read_recipe(&self, key: &[u8; 32]) -> Option<Recipe> {
        let bytes = self.store.get(Kind::Image, &Key::from_bytes(*key)).ok()?;
        codegen::unpack_recipe(&bytes)
    }

    /// Notes a linked unit for the profile.
    pub fn remember(
        &self,
        (code, header): Place,
        image: [u8; 32],
        blocked: &BTreeSet<u32>,
        linked: &'static Linked,
    ) {
        let entry = ImageEntry {
            code,
            header,
            qualname: linked.meta.qualname.clone(),
            image,
            blocked: blocked.clone(),
            verdict: linked.verdict.get(),
        };
        if let Ok(mut units) = self.units.lock() {
            units.push((entry, linked));
        }
    }

    /// Notes a decision, if there will be a report.
    pub fn decided(&self, site: &Site<'_>, header: Option<u32>, what: Outcome) {
        if self.mode == Mode::Run {
            return;
        }
        let (filename, first_line) = site.place();
        if let Ok(mut log) = self.log.lock() {
            log.push(Decision {
                filename,
                first_line,
                qualname: site.qualname(),
                loop_line: header.map(|header| site.line(header)),
                what,
            });
        }
    }

    /// Compiles each unit anew whose exits have taught more than it was compiled with: no later run has to learn it.
    fn complete(&self) {
        let Ok(mut units) = self.units.lock() else {
            return;
        };
        for (entry, linked) in units.iter_mut().filter(|unit| unit.1.is_valid()) {
            let mut learned: BTreeSet<u32> = linked.failed_speculation().into_iter().collect();
            if let Some(before) = self.learned.get(&(entry.code, entry.header)) {
                learned.extend(before.value());
            }
            let Some(mut recipe) = self.read_recipe(&entry.image) else {
                continue;
            };
            if !linked.has_hot_exits() && learned.is_subset(&recipe.facts.blocked) {
                continue;
            }
            // What had not run when it was compiled has run meanwhile.
            recipe.seen = linked.read_code().seen();
            recipe.facts.blocked.extend(learned);
            if let Some((image, recipe, _)) = self.compile_recipe(linked.read_code(), recipe) {
                entry.image = image;
                entry.blocked = recipe.facts.blocked;
            }
        }
    }

    /// What this process knows now: the profile it began with, its own units, and what their exits taught.
    fn present(&self) -> Profile {
        let mut now = Profile {
            names: HashSet::new(),
            entries: self.profile.entries.clone(),
            learned: HashMap::new(),
            estimates: self
                .estimates
                .iter()
                .map(|e| (*e.key(), *e.value()))
                .collect(),
        };
        for entry in self.learned.iter().filter(|e| !e.value().is_empty()) {
            now.learned.insert(*entry.key(), entry.value().clone());
        }
        if let Ok(units) = self.units.lock() {
            for (entry, linked) in units.iter() {
                let place = (entry.code, entry.header);
                let failed = linked.failed_speculation();
                if !failed.is_empty() {
                    now.learned.entry(place).or_default().extend(failed);
                }
                if linked.is_valid() {
                    let verdict = linked.verdict.get();
                    let entry = entry.clone();
                    now.entries.insert(place, ImageEntry { verdict, ..entry });
                }
            }
        }
        now
    }

    fn save_profile(&self) {
        let now = self.present();
        let nothing = now.entries.is_empty() && now.learned.is_empty() && now.estimates.is_empty();
        let same = now.entries == self.profile.entries
            && now.learned == self.profile.learned
            && now.estimates == self.profile.estimates;
        if nothing || same {
            return;
        }
        let Some(bytes) = now.to_bytes() else { return };
        let _ = self.store.update(&self.program, |old| {
            // Another process may have finished meanwhile: its entries stay.
            let mut all = now;
            if let Some(old) = old {
                all.add(Profile::read(&old));
            }
            all.to_bytes().unwrap_or(bytes)
        });
    }

    /// The last words of `pyaot compile`.
    fn summary(&self) -> String {
        let kept = self.present().entries.len();
        let place = self.store.dir().map(|dir| dir.display().to_string());
        let log = self.log.lock();
        let decisions = log.as_deref().map_or(&[][..], Vec::as_slice);
        explain::summary(kept, &place.unwrap_or_default(), decisions)
    }

    /// The report of `pyaot explain`.
    fn explanation(&self) -> String {
        let mut exits = Vec::new();
        if let Ok(units) = self.units.lock() {
            for (_, linked) in units.iter() {
                let (filename, first_line) = linked.place();
                for (at, reason, count) in linked.exit_counts() {
                    exits.push(explain::Exit {
                        filename: filename.clone(),
                        first_line,
                        qualname: linked.meta.qualname.clone(),
                        line: linked.line(at),
                        reason,
                        count,
                    });
                }
            }
        }
        let log = self.log.lock();
        let decisions = log.as_deref().map_or(&[][..], Vec::as_slice);
        explain::report(&dispatch::seen(), decisions, &exits, |path| {
            fs::read(path).ok()
        })
    }

    fn write_stats(&self) {
        let Some((path, _)) =
            (self.options.stats.as_ref()).filter(|(_, number)| *number == std::process::id())
        else {
            return;
        };
        let mut exits = Vec::new();
        if let Ok(units) = self.units.lock() {
            for (entry, linked) in units.iter() {
                for (at, reason, n) in linked.exit_counts() {
                    exits.push((entry.qualname.clone(), at, format!("{reason:?}"), n));
                }
            }
        }
        let cache = self.store.stats();
        let misses: HashMap<&str, u64> = cache.misses().filter(|m| m.1 > 0).collect();
        let put_errors: HashMap<&str, u64> = cache.put_errors().filter(|e| e.1 > 0).collect();
        let report = stats::report(
            &exits,
            json!({"hits": cache.hits, "puts": cache.puts, "misses": misses, "put_errors": put_errors}),
        );
        let _ = fs::write(path, format!("{report:#}\n"));
    }
}

/// The hooks of a compiling process.
pub struct Compiling {
    mode: Mode,
    arguments: Vec<OsString>,
}

impl Compiling {
    /// Runs Python on these arguments, and returns the exit status.
    pub fn run(mode: Mode, arguments: Vec<OsString>) -> i32 {
        let hooks: &'static Compiling = Box::leak(Box::new(Compiling {
            mode,
            arguments: arguments.clone(),
        }));
        python::run_with(hooks, arguments)
    }
}

static ENGINE: OnceLock<Option<Engine>> = OnceLock::new();

impl Hooks for Compiling {
    fn started(&self) {
        let made = ENGINE.get_or_init(|| Engine::new(self.mode, &self.arguments).ok());
        if let Some(engine) = made {
            let options = dispatch::Options {
                threshold: engine.options.threshold,
                trace_exits: engine.options.trace_exits,
                keep_seen: self.mode == Mode::Explain,
                stress_trial: engine.options.stress_trial,
            };
            stress::set_mode(engine.options.stress_runtime);
            profiling::install(engine.options.perf_map);
            dispatch::install(engine, options);
        }
    }

    fn finished(&self) {
        let Some(Some(engine)) = ENGINE.get() else {
            return;
        };
        let task = std::process::id() == engine.process;
        if task && self.mode == Mode::Profile {
            engine.complete();
        }
        stress::over();
        engine.save_profile();
        engine.write_stats();
        if task && self.mode == Mode::Profile {
            eprint!("{}", engine.summary());
        }
        if task && self.mode == Mode::Explain {
            eprint!("{}", engine.explanation());
        }
    }
}
