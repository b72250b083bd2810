//! Reads the text form of HIR that `print` writes: `parse(f.text(Detail::Full))` is `f`, states renumbered. Lines that
//! begin with `;` are comments.
//!
//! The tests write HIR as text; `PYAOT_STRESS=text` sends each unit through its text before it is compiled.

use super::*;
use serde::de::{self, Deserialize, DeserializeOwned, Deserializer};
use std::collections::HashMap;
use std::fmt;

/// Why a text is no HIR.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct NoHir {
    pub line: usize,
    pub what: What,
}

/// What is wrong in the line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum What {
    #[error("expected `{0}`")]
    Expected(&'static str),
    #[error("nothing may follow `{0}`")]
    Rest(String),
    #[error("state s{0} is not defined")]
    State(usize),
    #[error("it stands in no block")]
    NoBlock,
    #[error("no state before it")]
    NoState,
    #[error("its value is beyond the number of values")]
    Value,
    /// An operation, a type or a way that does not exist, or a list of something else.
    #[error("`{0}`: {1}")]
    Word(String, String),
}

/// Reads a function.
pub fn parse(text: &str) -> Result<Function, NoHir> {
    let mut parser = Parser {
        f: Function {
            qualname: String::new(),
            blocks: Vec::new(),
            types: Vec::new(),
            states: Vec::new(),
            names: Vec::new(),
            nlocalsplus: 0,
        },
        sized: false,
        states: HashMap::new(),
        now: None,
    };
    let mut first = true;
    for (i, line) in text.lines().enumerate() {
        let line = line.trim_end();
        if !line.is_empty() && !line.starts_with(';') {
            parser
                .line(line, first)
                .map_err(|what| NoHir { line: i + 1, what })?;
            first = false;
        }
    }
    Ok(parser.f)
}

/// More values than any unit has.
const MAX_VALUES: usize = 1 << 20;

struct Parser {
    f: Function,
    /// The header says how many values there are.
    sized: bool,
    states: HashMap<usize, StateId>,
    now: Option<StateId>,
}

/// What is left of a line.
struct Rest<'a>(&'a str);

impl<'a> Rest<'a> {
    fn has(&mut self, prefix: &str) -> bool {
        match self.0.strip_prefix(prefix) {
            Some(rest) => {
                self.0 = rest;
                true
            }
            None => false,
        }
    }

    fn expect(&mut self, prefix: &'static str) -> Result<(), What> {
        if self.has(prefix) {
            Ok(())
        } else {
            Err(What::Expected(prefix))
        }
    }

    fn number<N: std::str::FromStr>(&mut self) -> Result<N, What> {
        let end = self
            .0
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(self.0.len());
        let (digits, rest) = self.0.split_at(end);
        self.0 = rest;
        digits.parse().map_err(|_| What::Expected("a number"))
    }

    fn size(&mut self) -> Result<usize, What> {
        self.number().and_then(|n| {
            if n <= MAX_VALUES {
                Ok(n)
            } else {
                Err(What::Value)
            }
        })
    }

    fn value(&mut self) -> Result<Value, What> {
        self.expect("v")?;
        Ok(Value(self.number()?))
    }

    /// Up to the bracket that closes, which is taken as well.
    fn until(&mut self, close: &'static str) -> Result<&'a str, What> {
        let (inside, rest) = self.0.split_once(close).ok_or(What::Expected(close))?;
        self.0 = rest;
        Ok(inside)
    }

    fn list<T: DeserializeOwned>(&mut self) -> Result<Vec<T>, What> {
        self.expect("[")?;
        ron(&format!("[{}]", self.until("]")?))
    }

    fn edge(&mut self) -> Result<Edge, What> {
        self.expect("bb")?;
        let to = BlockId(self.number()?);
        self.expect("(")?;
        let args = ron(&format!("[{}]", self.until(")")?))?;
        Ok(Edge { to, args })
    }

    fn end(&self) -> Result<(), What> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(What::Rest(self.0.to_owned()))
        }
    }
}

