//! The start-up self-check of the layouts passes here, and fails for each offset that is wrong.
//!
//! It needs an interpreter of its own process and runs in a hook, so it cannot use the standard test harness.

use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Instant;

use pyaot_runtime::layout::check::check;
use pyaot_runtime::layout::offsets::ALL;
use pyaot_runtime::python::{self, Hooks};

/// Not offsets; zero at the start, as their neighbours are; or not used where native code runs or a frame is handed over.
const EXEMPT: &[&str] = &[
    "VERSION_HEX",
    "FLOATS_MOST",
    "STR_ASCII",
    "ASCII_STRIDE",
    "INSTR_BIAS",
    "C_RECURSION_LIMIT",
    "FRAME_RETURN_OFFSET",
    "FRAME_OWNER",
    "INTERP_MONITORS",
    "RUNTIME_TRACEMALLOC",
    "INTERP_CALLBACKS",
    "MONITORING_EVENTS",
    "MONITORING_GLOBAL_EVENTS",
    "CODE_MONITORING",
    "MONITORING_LOCAL",
    "MONITORING_LOCAL_EVENTS",
    "EXC_INFO_VALUE",
    "THREAD_TRACEFUNC",
    "THREAD_PROFILEFUNC",
    "THREAD_TRACING",
    "THREAD_TRACEOBJ",
    "THREAD_WHAT_EVENT",
    "FRAMEOBJ_LINENO",
    "FRAMEOBJ_TRACE_LINES",
    "MONITORING_LINE_TOOLS",
    "MONITORING_INSTRUCTION_TOOLS",
    "CHUNK_PREVIOUS",
    "CHUNK_TOP",
    "CHUNK_DATA",
    "CODE_EXTRA",
    "CODE_FIRSTTRACEABLE",
    "FRAMEOBJ_DATA",
];

/// 3.12 has no such structure, or begins with 0 there and beside it.
const NONE_THERE: &[&str] = if cfg!(Py_3_13) {
    &[]
} else {
    &[
        "VALUES_CAPACITY",
        "VALUES_SIZE",
        "VALUES_VALID",
        "VALUES_FIRST",
        "VALUES_EMBEDDED",
        "INTERP_EVENTS_VERSION",
    ]
};

static WRONG: AtomicUsize = AtomicUsize::new(usize::MAX);

struct Checking;

impl Hooks for Checking {
    fn started(&self) {
        let mut wrong = 0;
        let mut expect = |right: bool, what: &str| {
            if !right {
                println!("{what}");
                wrong += 1;
            }
        };
        expect(
            check(None) == Ok(()),
            &format!("as it is: {:?}", check(None)),
        );
        for &name in ALL {
            let found = check(Some(name));
            if EXEMPT.contains(&name) || NONE_THERE.contains(&name) {
                expect(found.is_ok(), &format!("{name} is exempt and yet checked"));
            } else {
                expect(found.is_err(), &format!("{name} is not checked"));
            }
        }
        expect(check(None) == Ok(()), "it passes again");
        let started = Instant::now();
        for _ in 0..100 {
            let _ = check(None);
        }
        let each = started.elapsed() / 100;
        println!("{} offsets, {each:?} a check", ALL.len());
        WRONG.store(wrong, Relaxed);
    }
}

fn main() -> ExitCode {
    // An empty program on standard input.
    let status = python::run(&Checking);
    if status == 0 && WRONG.load(Relaxed) == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
