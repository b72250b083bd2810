//! `PYAOT_VERIFY=1`: what comes from the cache is compiled again, from the same code and facts, and compared.
//!
//! A difference is a defect: of the cache key (something that the result depends on is not in it), of the compiler (it
//! is no pure function), or of the disk. It is reported on stderr at once, and the unit runs as it was compiled now.
//! The program goes on, so that one run finds all differences; then the process ends with status [`STATUS`].

use crate::codegen::{self, Compiled};
use crate::engine::Engine;
use pyaot_runtime::code::CodeInfo;
use pyaot_runtime::process;
use pyaot_runtime::stats::{self as counters, Counter};

/// `EX_SOFTWARE` of sysexits.h: an internal error was found.
const STATUS: i32 = 70;

/// The image of `packed`, if it is what its recipe gives today; else what that gives, if anything.
pub fn checked(
    engine: &Engine,
    packed: &[u8],
    found: Compiled,
    mut code: CodeInfo,
) -> Option<Compiled> {
    counters::count(Counter::Verified);
    let fresh = match codegen::unpack_recipe(packed) {
        Some(recipe) if code.hash == found.meta.code && code.set_seen(&recipe.seen) => {
            engine.compile_again(&code, &recipe)
        }
        _ => {
            report(&found, "it names no code and facts to compile again");
            return None;
        }
    };
    match fresh {
        Ok(fresh) if fresh == found => Some(found),
        Ok(fresh) => {
            report(&found, &difference(&found, &fresh));
            Some(fresh)
        }
        Err(refusal) => {
            report(&found, &format!("compiled again it is refused: {refusal}"));
            None
        }
    }
}

fn difference(found: &Compiled, fresh: &Compiled) -> String {
    if found.text != fresh.text {
        let at = found
            .text
            .iter()
            .zip(&fresh.text)
            .take_while(|(a, b)| a == b)
            .count();
        return format!(
            "its text differs at byte {at:#x} ({} bytes cached, {} compiled now)",
            found.text.len(),
            fresh.text.len()
        );
    }
    "its description differs (slots, exits or entry points)".to_owned()
}

fn report(found: &Compiled, what: &str) {
    counters::count(Counter::VerifyFailed);
    eprintln!(
        "pyaot: PYAOT_VERIFY: the cached image of {} ({:?}) is not what its code and facts give: {what}",
        found.meta.qualname, found.meta.entry_kind
    );
    process::end_with(STATUS);
}