fn ron<T: DeserializeOwned>(text: &str) -> Result<T, What> {
    ron::from_str(text).map_err(|error| What::Word(text.to_owned(), error.code.to_string()))
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Value, D::Error> {
        struct Name;
        impl de::Visitor<'_> for Name {
            type Value = Value;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value such as v3")
            }
            fn visit_str<E: de::Error>(self, name: &str) -> Result<Value, E> {
                let number = name.strip_prefix('v').and_then(|n| n.parse().ok());
                number
                    .map(Value)
                    .ok_or_else(|| E::invalid_value(de::Unexpected::Str(name), &self))
            }
        }
        deserializer.deserialize_identifier(Name)
    }
}

impl Parser {
    fn line(&mut self, line: &str, first: bool) -> Result<(), What> {
        if first {
            return self.header(line);
        }
        let Some(line) = line.strip_prefix("  ") else {
            return self.block(line);
        };
        let number = self.f.blocks.len().checked_sub(1).ok_or(What::NoBlock)?;
        let mut rest = Rest(line);
        if rest.has("entry ") {
            let id = self.state(rest)?;
            self.f.blocks[number].entry_state = id;
            return Ok(());
        }
        let numbered = line.strip_prefix('s').unwrap_or("x");
        if line.starts_with('@') || numbered.starts_with(|c: char| c.is_ascii_digit()) {
            self.now = Some(self.state(rest)?);
            return Ok(());
        }
        let state = self.now.ok_or(What::NoState)?;
        let (text, origin) = match line.rsplit_once(" #") {
            Some((text, digits)) => {
                let mut rest = Rest(digits);
                let origin = rest.number()?;
                rest.end()?;
                (text, origin)
            }
            None => (line, 0),
        };
        let (text, how) = match text.strip_suffix(']').and_then(|t| t.rsplit_once(" [")) {
            Some((text, how)) => (text, ron(how)?),
            None => (text, How::Generic),
        };
        if text.starts_with(|c: char| c.is_ascii_lowercase()) && !starts_with_value(text) {
            let term = self.terminator(text, how)?;
            let block = &mut self.f.blocks[number];
            block.term = term;
            block.term_state = state;
            block.term_origin = origin;
            return Ok(());
        }
        let (outs, op) = match text.split_once(" = ") {
            Some((outs, op)) => (self.definitions(outs)?, op),
            None => (Vec::new(), text),
        };
        self.f.blocks[number].insts.push(Inst {
            op: ron(op)?,
            outs,
            state,
            origin,
            how,
        });
        Ok(())
    }

    fn header(&mut self, line: &str) -> Result<(), What> {
        let mut rest = Rest(line);
        rest.expect("fn ")?;
        let Some((name, numbers)) = rest.0.rsplit_once("\" locals ") else {
            self.f.qualname = ron(rest.0)?;
            return Ok(());
        };
        self.f.qualname = ron(&format!("{name}\""))?;
        let mut rest = Rest(numbers);
        self.f.nlocalsplus = rest.number()?;
        rest.expect(" names ")?;
        self.f.names = rest.list()?;
        rest.expect(" values ")?;
        self.f.types = vec![Ty::Bottom; rest.size()?];
        self.sized = true;
        rest.end()
    }

    fn block(&mut self, line: &str) -> Result<(), What> {
        let mut rest = Rest(line);
        rest.expect("bb")?;
        let number: usize = rest.number()?;
        if number != self.f.blocks.len() {
            return Err(What::Expected("the next block"));
        }
        rest.expect("(")?;
        let (params, mark) = rest.0.rsplit_once("):").ok_or(What::Expected("):"))?;
        let mut marks = Rest(mark);
        let loop_header = marks.has(" loop");
        let mut catch = None;
        if marks.has(" catch bb") {
            let to = BlockId(marks.number()?);
            marks.expect(" depth ")?;
            let depth = marks.number()?;
            let lasti = marks.has(" lasti");
            catch = Some(Catch { to, depth, lasti });
        }
        marks.end()?;
        let mut all = Vec::new();
        for param in params.split(", ").filter(|p| !p.is_empty()) {
            let (value, place) = param.split_once(" of ").ok_or(What::Expected(" of "))?;
            let value = self.definition(value)?;
            let place = ron(place)?;
            all.push(Param { value, place });
        }
        self.now = None;
        self.f.blocks.push(Block {
            params: all,
            insts: Vec::new(),
            term: Term::None,
            term_state: StateId(0),
            entry_state: StateId(0),
            term_origin: 0,
            loop_header,
            catch,
        });
        Ok(())
    }

