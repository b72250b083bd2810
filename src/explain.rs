//! What became of each function, in words: the report of `pyaot explain`, the last words of `pyaot compile`.

use crate::engine::{Decision, Outcome};
use crate::frontend::{self, Refusal};
use pyaot_runtime::dispatch::Seen;
use pyaot_runtime::unit::ExitReason;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// A side exit that was taken.
pub struct Exit {
    pub filename: String,
    pub first_line: u32,
    pub qualname: String,
    pub line: u32,
    pub reason: ExitReason,
    pub count: u32,
}

/// Two lines: what is in the cache now, and what was refused.
pub fn summary(kept: usize, place: &str, decisions: &[Decision]) -> String {
    const NAMED: usize = 6;
    let compiled = decisions
        .iter()
        .filter(|d| d.what == Outcome::Compiled)
        .count();
    let plural = if kept == 1 { "" } else { "s" };
    let mut text =
        format!("pyaot compile: {kept} unit{plural} in {place}, {compiled} compiled now");
    let mut refused: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for decision in decisions {
        if let Outcome::Refused(refusal) = &decision.what {
            let reasons = refused.entry(&decision.qualname).or_default();
            reasons.insert(refusal.to_string());
        }
    }
    text += "\n";
    if !refused.is_empty() {
        let each: Vec<String> = refused
            .iter()
            .take(NAMED)
            .map(|(name, reasons)| {
                let reasons: Vec<&str> = reasons.iter().map(String::as_str).collect();
                format!("{name} ({})", reasons.join("; "))
            })
            .collect();
        let _ = write!(text, "pyaot compile: refused: {}", each.join(", "));
        if refused.len() > NAMED {
            let _ = write!(text, " and {} more", refused.len() - NAMED);
        }
        text += "\n";
    }
    text
}

/// One function or body of a file.
#[derive(Default)]
struct Row {
    qualname: String,
    says: Vec<String>,
    exits: BTreeMap<(u32, String), u32>,
}

/// Every function of the user's files that ran or that their source defines, by line. `read` gives a file's bytes.
pub fn report(
    seen: &[Seen],
    decisions: &[Decision],
    exits: &[Exit],
    read: impl Fn(&str) -> Option<Vec<u8>>,
) -> String {
    let mut text = String::new();
    let own = seen.iter().filter(|s| s.users);
    let mut files: BTreeSet<&str> = own.map(|s| s.filename.as_str()).collect();
    // Library code is named where something was decided about it.
    files.extend(decisions.iter().map(|d| d.filename.as_str()));
    for file in files {
        let is_users = seen.iter().any(|s| s.filename == file && s.users);
        let source = is_users.then(|| read(file)).flatten();
        let rows = rows(file, is_users, seen, decisions, exits, source, &mut text);
        for ((line, _), row) in rows {
            let what = if row.says.is_empty() {
                "never called".to_owned()
            } else {
                row.says.join("; ")
            };
            let _ = writeln!(text, "{line:>6}  {:<24}  {what}", row.qualname);
            for ((line, reason), count) in row.exits {
                let times = times(count, "time");
                let _ = writeln!(text, "{:34}left {times} in line {line}: {reason}", "");
            }
        }
    }
    text
}

type Rows = BTreeMap<(u32, String), Row>;

