//! The cache through whole processes: faults that a disk or another process can cause, and what is kept and compared.
//! Each run must print what python prints, with nothing on stderr, and the statistics must name the fault that was met.

mod common;

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use common::{Job, Outcome, Stats, pyaot, python};
use pyaot_cache::{Kind, Options, Store};
use tempfile::TempDir;

/// Hot functions and loops, and a result that depends on all of them. `twice` is called before `step`.
const PROGRAM: &str = "
import sys

def step(x):
    return (x * 1103515245 + 12345) % 2147483648

def twice(x):
    return step(step(x))

def walk(n):
    x = total = 0
    for _ in range(n):
        x = twice(x)
        total += x & 255
    return total

def mean(values):
    total = 0.0
    for value in values:
        total += value
    return total / len(values)

n = int(sys.argv[1]) if len(sys.argv) > 1 else 30000
print(walk(n), mean([i * 0.5 for i in range(n)]))
";

/// A script, a cache, and what python makes of the script.
struct World {
    folder: TempDir,
    expected: Outcome,
}

impl World {
    fn new() -> World {
        World::of(PROGRAM)
    }

    fn of(program: &str) -> World {
        let folder = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).expect("a temporary folder");
        fs::write(folder.path().join("program.py"), program).expect("a file");
        let mut job = Job::new(python());
        job.args([folder.path().join("program.py")]);
        let expected = job.run().expect("python runs");
        assert!(
            expected.status.success() && expected.stderr.is_empty(),
            "{expected}"
        );
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

/// Floats that are added, and an odd value among them seldom: 12 exits at one place, and the next version does not
/// speculate there.
const TOTAL: &str = "
def total(values):
    t = 0.0
    n = 0
    for v in values:
        n = n + 3
        t = t + v
    return t + n
";

/// What exits taught is in the profile: the second run does not go through it again.
#[test]
fn what_exits_taught_is_kept() {
    let world = World::of(&format!(
        "{TOTAL}
print(total([1 if i % 400 == 399 else 0.5 for i in range(20000)]))
"
    ));
    let run = || {
        let stats = world.run();
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
    let world = World::of(&format!(
        "{TOTAL}
values = [0.5] * 20000 + [1, 0.5] * 12
print(total(values), total([0.5] * 3))
"
    ));
    let first = world.run();
    assert!(first.exits() >= 12, "{}", first.exits());
    let compiled = world.run().counter("compiled").unwrap();
    let last = world.run();
    assert_eq!(last.counter("compiled").unwrap(), 0, "after {compiled}");
    assert_eq!(last.counter("recompiled").unwrap(), 0);
    assert!(last.exits() < 12, "{}", last.exits());
}

/// All files and folders of the cache lose or get back the owner's permission to write.
fn set_writable(folder: &Path, writable: bool) {
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        if entry.path().is_dir() {
            set_writable(&entry.path(), writable);
        }
    }
    let mode = if writable { 0o700 } else { 0o500 };
    fs::set_permissions(folder, Permissions::from_mode(mode)).expect("our folder");
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).expect("a folder");
    fs::set_permissions(to, Permissions::from_mode(0o700)).expect("our folder");
    for entry in fs::read_dir(from).expect("a folder").flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("a copy");
        }
    }
}

#[test]
fn compile_leaves_nothing_to_compile() {
    let world = World::new();
    let mut job = Job::new(&pyaot());
    job.args(["compile", "--profile"])
        .args([world.path("program.py")])
        .env("PYAOT_CACHE_DIR", world.cache());
    let outcome = job.run().expect("pyaot runs");
    assert_eq!(outcome.stdout, world.expected.stdout, "{outcome}");
    assert_eq!(outcome.status.code(), Some(0), "{outcome}");
    let said = String::from_utf8_lossy(&outcome.stderr);
    assert!(said.starts_with("pyaot compile: "), "{said}");
    assert!(
        said.contains("compiled now") && said.lines().count() <= 2,
        "{said}"
    );

    let warm = |world: &World, job: &Job| {
        let stats = world.ran(job);
        assert_eq!(stats.counter("compiled").unwrap(), 0);
        assert_eq!(stats.counter("link_failures").unwrap(), 0);
        assert_eq!(stats.cache("misses", "absent"), 0);
        for name in ["step", "twice", "walk", "mean"] {
            assert!(stats.native().contains(&name), "{name} is not native");
        }
    };
    warm(&world, &world.job());
    // From the first call: far fewer calls and turns than make code hot.
    let mut short = world.job();
    short.args(["7"]);
    let outcome = short.run().expect("pyaot runs");
    let stats = world.stats();
    assert!(outcome.status.success(), "{outcome}");
    assert_eq!(stats.counter("compiled").unwrap(), 0);
    for name in ["step", "twice", "walk", "mean"] {
        assert!(stats.native().contains(&name), "{name} is not native");
    }
    // The cache was copied to another place, and cannot be written to.
    let copied = world.path("copied");
    copy(&world.cache(), &copied);
    set_writable(&copied, false);
    fs::rename(world.cache(), world.path("gone")).expect("ours");
    warm(&world, world.job().env("PYAOT_CACHE_DIR", &copied));
    // As a layer below an empty cache of the user's.
    warm(&world, world.job().env("PYAOT_CACHE_LAYERS", &copied));
    set_writable(&copied, true);
}

