//! The cache through whole processes: faults that a disk or another process can cause, and what is kept and compared.
//! Each run must print what python prints, with nothing on stderr, and the statistics must name the fault that was met.

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::{Job, Outcome, Stats, pyaot, python};
use pyaot_cache::{Kind, Options, Store};
use tempfile::TempDir;

/// Hot functions and loops, and a result that depends on all of them.
const PROGRAM: &str = "
def step(x):
    return (x * 1103515245 + 12345) % 2147483648

def walk(n):
    x = total = 0
    for _ in range(n):
        x = step(x)
        total += x & 255
    return total

def mean(values):
    total = 0.0
    for value in values:
        total += value
    return total / len(values)

print(walk(30000), mean([i * 0.5 for i in range(20000)]))
";

/// A script, a cache, and what python makes of the script.
struct World {
    folder: TempDir,
    expected: Outcome,
}

impl World {
    fn new() -> World {
        let folder = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).expect("a temporary folder");
        fs::write(folder.path().join("program.py"), PROGRAM).expect("a file");
        let mut job = Job::new(python());
        job.args([folder.path().join("program.py")]);
        let expected = job.run().expect("python runs");
        assert!(expected.status.success(), "{expected}");
        World { folder, expected }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn cache(&self) -> PathBuf {
        self.path("cache")
    }

    fn job(&self) -> Job {
        let mut job = Job::new(&pyaot());
        job.args([self.path("program.py")])
            .env("PYAOT_CACHE_DIR", self.cache())
            .env("PYAOT_STATS", self.path("stats"));
        job
    }

    #[track_caller]
    fn ran(&self, job: &Job) -> Stats {
        let outcome = job.run().expect("pyaot runs");
        assert!(outcome == self.expected, "{}\n{outcome}", job.line());
        self.stats()
    }

    /// One run that must be as python's.
    #[track_caller]
    fn run(&self) -> Stats {
        self.ran(&self.job())
    }

    #[track_caller]
    fn stats(&self) -> Stats {
        Stats::read(&self.path("stats")).expect("statistics")
    }

    /// The files of the cache with this ending.
    fn files(&self, ending: &str) -> Vec<PathBuf> {
        let mut found = Vec::new();
        let mut folders = vec![self.cache()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).expect("a folder").flatten() {
                let path = entry.path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|e| e == ending) {
                    found.push(path);
                }
            }
        }
        assert!(!found.is_empty(), "no {ending} in the cache");
        found
    }

    fn store(&self) -> Store {
        Store::open(Options {
            dir: Some(self.cache()),
            ..Options::default()
        })
    }
}

/// A key by the name of its file.
fn key(path: &Path) -> pyaot_cache::Key {
    let name = path.file_stem().expect("a name").to_string_lossy();
    pyaot_cache::Key::from_hex(&name).expect("a key")
}

#[test]
fn verify_passes_on_a_good_cache() {
    let world = World::new();
    assert!(world.run().counter("compiled").unwrap() >= 3);
    let stats = world.ran(world.job().env("PYAOT_VERIFY", "1"));
    let loaded = stats.counter("loaded").unwrap();
    assert!(loaded >= 3, "{loaded}");
    assert_eq!(stats.counter("verified").unwrap(), loaded);
    assert_eq!(stats.counter("verify_failed").unwrap(), 0);
}

/// The output is right all the same, the difference is named, and the process fails.
#[track_caller]
fn fails_verification(world: &World, job: &Job) {
    let outcome = job.run().expect("pyaot runs");
    assert_eq!(outcome.status.code(), Some(70), "{outcome}");
    assert_eq!(outcome.stdout, world.expected.stdout, "{outcome}");
    let stderr = String::from_utf8_lossy(&outcome.stderr);
    assert!(
        stderr.contains("pyaot: PYAOT_VERIFY: the cached image of step"),
        "{stderr}"
    );
    assert!(stderr.contains("its text differs at byte"), "{stderr}");
    assert!(world.stats().counter("verify_failed").unwrap() > 0);
}

#[test]
fn verify_finds_a_code_generation_option_that_is_in_no_key() {
    let world = World::new();
    world.run();
    let mut job = world.job();
    job.env("PYAOT_TEST_FLAG", "opt_level=none");
    // Nobody notices without the switch: the key is the same.
    assert_eq!(world.ran(&job).counter("compiled").unwrap(), 0);
    fails_verification(&world, job.env("PYAOT_VERIFY", "1"));
    // The same where the script ends by itself, and what it says is not lost.
    fs::write(
        world.path("program.py"),
        format!("{PROGRAM}\nimport sys\nsys.exit(3)\n"),
    )
    .expect("a file");
    fails_verification(&world, &job);
}

#[test]
fn verify_finds_a_changed_text_with_a_right_checksum() {
    let world = World::new();
    world.run();
    let store = world.store();
    for path in world.files("o") {
        let key = key(&path);
        let mut bytes = store.get(Kind::Image, &key).expect("an image");
        // In the middle of the text, which follows the ELF header.
        bytes[64 + 200] ^= 0x40;
        store.put(Kind::Image, &key, &bytes).expect("it is kept");
    }
    fails_verification(&world, world.job().env("PYAOT_VERIFY", "1"));
}

/// What exits taught is in the profile: the second run does not go through it again.
#[test]
fn what_exits_taught_is_kept() {
    let world = World::new();
    // An int among floats, seldom: 12 exits at one place, and the next version does not speculate there.
    let program = "
def total(values):
    t = 0.0
    n = 0
    for v in values:
        n = n + 3
        t = t + v
    return t + n
print(total([1 if i % 400 == 399 else 0.5 for i in range(20000)]))
";
    fs::write(world.path("program.py"), program).expect("a file");
    let run = || {
        let outcome = world.job().run().expect("pyaot runs");
        assert!(
            outcome.status.success() && outcome.stderr.is_empty(),
            "{outcome}"
        );
        let stats = world.stats();
        (stats.counter("recompiled").unwrap(), stats.exits())
    };
    let (recompiled, exits) = run();
    assert!(recompiled > 0, "nothing was learned");
    // The second version was compiled for the odd type at its entry; the second run sees that.
    run();
    let (again, later) = run();
    assert_eq!(again, 0);
    assert!(later + 10 < exits, "{later} exits after {exits}");
}

/// The program is over before the loop is compiled anew: the next run begins with what the exits taught.
#[test]
fn a_unit_is_compiled_anew_in_the_next_run() {
    let world = World::new();
    let program = "
def total(values):
    t = 0.0
    n = 0
    for v in values:
        n = n + 3
        t = t + v
    return t + n
values = [0.5] * 20000 + [1, 0.5] * 12
print(total(values), total([0.5] * 3))
";
    fs::write(world.path("program.py"), program).expect("a file");
    let run = || {
        let outcome = world.job().run().expect("pyaot runs");
        assert!(
            outcome.status.success() && outcome.stderr.is_empty(),
            "{outcome}"
        );
        world.stats()
    };
    let first = run();
    assert!(first.exits() >= 12, "{}", first.exits());
    let compiled = run().counter("compiled").unwrap();
    let last = run();
    assert_eq!(last.counter("compiled").unwrap(), 0, "after {compiled}");
    assert_eq!(last.counter("recompiled").unwrap(), 0);
    assert!(last.exits() < 12, "{}", last.exits());
}