fn rows(
    file: &str,
    is_users: bool,
    seen: &[Seen],
    decisions: &[Decision],
    exits: &[Exit],
    source: Option<Vec<u8>>,
    text: &mut String,
) -> Rows {
    let _ = writeln!(text, "pyaot explain: {file}");
    let mut rows = Rows::new();
    let row = |rows: &mut Rows, line: u32, qualname: &str| {
        let row = rows.entry((line, qualname.to_owned())).or_default();
        qualname.clone_into(&mut row.qualname);
    };
    match source.map(|bytes| frontend::definitions(&bytes)) {
        Some(Ok(definitions)) => {
            for definition in definitions {
                row(&mut rows, definition.line, &definition.qualname);
                if definition.generator {
                    let key = (definition.line, definition.qualname);
                    let says = format!("never compiled: {}", Refusal::Generator);
                    rows.entry(key).or_default().says = vec![says];
                }
            }
        }
        Some(Err(unread)) => {
            let _ = writeln!(
                text,
                "        functions that were not called are not listed: {unread}"
            );
        }
        None => {}
    }
    let mut decided: BTreeMap<(u32, &str), Vec<&Decision>> = BTreeMap::new();
    for decision in decisions.iter().filter(|d| d.filename == file) {
        row(&mut rows, decision.first_line, &decision.qualname);
        let key = (decision.first_line, decision.qualname.as_str());
        decided.entry(key).or_default().push(decision);
    }
    for function in seen.iter().filter(|s| s.filename == file && is_users) {
        row(&mut rows, function.first_line, &function.qualname);
    }
    for ((line, name), row) in &mut rows {
        let of = decided.get(&(*line, name.as_str()));
        let mut said: Vec<(String, String)> = Vec::new();
        for decision in of.into_iter().flatten() {
            let part = match decision.loop_line {
                Some(line) => format!("loop in line {line}"),
                None => "calls".to_owned(),
            };
            let what = match &decision.what {
                Outcome::Compiled => "compiled".to_owned(),
                Outcome::Loaded => "loaded".to_owned(),
                Outcome::Refused(refusal) => format!("refused, {refusal}"),
            };
            match said.iter_mut().find(|(p, _)| *p == part) {
                Some((_, already)) if already.ends_with(&what) => {}
                Some((_, already)) => *already += &format!(", then {what}"),
                None => said.push((part, what)),
            }
        }
        row.says.extend(
            said.into_iter()
                .map(|(part, what)| format!("{part}: {what}")),
        );
        let counted = seen
            .iter()
            .find(|s| s.filename == file && s.first_line == *line && s.qualname == *name);
        if let (Some(counted), None) = (counted, of) {
            let turns = counted.loops.iter().map(|l| l.1).sum();
            let mut counts = Vec::new();
            if counted.calls > 0 || turns == 0 {
                counts.push(times(counted.calls, "call"));
            }
            if turns > 0 {
                counts.push(format!("loops {}", times(turns, "turn")));
            }
            row.says.push(format!("never hot: {}", counts.join(", ")));
        }
        let of_this = |e: &&Exit| {
            e.filename == file
                && e.first_line == *line
                && e.qualname == *name
                // The end of a loop is no loss.
                && !matches!(e.reason, ExitReason::LoopDone | ExitReason::Return)
        };
        for exit in exits.iter().filter(of_this) {
            *row.exits
                .entry((exit.line, words(exit.reason).to_owned()))
                .or_default() += exit.count;
        }
    }
    rows
}

/// `1 call`, `2 calls`.
fn times(n: u32, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

fn words(reason: ExitReason) -> &'static str {
    match reason {
        ExitReason::Type => "another type than before",
        ExitReason::Overflow => "a result beyond 64 bits",
        ExitReason::WouldRaise => "the operation would raise",
        ExitReason::Bounds => "an index out of range",
        ExitReason::Unreached => "code that had not run when it was compiled",
        ExitReason::Unsupported => "an operation that is not compiled",
        ExitReason::LoopDone => "the loop was done",
        ExitReason::Return => "the function returned",
        ExitReason::Poll => "a signal, thread or collection was due",
        ExitReason::Destructor => "an object's end may run Python code",
        ExitReason::Call => "a call left native code",
        ExitReason::Recursion => "the recursion limit was near",
        ExitReason::Raised => "the operation raised",
        ExitReason::Leave => "somebody watches, or an assumption broke",
        ExitReason::Callee => "what is called is not compiled, or differs from call to call",
        ExitReason::Stress => "a stress mode",
    }
}
