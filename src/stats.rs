//! What happened in this process, by name: `PYAOT_STATS=file` gets it as JSON when the program is over.

use pyaot_runtime::stats::{self as counters, Counter};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

/// Names and reasons collected by the compiler.
#[derive(Default)]
pub struct Log {
    compiled: BTreeSet<String>,
    linked: BTreeSet<String>,
    interpreted: BTreeSet<String>,
    refused: BTreeMap<(String, String), u64>,
}

static LOG: Mutex<Option<Log>> = Mutex::new(None);

fn with(f: impl FnOnce(&mut Log)) {
    if let Ok(mut log) = LOG.lock() {
        f(log.get_or_insert_with(Log::default));
    }
}

/// A unit was compiled.
pub fn compiled(qualname: &str) {
    counters::count(Counter::Compiled);
    with(|log| {
        log.compiled.insert(qualname.to_owned());
    });
}

/// A unit came from the cache.
pub fn loaded(qualname: &str) {
    counters::count(Counter::Loaded);
    with(|log| {
        log.linked.insert(qualname.to_owned());
    });
}

/// The HIR interpreter runs a unit (a stress mode).
pub fn interpreted(qualname: &str) {
    with(|log| {
        log.interpreted.insert(qualname.to_owned());
    });
}

/// A function or loop stays interpreted, for this reason.
pub fn refused(qualname: &str, reason: &str) {
    with(|log| {
        *log.refused
            .entry((qualname.to_owned(), reason.to_owned()))
            .or_default() += 1
    });
}

/// All statistics as JSON.
pub fn report(exits: &[(String, u32, String, u32)], cache: Value) -> Value {
    let mut all = Map::new();
    with(|log| {
        all.insert("compiled".into(), json!(log.compiled));
        all.insert("linked".into(), json!(log.linked));
        all.insert("interpreted".into(), json!(log.interpreted));
        all.insert("interpreted_runs".into(), json!(counters::runs()));
        let refused: Vec<Value> = log
            .refused
            .iter()
            .map(|((name, reason), n)| json!({"name": name, "reason": reason, "count": n}))
            .collect();
        all.insert("refused".into(), json!(refused));
    });
    let sites: Vec<Value> = exits
        .iter()
        .map(|(name, at, reason, n)| json!({"name": name, "at": at, "reason": reason, "count": n}))
        .collect();
    all.insert(
        "exits".into(),
        json!({"total": counters::get(Counter::Exits), "by_site": sites}),
    );
    all.insert(
        "broken".into(),
        json!({
            "global": counters::get(Counter::BrokenGlobal),
            "builtin": counters::get(Counter::BrokenBuiltin),
            "code": counters::get(Counter::BrokenCode),
        }),
    );
    let values: Map<String, Value> = counters::all()
        .map(|(name, n)| (name.to_owned(), json!(n)))
        .collect();
    all.insert("counters".into(), Value::Object(values));
    all.insert("cache".into(), cache);
    Value::Object(all)
}