#[test]
fn compile_keeps_the_scripts_ways() {
    let world = World::new();
    let compile = |args: &[&str], cache: &Path| {
        let mut job = Job::new(&pyaot());
        job.args(["compile"]).args(args.iter().copied());
        job.env("PYAOT_CACHE_DIR", cache).run().expect("pyaot runs")
    };
    let script = world.path("ways.py");
    fs::write(
        &script,
        "import sys\nprint(sys.argv[1:], sys.orig_argv[-1])\nprint('e', file=sys.stderr)\nsys.exit(3)\n",
    )
    .expect("a file");
    let script = script.to_str().expect("UTF-8");
    let outcome = compile(
        &["--profile", "-u", script, "--profile", "x"],
        &world.cache(),
    );
    assert_eq!(outcome.status.code(), Some(3), "{outcome}");
    assert_eq!(outcome.stdout, b"['--profile', 'x'] x\n", "{outcome}");
    assert!(
        outcome.stderr.starts_with(b"e\npyaot compile: 0 units in "),
        "{outcome}"
    );
    for (args, status, says) in [
        (&[][..], 2, "pyaot compile: --profile is missing\nusage: "),
        (&[script], 2, "pyaot compile: --profile is missing\nusage: "),
        (
            &["--profile"],
            2,
            "pyaot compile: no script is named\nusage: ",
        ),
    ] {
        let outcome = compile(args, &world.cache());
        assert_eq!(outcome.status.code(), Some(status), "{outcome}");
        assert!(
            outcome.stdout.is_empty() && outcome.stderr.starts_with(says.as_bytes()),
            "{outcome}"
        );
    }
    // Where nothing can be kept the script is not run.
    let outcome = compile(&["--profile", script], Path::new("/dev/null/x"));
    assert_eq!(outcome.status.code(), Some(1), "{outcome}");
    assert!(outcome.stdout.is_empty(), "{outcome}");
    assert!(
        outcome
            .stderr
            .starts_with(b"pyaot compile: nothing can be kept: "),
        "{outcome}"
    );
}

#[test]
fn explain_says_what_became_of_each_function() {
    let world = World::new();
    let program = "\
def hot(n):
    total = 0
    for i in range(n):
        total += 2 ** 70 if i == 4000 else i
    return total
def twice(x):
    return x * 2
def attributes(x):
    return x.real
def never():
    return lambda: 1
def generator():
    yield 1
print(hot(5000), [twice(i) for i in range(1000)][-1])
for i in range(500): attributes(i)
";
    fs::write(world.path("program.py"), program).expect("a file");
    let explain = || {
        let mut job = Job::new(&pyaot());
        job.args(["explain"]).args([world.path("program.py")]);
        let outcome = job
            .env("PYAOT_CACHE_DIR", world.cache())
            .run()
            .expect("pyaot runs");
        assert_eq!(
            outcome.stdout, b"1180591620717423796924 1998\n",
            "{outcome}"
        );
        assert!(outcome.status.success(), "{outcome}");
        String::from_utf8_lossy(&outcome.stderr).into_owned()
    };
    let expect = |report: &str, lines: &[&str]| {
        let words: Vec<String> = report
            .lines()
            .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
            .collect();
        for line in lines {
            assert!(
                words.iter().any(|w| w == line),
                "{line} is not in:\n{report}"
            );
        }
    };
    expect(
        &explain(),
        &[
            "1 hot loop in line 3: compiled",
            "left 1 time in line 4: code that had not run when it was compiled",
            "6 twice calls: compiled",
            "8 attributes calls: refused, gains nothing",
            "10 never never called",
            "11 never.<locals>.<lambda> never called",
            "12 generator never compiled: generator",
        ],
    );
    expect(
        &explain(),
        &["1 hot loop in line 3: loaded", "6 twice calls: loaded"],
    );
    // A file whose functions the parser cannot list: what ran is listed.
    fs::write(
        world.path("program.py"),
        format!("{program}x = '\\ud800'\n"),
    )
    .expect("a file");
    expect(
        &explain(),
        &[
            "functions that were not called are not listed: the parser misreads a surrogate in line 16",
            "6 twice calls: loaded",
        ],
    );
}

