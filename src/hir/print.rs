//! Text form of HIR: deterministic, and read back by `parse`.
//!
//! ```text
//! fn "f" locals 2 names [] values 9
//! bb1(v4: Int of Local(0), v5 of Stack(0)): loop
//!   entry s2 = @14 locals [v4, v1] stack [v5]
//!   s3 = @16 from 15 locals [v4, v1] stack [v5]
//!   v6: Int = Binary(op: Add, inplace: false, a: v4, b: v1) [Int] #3
//!   branch v7 bb2() else bb3(v6) #5
//! ```
//!
//! `catch bb7 depth 1 lasti` after a block's parameters: its exceptions go to that handler, with so many entries of the
//! stack and the number of the instruction. A line `s3` is the frame state of what follows: `@` its instruction, `from` where the interpreter resumes if that is
//! earlier; `#` is the index of the bytecode instruction. Types that are not inferred yet and generic ways (`How`) are
//! left out. States are numbered in the order of the text. Operations, types and ways are printed as the `Debug` form of
//! their enums in RON's syntax, so that a new one needs no line here nor in `parse`.

use super::*;
use std::collections::HashMap;
use std::fmt::{self, Write};

/// How much the text shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// Everything: what is read back is the same function.
    Full,
    /// For reading: of frame states only the instruction.
    Short,
}

impl fmt::Display for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(Detail::Short))
    }
}

impl Function {
    /// The function as text.
    pub fn text(&self, detail: Detail) -> String {
        let mut printer = Printer {
            f: self,
            full: detail == Detail::Full,
            numbers: HashMap::new(),
            now: None,
            last: None,
            out: String::new(),
        };
        // Writing to a string cannot fail.
        let _ = printer.function();
        printer.out
    }
}

struct Printer<'a> {
    f: &'a Function,
    full: bool,
    numbers: HashMap<StateId, usize>,
    /// State of the line before.
    now: Option<StateId>,
    /// The newest state of the block so far.
    last: Option<StateId>,
    out: String,
}

impl Printer<'_> {
    fn function(&mut self) -> fmt::Result {
        write!(self.out, "fn {:?}", self.f.qualname)?;
        if self.full {
            write!(
                self.out,
                " locals {} names {:?} values {}",
                self.f.nlocalsplus,
                self.f.names,
                self.f.types.len()
            )?;
        }
        writeln!(self.out)?;
        for (b, block) in self.f.blocks.iter().enumerate() {
            write!(self.out, "bb{b}(")?;
            for (i, param) in block.params.iter().enumerate() {
                self.out.push_str(if i > 0 { ", " } else { "" });
                self.definition(param.value)?;
                write!(self.out, " of {:?}", param.place)?;
            }
            let mark = if block.loop_header { " loop" } else { "" };
            write!(self.out, "):{mark}")?;
            if let Some(Catch { to, depth, lasti }) = block.catch {
                let lasti = if lasti { " lasti" } else { "" };
                write!(self.out, " catch {to:?} depth {depth}{lasti}")?;
            }
            writeln!(self.out)?;
            self.now = None;
            if self.full {
                self.out.push_str("  entry ");
                self.state(block.entry_state)?;
                self.last = Some(block.entry_state);
            }
            for inst in &block.insts {
                self.at(inst.state)?;
                self.instruction(inst)?;
            }
            self.at(block.term_state)?;
            self.terminator(&block.term)?;
            self.origin(block.term_origin)?;
        }
        Ok(())
    }

    /// The state of the next line, unless it is that of the line before.
    fn at(&mut self, id: StateId) -> fmt::Result {
        let same = match self.now {
            Some(now) if self.full => now == id,
            Some(now) => self.f.state(now).at == self.f.state(id).at,
            None => false,
        };
        self.now = Some(id);
        if same {
            return Ok(());
        }
        self.skipped(id)?;
        self.out.push_str("  ");
        self.state(id)
    }

    /// The states of instructions that are no operations, before this one.
    fn skipped(&mut self, id: StateId) -> fmt::Result {
        let Some(last) = self.last.replace(id).filter(|_| self.full) else {
            return Ok(());
        };
        for skipped in last.0 + 1..id.0 {
            self.out.push_str("  ");
            self.state(StateId(skipped))?;
        }
        Ok(())
    }

    fn state(&mut self, id: StateId) -> fmt::Result {
        let state = self.f.state(id);
        if !self.full {
            return writeln!(self.out, "@{}", state.at);
        }
        let next = self.numbers.len();
        if let Some(number) = self.numbers.get(&id) {
            return writeln!(self.out, "s{number}");
        }
        self.numbers.insert(id, next);
        write!(self.out, "s{next} = @{}", state.at)?;
        if state.resume != state.at {
            write!(self.out, " from {}", state.resume)?;
        }
        for (what, values) in [
            ("locals", &state.locals),
            ("stack", &state.stack),
            ("names", &state.names),
        ] {
            if !values.is_empty() {
                write!(self.out, " {what} {values:?}")?;
            }
        }
        writeln!(self.out)
    }

    fn definition(&mut self, v: Value) -> fmt::Result {
        match self.f.ty(v) {
            Ty::Bottom => write!(self.out, "{v:?}"),
            ty => write!(self.out, "{v:?}: {ty:?}"),
        }
    }

    fn how(&mut self, how: How) -> fmt::Result {
        match how {
            How::Generic => Ok(()),
            how => write!(self.out, " [{how:?}]"),
        }
    }

    fn origin(&mut self, origin: u32) -> fmt::Result {
        if self.full {
            write!(self.out, " #{origin}")?;
        }
        writeln!(self.out)
    }

    fn instruction(&mut self, inst: &Inst) -> fmt::Result {
        self.out.push_str("  ");
        for (i, &v) in inst.outs.iter().enumerate() {
            self.out.push_str(if i > 0 { ", " } else { "" });
            self.definition(v)?;
        }
        if !inst.outs.is_empty() {
            self.out.push_str(" = ");
        }
        // `Debug` of a struct variant, as RON writes it.
        let op = format!("{:?}", inst.op);
        self.out
            .push_str(&op.replace(" { ", "(").replace(" }", ")"));
        self.how(inst.how)?;
        self.origin(inst.origin)
    }

    fn edge(&mut self, edge: &Edge) -> fmt::Result {
        write!(self.out, "{:?}(", edge.to)?;
        for (i, v) in edge.args.iter().enumerate() {
            write!(self.out, "{}{v:?}", if i > 0 { ", " } else { "" })?;
        }
        self.out.push(')');
        Ok(())
    }

    fn terminator(&mut self, term: &Term) -> fmt::Result {
        match term {
            Term::Jump(edge) => {
                self.out.push_str("  jump ");
                self.edge(edge)
            }
            Term::Branch { cond, then, other } => {
                write!(self.out, "  branch {cond:?} ")?;
                self.edge(then)?;
                self.out.push_str(" else ");
                self.edge(other)
            }
            Term::ForIter {
                iter,
                item,
                body,
                done,
                how,
            } => {
                self.out.push_str("  for ");
                self.definition(*item)?;
                write!(self.out, " in {iter:?} ")?;
                self.edge(body)?;
                self.out.push_str(" done ");
                self.edge(done)?;
                self.how(*how)
            }
            Term::Return(v) => write!(self.out, "  return {v:?}"),
            Term::Exit(reason) => write!(self.out, "  exit {reason:?}"),
            Term::None => write!(self.out, "  unfinished"),
        }
    }
}
