//! Deterministic text form of HIR.

use super::*;
use std::fmt;

impl fmt::Display for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "fn {}", self.qualname)?;
        for (b, block) in self.blocks.iter().enumerate() {
            write!(f, "bb{b}(")?;
            for (i, p) in block.params.iter().enumerate() {
                if i > 0 {
                    write!(f, ", ")?;
                }
                write!(f, "{:?}: {:?} of {:?}", p.value, self.ty(p.value), p.place)?;
            }
            writeln!(f, "):{}", if block.loop_header { "  # loop" } else { "" })?;
            for inst in &block.insts {
                write!(f, "  ")?;
                for (i, v) in inst.outs.iter().enumerate() {
                    write!(
                        f,
                        "{}{v:?}: {:?}",
                        if i > 0 { ", " } else { "" },
                        self.ty(*v)
                    )?;
                }
                if !inst.outs.is_empty() {
                    write!(f, " = ")?;
                }
                write!(f, "{:?}", inst.op)?;
                if inst.how != How::Generic {
                    write!(f, "  [{:?}]", inst.how)?;
                }
                writeln!(f, "  @{}", self.state(inst.state).at)?;
            }
            match &block.term {
                Term::Jump(e) => writeln!(f, "  jump {:?}{:?}", e.to, e.args)?,
                Term::Branch { cond, then, other } => writeln!(
                    f,
                    "  branch {cond:?} {:?}{:?} else {:?}{:?}",
                    then.to, then.args, other.to, other.args
                )?,
                Term::ForIter {
                    iter,
                    item,
                    body,
                    done,
                    how,
                } => writeln!(
                    f,
                    "  for {item:?}: {:?} in {iter:?} {:?}{:?} done {:?}{:?} [{how:?}]",
                    self.ty(*item),
                    body.to,
                    body.args,
                    done.to,
                    done.args
                )?,
                Term::Return(v) => writeln!(f, "  return {v:?}")?,
                Term::Exit(reason) => {
                    writeln!(f, "  exit {reason:?} @{}", self.state(block.term_state).at)?
                }
                Term::None => writeln!(f, "  ?")?,
            }
        }
        Ok(())
    }
}