/// After `harm`, a run is right and meets the fault; the run after it is right and has lost nothing for good.
#[track_caller]
fn survives(harm: impl Fn(&World, &Path), ending: &str, reason: &str) {
    let world = World::new();
    world.run();
    for path in world.files(ending) {
        harm(&world, &path);
    }
    let stats = world.run();
    assert!(stats.cache("misses", reason) > 0, "{reason} was not met");
    let stats = world.run();
    assert_eq!(stats.cache("misses", reason), 0, "{reason} is still there");
    assert_eq!(stats.counter("compiled").unwrap(), 0);
}

#[test]
fn truncated_files() {
    let halve = |_: &World, path: &Path| {
        let bytes = fs::read(path).expect("a file");
        fs::write(path, &bytes[..bytes.len() / 2]).expect("a file");
    };
    survives(halve, "o", "truncated");
    survives(halve, "profile", "truncated");
    survives(
        |_, path| fs::write(path, b"").expect("a file"),
        "o",
        "truncated",
    );
}

#[test]
fn flipped_bytes() {
    for place in [0, 100, 700] {
        let flip = move |_: &World, path: &Path| {
            let mut bytes = fs::read(path).expect("a file");
            let place = place % bytes.len();
            bytes[place] ^= 1;
            fs::write(path, bytes).expect("a file");
        };
        survives(flip, "o", "checksum");
        survives(flip, "profile", "checksum");
    }
}

#[test]
fn foreign_files() {
    // Another program's file, an entry of another key, a folder.
    survives(
        |_, path| fs::write(path, PROGRAM.repeat(9)).expect("a file"),
        "o",
        "truncated",
    );
    let exchanged = |world: &World, path: &Path| {
        let other = world.files("o").into_iter().find(|other| other != path);
        fs::copy(other.expect("several images"), path).expect("a copy");
    };
    survives(exchanged, "o", "misplaced");
    let world = World::new();
    world.run();
    for path in world.files("o") {
        fs::remove_file(&path).expect("ours");
        fs::create_dir(&path).expect("a folder");
    }
    assert!(world.run().cache("misses", "not_a_file") > 0);
    // Sound entries that are no images.
    let world = World::new();
    world.run();
    let store = world.store();
    for path in world.files("o") {
        store
            .put(Kind::Image, &key(&path), b"no image")
            .expect("it is kept");
    }
    for path in world.files("profile") {
        store
            .put(Kind::Profile, &key(&path), b"\xff\xff\xff")
            .expect("it is kept");
    }
    assert!(world.run().counter("malformed").unwrap() > 0);
    assert_eq!(world.run().counter("malformed").unwrap(), 0);
}

#[test]
fn a_cache_that_cannot_be_written() {
    let world = World::new();
    fs::create_dir(world.cache()).expect("a folder");
    set_writable(&world.cache(), false);
    for _ in 0..2 {
        let stats = world.run();
        assert!(stats.cache("put_errors", "read_only") > 0);
        // They run where cranelift-jit placed them.
        assert!(stats.counter("placed").unwrap() >= 4);
        assert!(stats.counter("linked").unwrap() >= 4);
    }
    set_writable(&world.cache(), true);
    let stats = world.ran(world.job().env("PYAOT_CACHE_DIR", "/dev/null/x"));
    assert!(stats.cache("put_errors", "disabled") > 0);
    // Writable by others: nothing in it is trusted.
    fs::set_permissions(world.cache(), Permissions::from_mode(0o777)).expect("ours");
    assert!(world.run().cache("misses", "disabled") > 0);
}

#[test]
fn a_cache_that_vanishes() {
    let world = World::new();
    let remove = format!(
        "import shutil\nshutil.rmtree({:?}, ignore_errors=True)\n",
        world.cache()
    );
    let hot = PROGRAM.split("n = int").next().expect("the functions");
    let program = format!("{hot}\nwalk(5000)\n{remove}{PROGRAM}");
    fs::write(world.path("program.py"), program).expect("a file");
    world.run();
    let stats = world.run();
    assert!(stats.counter("linked").unwrap() > 0);
}

