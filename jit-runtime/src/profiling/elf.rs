//! An object file in memory that describes a unit: symbols of its functions, and how they are unwound.
//!
//! It is a relocatable file whose sections have the addresses that they are at, so the reader relocates nothing. The text
//! itself is not in it.

use super::Function;

const HEADER: usize = 64;
const SECTION: usize = 64;
const SYMBOL: usize = 24;

/// Section names, each with the offset that its header names.
const NAMES: &[u8] = b"\0.text\0.eh_frame\0.symtab\0.strtab\0.shstrtab\0";
const SECTIONS: u16 = 6;

const PROGBITS: u32 = 1;
const SYMTAB: u32 = 2;
const STRTAB: u32 = 3;
const NOBITS: u32 = 8;
const ALLOC: u64 = 2;
const EXECUTABLE: u64 = 4;

/// The object file of a unit at `base`. `unwind` is an `.eh_frame` section for text at address 0.
pub(super) fn describe(
    base: usize,
    text: u32,
    functions: &[Function<'_>],
    unwind: &[u8],
) -> Vec<u8> {
    let mut names = vec![0u8];
    let mut symbols = vec![0u8; SYMBOL];
    for function in functions {
        let name = names.len() as u32;
        names.extend(function.name.bytes().filter(|&byte| byte != 0));
        names.push(0);
        symbols.extend(name.to_le_bytes());
        // A function, visible; in the section of the text.
        symbols.extend([0x12, 0, 1, 0]);
        symbols.extend(u64::from(function.offset).to_le_bytes());
        symbols.extend(u64::from(function.size).to_le_bytes());
    }
    let unwind_at = HEADER;
    let symbols_at = (unwind_at + unwind.len()).next_multiple_of(8);
    let names_at = symbols_at + symbols.len();
    let section_names_at = names_at + names.len();
    let sections_at = (section_names_at + NAMES.len()).next_multiple_of(8);
    let mut file = Vec::with_capacity(sections_at + usize::from(SECTIONS) * SECTION);
    // 64 bits, little-endian, System V; relocatable, x86-64.
    file.extend(b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x01\0\x3e\0\x01\0\0\0");
    file.extend(0u64.to_le_bytes());
    file.extend(0u64.to_le_bytes());
    file.extend((sections_at as u64).to_le_bytes());
    file.extend(0u32.to_le_bytes());
    for half in [HEADER as u16, 0, 0, SECTION as u16, SECTIONS, SECTIONS - 1] {
        file.extend(half.to_le_bytes());
    }
    file.extend(placed(unwind, base as u64));
    file.resize(symbols_at, 0);
    file.extend(&symbols);
    file.extend(&names);
    file.extend(NAMES);
    file.resize(sections_at + SECTION, 0);
    let mut section = |name: &[u8],
                       kind: u32,
                       flags: u64,
                       address: u64,
                       at: usize,
                       size: usize,
                       link: u32,
                       entry: u64| {
        let found = NAMES.windows(name.len()).position(|part| part == name);
        file.extend((found.unwrap_or(0) as u32).to_le_bytes());
        file.extend(kind.to_le_bytes());
        for word in [flags, address, at as u64, size as u64] {
            file.extend(word.to_le_bytes());
        }
        file.extend(link.to_le_bytes());
        // Of a symbol table: the first symbol that is not local.
        file.extend(u32::from(kind == SYMTAB).to_le_bytes());
        file.extend(8u64.to_le_bytes());
        file.extend(entry.to_le_bytes());
    };
    section(
        b".text\0",
        NOBITS,
        ALLOC | EXECUTABLE,
        base as u64,
        0,
        text as usize,
        0,
        0,
    );
    section(
        b".eh_frame\0",
        PROGBITS,
        ALLOC,
        0,
        unwind_at,
        unwind.len(),
        0,
        0,
    );
    section(
        b".symtab\0",
        SYMTAB,
        0,
        0,
        symbols_at,
        symbols.len(),
        4,
        SYMBOL as u64,
    );
    section(b".strtab\0", STRTAB, 0, 0, names_at, names.len(), 0, 0);
    section(
        b".shstrtab\0",
        STRTAB,
        0,
        0,
        section_names_at,
        NAMES.len(),
        0,
        0,
    );
    file
}

/// The `.eh_frame` section for text that begins at `base`: the places of its functions are absolute addresses.
fn placed(unwind: &[u8], base: u64) -> Vec<u8> {
    let mut bytes = unwind.to_vec();
    let mut at = 0;
    let word = |bytes: &[u8], at: usize| {
        let part = bytes.get(at..at + 4)?;
        Some(u32::from_le_bytes(part.try_into().ok()?) as usize)
    };
    while let Some(length) = word(&bytes, at).filter(|&length| length > 0) {
        // What does not point back to a common entry is one.
        let is_function = word(&bytes, at + 4).is_some_and(|id| id != 0);
        if is_function && let Some(place) = bytes.get_mut(at + 8..at + 16) {
            let mut address = [0; 8];
            address.copy_from_slice(place);
            place.copy_from_slice(&(u64::from_le_bytes(address).wrapping_add(base)).to_le_bytes());
        }
        at += 4 + length;
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use object::{Object, ObjectSection, ObjectSymbol};

    #[test]
    fn readers_find_what_is_there() {
        // A common entry without contents, then a function at 0x10.
        let mut unwind = vec![4, 0, 0, 0, 0, 0, 0, 0, 20, 0, 0, 0, 12, 0, 0, 0];
        unwind.extend(0x10u64.to_le_bytes());
        unwind.extend(0x20u64.to_le_bytes());
        let functions = [
            Function {
                offset: 0,
                size: 16,
                name: "py::f:x.py",
            },
            Function {
                offset: 16,
                size: 32,
                name: "py::f:x.py",
            },
        ];
        let bytes = describe(0x7000, 48, &functions, &unwind);
        let file = object::File::parse(&*bytes).expect("an object file");
        let text = file.section_by_name(".text").expect("text");
        assert_eq!((text.address(), text.size()), (0x7000, 48));
        let frames = file
            .section_by_name(".eh_frame")
            .expect("unwind information");
        let frames = frames.data().expect("its bytes");
        assert_eq!(frames[16..24], 0x7010u64.to_le_bytes());
        let symbols: Vec<_> = file
            .symbols()
            .map(|s| (s.name().ok(), s.address(), s.size()))
            .collect();
        let name = Some("py::f:x.py");
        assert_eq!(symbols, [(name, 0, 16), (name, 16, 32)]);
    }
}
