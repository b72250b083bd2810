//! Native code seen by debuggers and profilers of native programs.
//!
//! A unit says how its functions are unwound (`UnitMeta::unwind`, from the code generator) and what they are called. gdb
//! is told of each unit when it is linked, which costs a microsecond or two and is always done, as gdb may attach later. `perf`
//! reads a file, which is written if somebody asks for it.
//!
//! * `gdb`: the JIT interface of gdb; `elf`: the object file that it reads; `perf`: the map for `perf`.
//!
//! Nothing is registered with the unwinder of this process (`__register_frame`): no exception of C++ may pass through native code,
//! and a thread that ends must not be unwound (`thread_exit.rs`).

mod elf;
mod gdb;
mod perf;

use crate::image::Linked;
use crate::region::Region;

/// A function of native code.
struct Function<'a> {
    /// Offset and size in the text.
    offset: u32,
    size: u32,
    name: &'a str,
}

/// Tells of a unit that can run from now on.
pub(crate) fn linked(unit: &Linked, region: &Region) {
    let text = region.text() as u32;
    let (file, line) = unit.place();
    // As CPython names functions for `perf` (Python/perf_trampoline.c). With a line: gdb takes `.py` at the end for its own.
    let name = format!("py::{}:{}:{}", unit.meta.qualname, file, line);
    // The core and the entries that lead to it are all the Python function.
    let mut places = vec![0, unit.meta.entry, unit.meta.core];
    places.extend(unit.meta.boxed);
    places.sort_unstable();
    places.dedup();
    let ends = places.iter().skip(1).copied().chain([text]);
    let functions: Vec<Function<'_>> = places
        .iter()
        .zip(ends)
        .map(|(&offset, end)| Function {
            offset,
            size: end.saturating_sub(offset),
            name: &name,
        })
        .collect();
    let base = region.base() as usize;
    gdb::register(base, text, &functions, &unit.meta.unwind);
    perf::write(base, &functions);
}

/// Writes the map for `perf` from now on if it is `wanted`, or if CPython does so itself (`-X perf`).
///
/// The GIL is held, and no unit was linked.
pub fn install(wanted: bool) {
    if wanted || perf::is_pythons() {
        perf::begin();
    }
}
