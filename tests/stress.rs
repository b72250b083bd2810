//! The stress modes `gc` and `frames` notice what they are there for: a program takes a reference away from an object
//! that its frame holds, in the middle of a compiled loop, and puts it back before anybody else can notice.

mod common;

use common::{Job, Outcome, Stats, pyaot, python};
use std::fs;
use std::os::unix::process::ExitStatusExt;

const SIGABRT: i32 = 6;
/// `LOCAL` makes the object in question. Its reference is missing between the two calls of `change`.
const PROGRAM: &str = "
import ctypes, gc
gc.disable()
change = {-1: ctypes.pythonapi.Py_DecRef, 1: ctypes.pythonapi.Py_IncRef}
for function in change.values():
    function.argtypes, function.restype = [ctypes.c_void_p], None

class Looked:
    def __init__(self):
        self.address = 0
    def __add__(self, step):
        if self.address:
            change[step](self.address)
        return 1

def hot(n, looked, armed):
    local = LOCAL
    t = 0
    for i in range(n):
        t = (t * 5 + i // 3 - (t ^ i)) & 0xFFFF
        t = (t * 3 + i // 7 - (t ^ i)) & 0xFFFF
        if i % 8 == 1:
            looked.address = id(local) * armed
            t += looked + -1
            t += looked + 1
    return t, len(local)

looked = Looked()
print(hot(5000, looked, 0), flush=True)
print(hot(100, looked, ARMED), flush=True)
";

/// The program under python, or under pyaot in a mode, with the mode's counter.
struct Trial {
    folder: tempfile::TempDir,
}

impl Trial {
    fn new(local: &str, armed: &str) -> Trial {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let program = PROGRAM.replace("LOCAL", local).replace("ARMED", armed);
        fs::write(folder.path().join("script.py"), program).expect("a script");
        Trial { folder }
    }

    fn python(&self) -> Outcome {
        let script = self.folder.path().join("script.py");
        Job::new(python()).args([script]).run().expect("python")
    }

    fn pyaot(&self, mode: &str) -> (Outcome, Option<Stats>) {
        let path = |name| self.folder.path().join(name);
        let mut job = Job::new(&pyaot());
        job.args([path("script.py")])
            .env("PYAOT_CACHE_DIR", path("cache"))
            .env("PYAOT_STATS", path("stats"))
            .env("PYAOT_STRESS", mode);
        let outcome = job.run().expect("pyaot");
        let stats = Stats::read(&path("stats")).ok();
        let _ = fs::remove_file(path("stats"));
        (outcome, stats)
    }
}

/// A list that holds itself looks like garbage while the frame's reference is missing.
#[test]
fn a_collection_finds_a_missing_reference() {
    let trial = Trial::new("[1, 2]; local.append(local)", "1");
    let expected = trial.python();
    let (without, stats) = trial.pyaot("gainless");
    assert!(without == expected, "{without}");
    let stats = stats.expect("statistics");
    assert!(stats.native().contains(&"hot"), "hot must be compiled");
    let (found, _) = trial.pyaot("gc");
    assert!(found != expected, "{found}");
}

/// An object whose last reference went away is no object.
#[test]
fn a_walk_finds_a_missing_reference() {
    let (found, _) = Trial::new("[1, 2]", "1").pyaot("frames");
    let text = String::from_utf8_lossy(&found.stderr);
    assert!(text.contains("holds no live object"), "{found}");
    assert_eq!(found.status.signal(), Some(SIGABRT));
}

#[test]
fn nothing_else_is_found() {
    let trial = Trial::new("(1, 2)", "0");
    let expected = trial.python();
    for (mode, counter) in [("gc", "stress_collections"), ("frames", "stress_walks")] {
        let (found, stats) = trial.pyaot(mode);
        assert!(found == expected, "{found}");
        let counted = stats.expect("statistics").counter(counter);
        assert!(counted.as_ref().is_ok_and(|&n| n >= 100), "{counted:?}");
    }
}
