//! What a process owns: options, target, cache, what was learned; and the hooks of the interpreter's life.

use crate::codegen::{self, Compiled, FLAGS};
use crate::facts::{Abi, Facts};
use crate::frontend::{Entry, Refusal};
use crate::{stats, tier};
use cranelift_codegen::isa::OwnedTargetIsa;
use dashmap::DashMap;
use pyaot_cache::{Key, KeyBuilder, Kind, Options as CacheOptions, Store};
use pyaot_runtime::code::CodeInfo;
use pyaot_runtime::dispatch;
use pyaot_runtime::helpers;
use pyaot_runtime::image::Linked;
use pyaot_runtime::layout::offsets::VERSION_HEX;
use pyaot_runtime::python::Hooks;
use pyaot_runtime::unit::CodeHash;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::PathBuf;
use std::sync::{Mutex, OnceLock};
use std::{env, fs};

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
    threshold: Option<u32>,
    trace_exits: bool,
    stats: Option<PathBuf>,
}

impl Options {
    fn from_env() -> Options {
        let text = |name: &str| env::var(name).ok().filter(|v| !v.is_empty());
        let threshold: Option<u32> = text("PYAOT_THRESHOLD").and_then(|v| v.parse().ok());
        let stress = text("PYAOT_STRESS").unwrap_or_default();
        Options {
            stress_exits: stress
                .strip_prefix("exits:")
                .and_then(|seed| seed.parse().ok()),
            stress_handover: stress == "handover",
            stress_links: stress == "links",
            only: text("PYAOT_ONLY").map(|v| v.split(',').map(str::to_owned).collect()),
            dump: text("PYAOT_DUMP_HIR"),
            keep_unreached: threshold == Some(0),
            threshold: threshold.map(|n| n.max(1)),
            trace_exits: text("PYAOT_TRACE").is_some_and(|v| v.split(',').any(|w| w == "exits")),
            stats: env::var_os("PYAOT_STATS")
                .filter(|v| !v.is_empty())
                .map(PathBuf::from),
        }
    }
}

/// A unit of an earlier run.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
pub struct ImageEntry {
    pub code: CodeHash,
    pub header: Option<u32>,
    pub qualname: String,
    pub image: [u8; 32],
}

/// What earlier runs of this program left.
#[derive(Default)]
pub struct Profile {
    pub names: HashSet<String>,
    pub entries: HashMap<(CodeHash, Option<u32>), ImageEntry>,
}