#[test]
fn a_full_disk() {
    let world = World::new();
    // No file may grow beyond 1 KiB. The statistics go to a pipe.
    let line = format!(
        "ulimit -f 1; PYAOT_CACHE_DIR={:?} PYAOT_STATS=/proc/self/fd/2 exec {:?} {:?}",
        world.cache(),
        pyaot(),
        world.path("program.py")
    );
    let mut job = Job::new(Path::new("/bin/bash"));
    job.args(["-c", &line]);
    for _ in 0..2 {
        let outcome = job.run().expect("pyaot runs");
        assert_eq!(outcome.stdout, world.expected.stdout, "{outcome}");
        assert!(outcome.status.success(), "{outcome}");
        let stats = Stats::parse(&outcome.stderr).expect("nothing but statistics");
        assert!(stats.cache("put_errors", "full") > 0);
    }
    assert!(world.run().counter("linked").unwrap() > 0);
}

#[test]
fn processes_that_race() {
    let world = World::new();
    let runs: Vec<_> = (0..4)
        .map(|i| {
            let mut job = Job::new(&pyaot());
            job.args([world.path("program.py")])
                .env("PYAOT_CACHE_DIR", world.cache())
                .env("PYAOT_STATS", world.path(&format!("stats{i}")));
            thread::spawn(move || job.run())
        })
        .collect();
    for run in runs {
        let outcome = run.join().expect("it ends").expect("pyaot runs");
        assert!(outcome == world.expected, "{outcome}");
    }
    let stats = world.run();
    assert_eq!(stats.counter("compiled").unwrap(), 0);
    assert!(stats.counter("loaded").unwrap() > 0);
}

#[test]
fn processes_that_are_killed() {
    let world = World::new();
    for delay in [20, 30, 40, 60, 100] {
        let mut child = Command::new(pyaot())
            .arg(world.path("program.py"))
            .env("PYAOT_CACHE_DIR", world.cache())
            .stdout(Stdio::null())
            .spawn()
            .expect("it starts");
        thread::sleep(Duration::from_millis(delay));
        let _ = child.kill();
        let _ = child.wait();
        // Over whatever it left.
        let outcome = world.job().args(["9"]).run().expect("pyaot runs");
        assert!(
            outcome.status.success() && outcome.stderr.is_empty(),
            "{outcome}"
        );
    }
    world.run();
    assert_eq!(world.run().counter("compiled").unwrap(), 0);
}

/// A program whose modules lie where a library's do.
const IMPORTS: &str = r#"
import os
import sys
import threading
import time

here = os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib", "python3", "site-packages")
os.makedirs(here, exist_ok=True)
FIB = "def {}(n):\n    return n if n < 2 else {}(n - 1) + {}(n - 2)\n"
MODULES = {
    "early": FIB.replace("{}", "early") + """
def make(i):
    def gone():
        return i
    return gone
assert sum(make(i)() for i in range(100)) == 4950
del make
import inner
""",
    "inner": FIB.replace("{}", "inner"),
    "broken": FIB.replace("{}", "broken") + "kept.append(broken)\nraise ValueError('broken')\n",
    "slow": "import time\ntime.sleep(0.06)\nmany = [lambda: i for i in range(70)]\n"
    + FIB.replace("{}", "slow") + "value = slow(24)\n",
    "other": FIB.replace("{}", "other") + "import time\ntime.sleep(0.02)\n",
}
for name, text in MODULES.items():
    with open(os.path.join(here, name + ".py"), "w") as file:
        file.write(text)
sys.path.insert(0, here)
sys.dont_write_bytecode = True
import builtins

builtins.kept = []
import early

try:
    import broken
except ValueError as error:
    print(error)
import slow

thread = threading.Thread(target=__import__, args=("other",))
thread.start()
print(early.early(24), early.inner.inner(24), kept[0](24), slow.value)
thread.join()
print(sys.modules["other"].other(24))
"#;

#[test]
fn functions_of_libraries_are_counted_once_their_import_is_over() {
    let world = World::of(IMPORTS);
    let stats = world.run();
    let native = stats.native();
    for name in ["early", "inner", "broken", "slow", "other"] {
        assert!(native.contains(&name), "{name} is not among {native:?}");
    }
    let again = world.run();
    for name in ["early", "inner", "broken", "slow", "other"] {
        assert!(again.native().contains(&name), "{name} was not loaded");
    }
}