    /// Defines a state or finds it: `s3 = @14 from 12 locals [..] stack [..] names [..]`, `s3`, `@14`.
    fn state(&mut self, mut rest: Rest<'_>) -> Result<StateId, What> {
        let mut number = None;
        if rest.has("s") {
            let n: usize = rest.number()?;
            if rest.0.is_empty() {
                return self.states.get(&n).copied().ok_or(What::State(n));
            }
            rest.expect(" = ")?;
            number = Some(n);
        }
        rest.expect("@")?;
        let at = rest.number()?;
        let mut state = FrameState {
            resume: at,
            at,
            locals: Vec::new(),
            stack: Vec::new(),
            names: Vec::new(),
        };
        if rest.has(" from ") {
            state.resume = rest.number()?;
        }
        for (what, values) in [
            (" locals ", &mut state.locals),
            (" stack ", &mut state.stack),
            (" names ", &mut state.names),
        ] {
            if rest.has(what) {
                *values = rest.list()?;
            }
        }
        rest.end()?;
        let id = StateId(self.f.states.len() as u32);
        self.f.states.push(state);
        if let Some(number) = number {
            self.states.insert(number, id);
        }
        Ok(id)
    }

    fn definitions(&mut self, text: &str) -> Result<Vec<Value>, What> {
        text.split(", ").map(|one| self.definition(one)).collect()
    }

    /// `v3` or `v3: Int`.
    fn definition(&mut self, text: &str) -> Result<Value, What> {
        let mut rest = Rest(text);
        let value = rest.value()?;
        let ty = if rest.has(": ") {
            ron(rest.0)?
        } else {
            rest.end()?;
            Ty::Bottom
        };
        let index = value.0 as usize;
        if index >= self.f.types.len() {
            if self.sized || index >= MAX_VALUES {
                return Err(What::Value);
            }
            self.f.types.resize(index + 1, Ty::Bottom);
        }
        self.f.types[index] = ty;
        Ok(value)
    }

    fn terminator(&mut self, text: &str, how: How) -> Result<Term, What> {
        let mut rest = Rest(text);
        let term = if rest.has("jump ") {
            Term::Jump(rest.edge()?)
        } else if rest.has("branch ") {
            let cond = rest.value()?;
            rest.expect(" ")?;
            let then = rest.edge()?;
            rest.expect(" else ")?;
            Term::Branch {
                cond,
                then,
                other: rest.edge()?,
            }
        } else if rest.has("for ") {
            let item = self.definition(rest.until(" in ")?)?;
            let iter = rest.value()?;
            rest.expect(" ")?;
            let body = rest.edge()?;
            rest.expect(" done ")?;
            Term::ForIter {
                iter,
                item,
                body,
                done: rest.edge()?,
                how,
            }
        } else if rest.has("return ") {
            Term::Return(rest.value()?)
        } else if rest.has("exit ") {
            let reason = ron(rest.0)?;
            rest.0 = "";
            Term::Exit(reason)
        } else {
            rest.expect("unfinished")?;
            Term::None
        };
        rest.end()?;
        Ok(term)
    }
}

/// `v3 = ...`, not a word.
fn starts_with_value(text: &str) -> bool {
    text.strip_prefix('v')
        .is_some_and(|t| t.starts_with(|c: char| c.is_ascii_digit()))
}
