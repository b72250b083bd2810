"""Prints, as Rust constants, the bytecode of the running CPython: names, cache sizes, and what a specialised or
instrumented instruction stands for. Run by the build script."""
import opcode
import os
import re
import sys
import sysconfig

if sys.version_info >= (3, 13):
    import _opcode_metadata as meta
    opmap = dict(opcode.opmap)
    specialised = {s: base for base, list_ in meta._specializations.items() for s in list_}
    number = {**meta.opmap, **meta._specialized_opmap}
    caches = {opmap[n]: c for n, c in opcode._inline_cache_entries.items() if n in opmap}
else:
    opmap = dict(opcode.opmap)
    specialised = {s: base for base, list_ in opcode._specializations.items() for s in list_}
    # Only the headers name the numbers of 3.12's specialised instructions.
    include = sysconfig.get_path("include")
    ids = open(os.path.join(include, "opcode.h"), encoding="utf-8").read()
    number = {m[1]: int(m[2]) for m in re.finditer(r"#define ([A-Z][A-Z0-9_]*)\s+(\d+)\s*$", ids, re.M)}
    caches = {i: c for i, c in enumerate(opcode._inline_cache_entries) if c}
names = [""] * 256
for name, value in {**number, **opmap}.items():
    if value < 256 and (not names[value] or name in opmap):
        names[value] = name
deopt = list(range(256))
for spec, base in specialised.items():
    if spec in number and number[spec] < 256:
        deopt[number[spec]] = opmap[base]
for value, name in enumerate(names):
    if name.startswith("INSTRUMENTED_"):
        base = name[len("INSTRUMENTED_"):]
        if base in opmap:
            deopt[value] = opmap[base]
print(f"/// Instruction names by number.\npub const NAMES: [&str; 256] = {names!r};".replace("'", '"'))
print(f"/// Generic instruction of a specialised one.\npub const DEOPT: [u8; 256] = {deopt};")
print(f"/// Inline cache entries (code units) after each instruction.\npub const CACHES: [u8; 256] = {[caches.get(i, 0) for i in range(256)]};")
