//! Memory of one unit: text, then from a page of its own on its slots. It is written first, then sealed and never
//! written again; only the slots stay writable, and nothing is ever writable and executable at once.
//!
//! An image is copied into it. cranelift-jit places a unit that has no image in it directly: [`Region`] is the memory
//! provider of its module. From there on both are linked in the same way.

use cranelift_jit::{BranchProtection, JITMemoryKind, JITMemoryProvider};
use cranelift_module::ModuleResult;
use std::io;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex};

const PAGE: usize = 4096;
/// Address space for a unit whose size is not known yet; what is not used costs nothing and is given back.
const RESERVE: usize = 16 << 20;

#[derive(Clone, Copy, Debug, Default)]
struct Extent {
    text: usize,
    /// Where the slots begin, once they have.
    slots_at: Option<usize>,
    end: usize,
}

struct Mapping {
    base: *mut u8,
    length: usize,
    extent: Mutex<Extent>,
    kept: AtomicBool,
}

// SAFETY: the memory is written while it is being filled, by whoever fills it, one at a time; later only its slots are,
// before any code in it runs.
unsafe impl Send for Mapping {}
// SAFETY: as above.
unsafe impl Sync for Mapping {}

impl Drop for Mapping {
    fn drop(&mut self) {
        if !self.kept.load(Relaxed) {
            // SAFETY: our own mapping, in which nothing was ever entered.
            unsafe { libc::munmap(self.base.cast(), self.length) };
        }
    }
}

/// A handle on the memory; what nobody keeps is given back with the last handle.
#[derive(Clone)]
pub struct Region(Arc<Mapping>);

impl Region {
    fn map(length: usize) -> Option<Region> {
        // SAFETY: a fresh anonymous mapping.
        let memory = unsafe {
            libc::mmap(
                null_mut(),
                length,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE,
                -1,
                0,
            )
        };
        (memory != libc::MAP_FAILED).then(|| {
            Region(Arc::new(Mapping {
                base: memory.cast(),
                length,
                extent: Mutex::new(Extent::default()),
                kept: AtomicBool::new(false),
            }))
        })
    }

    /// Room for a unit that cranelift-jit will place.
    pub fn reserve() -> Option<Region> {
        Self::map(RESERVE)
    }

    /// A copy of an image's text, and its slots, which begin at `slots_at`.
    pub(crate) fn of_image(text: &[u8], slots_at: usize, slots: usize) -> Option<Region> {
        if slots_at < text.len() || !slots_at.is_multiple_of(PAGE) {
            return None;
        }
        let end = slots_at.checked_add(slots.max(1) * 8)?;
        let region = Self::map(end)?;
        // SAFETY: the text fits in front of the slots.
        unsafe { std::ptr::copy_nonoverlapping(text.as_ptr(), region.0.base, text.len()) };
        region.set(Extent {
            text: text.len(),
            slots_at: Some(slots_at),
            end,
        });
        Some(region)
    }

    fn extent(&self) -> Extent {
        self.0.extent.lock().map_or(Extent::default(), |e| *e)
    }

    fn set(&self, extent: Extent) {
        if let Ok(mut now) = self.0.extent.lock() {
            *now = extent;
        }
    }

    /// Offset of an address in the text.
    pub fn offset_of(&self, address: *const u8) -> Option<u32> {
        let offset = (address as usize).checked_sub(self.0.base as usize)?;
        (offset < self.extent().text).then_some(offset as u32)
    }

    pub(crate) fn base(&self) -> *mut u8 {
        self.0.base
    }

    /// Bytes of text.
    pub(crate) fn text(&self) -> usize {
        self.extent().text
    }

    /// The slots, if there is room for so many.
    pub(crate) fn slots(&self, count: usize) -> Option<*mut usize> {
        let extent = self.extent();
        let at = extent.slots_at?;
        // SAFETY: within the mapping.
        (at + count * 8 <= extent.end).then(|| unsafe { self.0.base.add(at).cast() })
    }

    /// Makes the text executable and not writable, for the life of the process, and gives back what was not used.
    pub(crate) fn seal(&self) -> bool {
        let extent = self.extent();
        let Some(slots_at) = extent.slots_at else {
            return false;
        };
        let end = extent.end.next_multiple_of(PAGE);
        // SAFETY: pages of our own mapping; no code in it runs yet, and nothing lies beyond `end`.
        unsafe {
            if libc::mprotect(
                self.0.base.cast(),
                slots_at,
                libc::PROT_READ | libc::PROT_EXEC,
            ) != 0
            {
                return false;
            }
            self.0.kept.store(true, Relaxed);
            if end < self.0.length {
                libc::munmap(self.0.base.add(end).cast(), self.0.length - end);
            }
        }
        true
    }
}

impl JITMemoryProvider for Region {
    fn allocate(&mut self, size: usize, align: u64, kind: JITMemoryKind) -> io::Result<*mut u8> {
        let mut extent = self.extent();
        let align = align as usize;
        let begin = match kind {
            JITMemoryKind::Executable if extent.slots_at.is_none() => {
                extent.text.next_multiple_of(align)
            }
            JITMemoryKind::Writable if extent.slots_at.is_none() => {
                let begin = extent.text.next_multiple_of(PAGE).max(PAGE);
                extent.slots_at = Some(begin);
                begin
            }
            // A unit has text, and then one table of slots.
            _ => return Err(io::ErrorKind::Unsupported.into()),
        };
        let end = begin
            .checked_add(size)
            .filter(|&end| align <= PAGE && end <= self.0.length)
            .ok_or(io::ErrorKind::OutOfMemory)?;
        if extent.slots_at.is_none() {
            extent.text = end;
        }
        extent.end = end;
        self.set(extent);
        // SAFETY: within the mapping.
        Ok(unsafe { self.0.base.add(begin) })
    }

    unsafe fn free_memory(&mut self) {
        // The last handle does it, unless the unit was linked.
    }

    fn finalize(&mut self, _: BranchProtection) -> ModuleResult<()> {
        // Linking seals it, when the slots are filled.
        Ok(())
    }
}