/// A compiling process.
pub struct Engine {
    pub options: Options,
    pub isa: OwnedTargetIsa,
    store: Store,
    program: Key,
    pub profile: Profile,
    /// Instructions where speculation failed too often.
    pub learned: DashMap<(CodeHash, Option<u32>), BTreeSet<u32>>,
    units: Mutex<Vec<(ImageEntry, &'static Linked)>>,
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
fn program_key(build: &[u8; 32]) -> Key {
    let args: Vec<_> = env::args_os().skip(1).collect();
    let script = args
        .iter()
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
    fn new() -> Result<Engine, Refusal> {
        let build = build_id();
        let store = Store::open(CacheOptions::default());
        let program = program_key(&build);
        let mut profile = Profile::default();
        if let Ok(bytes) = store.get(Kind::Profile, &program)
            && let Ok(entries) = postcard::from_bytes::<Vec<ImageEntry>>(&bytes)
        {
            for entry in entries {
                profile.names.insert(entry.qualname.clone());
                profile.entries.insert((entry.code, entry.header), entry);
            }
        }
        Ok(Engine {
            options: Options::from_env(),
            isa: codegen::target()?,
            store,
            program,
            profile,
            learned: DashMap::new(),
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
    pub fn image_key(
        &self,
        facts: &Facts,
        entry: &Entry,
        abi: Option<&Abi>,
        code: &CodeInfo,
    ) -> [u8; 32] {
        let facts = postcard::to_stdvec(&(facts, abi)).unwrap_or_default();
        // The inline caches are facts too.
        let mut seen = blake3::Hasher::new();
        for instr in &code.instrs {
            seen.update(instr.seen.as_bytes());
            seen.update(&[u8::from(instr.unreached)]);
        }
        let key = KeyBuilder::new("pyaot image 1")
            .field("build", &self.build)
            .field("target", format!("{}", self.isa.triple()).as_bytes())
            .field("cpu", self.cpu().as_bytes())
            .field("code", &code.hash)
            .field("facts", &facts)
            .field("seen", seen.finalize().as_bytes())
            .field("entry", format!("{entry:?}").as_bytes())
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

    /// A unit's image from the cache.
    pub fn read_image(&self, key: &[u8; 32]) -> Option<Compiled> {
        let bytes = self.store.get(Kind::Image, &Key::from_bytes(*key)).ok()?;
        codegen::unpack(&bytes)
    }

    /// Keeps a unit's image.
    pub fn write_image(&self, key: &[u8; 32], compiled: &Compiled) {
        if let Some(bytes) = codegen::pack(compiled) {
            // A failure is counted by the store and concerns nobody else.
            let _ = self.store.put(Kind::Image, &Key::from_bytes(*key), &bytes);
        }
    }

    /// Notes a linked unit for the profile.
    pub fn remember(
        &self,
        code: CodeHash,
        header: Option<u32>,
        qualname: &str,
        image: [u8; 32],
        linked: &'static Linked,
    ) {
        if let Ok(mut units) = self.units.lock() {
            units.push((tier::entry_of(code, header, qualname, image), linked));
        }
    }

    fn save_profile(&self) {
        let Ok(units) = self.units.lock() else { return };
        let mut merged = self.profile.entries.clone();
        for (entry, linked) in units.iter() {
            let key = (entry.code, entry.header);
            if linked.is_valid() {
                merged.insert(key, entry.clone());
            }
        }
        let mut entries: Vec<ImageEntry> = merged.into_values().collect();
        entries.sort_by_key(|e| (e.code, e.header));
        if entries.is_empty()
            || (entries.len() == self.profile.entries.len() && self.profile_holds(&entries))
        {
            return;
        }
        let Ok(bytes) = postcard::to_stdvec(&entries) else {
            return;
        };
        let _ = self.store.update(&self.program, |old| {
            // Another process may have finished meanwhile: its entries stay.
            let old: Vec<ImageEntry> = old
                .and_then(|o| postcard::from_bytes(&o).ok())
                .unwrap_or_default();
            let mut all = entries.clone();
            for entry in old {
                if !all
                    .iter()
                    .any(|e| e.code == entry.code && e.header == entry.header)
                {
                    all.push(entry);
                }
            }
            postcard::to_stdvec(&all).unwrap_or(bytes)
        });
    }

    fn profile_holds(&self, entries: &[ImageEntry]) -> bool {
        entries
            .iter()
            .all(|e| self.profile.entries.get(&(e.code, e.header)) == Some(e))
    }

    fn write_stats(&self) {
        let Some(path) = &self.options.stats else {
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
        let report = stats::report(
            &exits,
            json!({"hits": cache.hits, "puts": cache.puts, "misses": misses}),
        );
        let _ = fs::write(path, format!("{report:#}\n"));
    }
}

/// The hooks of a compiling process.
pub struct Compiling;

static ENGINE: OnceLock<Option<Engine>> = OnceLock::new();

impl Hooks for Compiling {
    fn started(&self) {
        if let Some(engine) = ENGINE.get_or_init(|| Engine::new().ok()) {
            let options = dispatch::Options {
                threshold: engine.options.threshold,
                trace_exits: engine.options.trace_exits,
            };
            dispatch::install(engine, options);
        }
    }

    fn finished(&self) {
        if let Some(Some(engine)) = ENGINE.get() {
            engine.save_profile();
            engine.write_stats();
        }
    }
}
