//! Source -> the functions that it defines, each with its line, for reports. The only file that names the parser.
//!
//! CPython has accepted the source already; compiling starts from bytecode (`lower.rs`). What the parser cannot read, or
//! is known to read wrongly, is refused: `x[*y]`, identifiers that are not NFKC-normalised, lone surrogates.

use rustpython_parser::ast::{self, Visitor};
use rustpython_parser::lexer::lex;
use rustpython_parser::{Mode, Parse, StringKind, Tok};
use unicode_normalization::is_nfkc;

/// Why a source file is not read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unread {
    #[error("its encoding {0} is not known here")]
    Encoding(String),
    #[error("it is not text in its encoding")]
    Undecodable,
    #[error("the parser does not read line {line}")]
    Syntax { line: u32 },
    #[error("the parser misreads {what} in line {line}")]
    Misread { what: &'static str, line: u32 },
}

/// A function that the source defines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Definition {
    /// As in `co_qualname`.
    pub qualname: String,
    /// As in `co_firstlineno`: decorators included.
    pub line: u32,
    /// A generator, coroutine or asynchronous generator.
    pub generator: bool,
}

/// The functions in a source file, in order of their lines.
pub fn definitions(source: &[u8]) -> Result<Vec<Definition>, Unread> {
    let text = decode(source)?;
    let lines = Lines::of(&text);
    check_tokens(&text, &lines)?;
    let body = ast::Suite::parse(&text, "source").map_err(|error| Unread::Syntax {
        line: lines.line(error.offset.to_usize()),
    })?;
    let mut finder = Finder {
        lines: &lines,
        scopes: Vec::new(),
        found: Vec::new(),
        misread: None,
    };
    for statement in body {
        finder.visit_stmt(statement);
    }
    if let Some(unread) = finder.misread {
        return Err(unread);
    }
    finder.found.sort_by_key(|d| d.line);
    Ok(finder.found)
}

/// PEP 263, with line ends as CPython's tokenizer makes them.
fn decode(source: &[u8]) -> Result<String, Unread> {
    let (source, marked) = match source.strip_prefix(b"\xef\xbb\xbf") {
        Some(rest) => (rest, true),
        None => (source, false),
    };
    let named = cookie(source).map(|name| name.to_ascii_lowercase().replace('_', "-"));
    let text = match named.as_deref() {
        None | Some("utf-8" | "utf8" | "u8" | "utf-8-sig") => String::from_utf8(source.to_vec()),
        Some(name) if marked => return Err(Unread::Encoding(name.to_owned())),
        Some("ascii" | "us-ascii") if source.is_ascii() => String::from_utf8(source.to_vec()),
        Some("ascii" | "us-ascii") => return Err(Unread::Undecodable),
        Some("latin-1" | "latin1" | "iso-8859-1" | "iso8859-1" | "l1") => {
            Ok(source.iter().map(|&byte| char::from(byte)).collect())
        }
        Some(name) => return Err(Unread::Encoding(name.to_owned())),
    };
    let text = text.map_err(|_| Unread::Undecodable)?;
    if text.contains('\0') {
        return Err(Unread::Undecodable);
    }
    Ok(text.replace("\r\n", "\n").replace('\r', "\n"))
}

/// The encoding that a comment in one of the first two lines names.
fn cookie(source: &[u8]) -> Option<String> {
    for line in source.split(|&b| b == b'\n' || b == b'\r').take(2) {
        let line = line.trim_ascii_start();
        let line = line.strip_prefix(b"\x0c").unwrap_or(line);
        if line.is_empty() {
            continue;
        }
        let comment = str::from_utf8(line.strip_prefix(b"#")?).ok()?;
        let named = comment.match_indices("coding").find_map(|(at, word)| {
            let rest = comment[at + word.len()..].strip_prefix([':', '='])?;
            let rest = rest.trim_start_matches([' ', '\t']);
            let end = rest
                .find(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c)))
                .unwrap_or(rest.len());
            (end > 0).then(|| rest[..end].to_owned())
        });
        if named.is_some() {
            return named;
        }
    }
    None
}

/// Offsets of the line starts.
struct Lines(Vec<usize>);

impl Lines {
    fn of(text: &str) -> Lines {
        let after = text.match_indices('\n').map(|(at, _)| at + 1);
        Lines([0].into_iter().chain(after).collect())
    }

    /// Line of a byte, from 1.
    fn line(&self, offset: usize) -> u32 {
        self.0.partition_point(|&start| start <= offset) as u32
    }
}

/// Identifiers and strings that the parser would give another value than CPython does.
fn check_tokens(text: &str, lines: &Lines) -> Result<(), Unread> {
    for token in lex(text, Mode::Module) {
        // Errors are the parser's to report.
        let Ok((token, range)) = token else {
            return Ok(());
        };
        let misread = |what| {
            let line = lines.line(range.start().to_usize());
            Err(Unread::Misread { what, line })
        };
        match token {
            Tok::Name { name } if !is_nfkc(&name) => return misread("an identifier"),
            Tok::String { value, kind, .. } => {
                let formatted = matches!(kind, StringKind::FString | StringKind::RawFString);
                if formatted && !is_nfkc(&value) {
                    return misread("an identifier");
                }
                let plain = matches!(
                    kind,
                    StringKind::String | StringKind::FString | StringKind::Unicode
                );
                if plain && has_surrogate(&value) {
                    return misread("a surrogate");
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// The text of a literal has an escape for a surrogate: `\ud800` to `\udfff`, or the same with `\U`.
fn has_surrogate(literal: &str) -> bool {
    let bytes = literal.as_bytes();
    let hex = |at: usize, n: usize| {
        let digits = literal.get(at..at + n)?;
        u32::from_str_radix(digits, 16).ok()
    };
    let mut i = 0;
    while i + 1 < bytes.len() {
        if bytes[i] != b'\\' {
            i += 1;
            continue;
        }
        let value = match bytes[i + 1] {
            b'u' => hex(i + 2, 4),
            b'U' => hex(i + 2, 8),
            _ => None,
        };
        if value.is_some_and(|v| (0xd800..0xe000).contains(&v)) {
            return true;
        }
        i += 2;
    }
    false
}

enum Scope {
    Class(String),
    /// With the number of its definition.
    Function(String, usize),
}

struct Finder<'a> {
    lines: &'a Lines,
    scopes: Vec<Scope>,
    found: Vec<Definition>,
    misread: Option<Unread>,
}

impl Finder<'_> {
    fn qualname(&self, name: &str) -> String {
        let mut qualname = String::new();
        for scope in &self.scopes {
            qualname += match scope {
                Scope::Class(name) | Scope::Function(name, _) => name,
            };
            qualname += match scope {
                Scope::Class(_) => ".",
                Scope::Function(..) => ".<locals>.",
            };
        }
        qualname + name
    }

    fn function(
        &mut self,
        name: &str,
        at: usize,
        generator: bool,
        arguments: ast::Arguments,
        body: impl FnOnce(&mut Self),
    ) {
        // Defaults belong to the scope around it.
        self.visit_arguments(arguments);
        self.found.push(Definition {
            qualname: self.qualname(name),
            line: self.lines.line(at),
            generator,
        });
        let number = self.found.len() - 1;
        self.scopes.push(Scope::Function(name.to_owned(), number));
        body(self);
        self.scopes.pop();
    }

    fn yields(&mut self) {
        let inner = self.scopes.iter().rev().find_map(|scope| match scope {
            Scope::Function(_, number) => Some(*number),
            Scope::Class(_) => None,
        });
        if let Some(number) = inner {
            self.found[number].generator = true;
        }
    }

    fn all(&mut self, expressions: impl IntoIterator<Item = ast::Expr>) {
        for expression in expressions {
            self.visit_expr(expression);
        }
    }
}

/// Where the first of these begins, or else `otherwise`.
fn first(decorators: &[ast::Expr], otherwise: usize) -> usize {
    use ast::Ranged;
    decorators
        .first()
        .map_or(otherwise, |d| d.start().to_usize())
}

impl Visitor for Finder<'_> {
    fn visit_stmt_function_def(&mut self, node: ast::StmtFunctionDef) {
        let at = first(&node.decorator_list, node.range.start().to_usize());
        self.all(node.decorator_list);
        self.all(node.returns.map(|r| *r));
        self.function(&node.name, at, false, *node.args, |finder| {
            for statement in node.body {
                finder.visit_stmt(statement);
            }
        });
    }

    fn visit_stmt_async_function_def(&mut self, node: ast::StmtAsyncFunctionDef) {
        let at = first(&node.decorator_list, node.range.start().to_usize());
        self.all(node.decorator_list);
        self.all(node.returns.map(|r| *r));
        self.function(&node.name, at, true, *node.args, |finder| {
            for statement in node.body {
                finder.visit_stmt(statement);
            }
        });
    }

    fn visit_stmt_class_def(&mut self, node: ast::StmtClassDef) {
        self.all(node.decorator_list);
        self.all(node.bases);
        self.all(node.keywords.into_iter().map(|k| k.value));
        self.scopes.push(Scope::Class(node.name.to_string()));
        for statement in node.body {
            self.visit_stmt(statement);
        }
        self.scopes.pop();
    }

    fn visit_expr_lambda(&mut self, node: ast::ExprLambda) {
        let at = node.range.start().to_usize();
        self.function("<lambda>", at, false, *node.args, |finder| {
            finder.visit_expr(*node.body);
        });
    }

    fn visit_expr_yield(&mut self, node: ast::ExprYield) {
        self.yields();
        self.generic_visit_expr_yield(node);
    }

    fn visit_expr_yield_from(&mut self, node: ast::ExprYieldFrom) {
        self.yields();
        self.generic_visit_expr_yield_from(node);
    }

    fn visit_expr_subscript(&mut self, node: ast::ExprSubscript) {
        if node.slice.is_starred_expr() {
            let line = self.lines.line(node.range.start().to_usize());
            self.misread.get_or_insert(Unread::Misread {
                what: "`x[*y]`",
                line,
            });
        }
        self.generic_visit_expr_subscript(node);
    }

    fn visit_arguments(&mut self, node: ast::Arguments) {
        let each = node
            .posonlyargs
            .into_iter()
            .chain(node.args)
            .chain(node.kwonlyargs);
        for argument in each {
            self.all(argument.default.map(|d| *d));
            self.all(argument.def.annotation.map(|a| *a));
        }
    }

    fn visit_keyword(&mut self, node: ast::Keyword) {
        self.visit_expr(node.value);
    }

    fn visit_comprehension(&mut self, node: ast::Comprehension) {
        self.visit_expr(node.target);
        self.visit_expr(node.iter);
        self.all(node.ifs);
    }

    fn visit_withitem(&mut self, node: ast::WithItem) {
        self.visit_expr(node.context_expr);
        self.all(node.optional_vars.map(|v| *v));
    }

    fn visit_match_case(&mut self, node: ast::MatchCase) {
        self.all(node.guard.map(|g| *g));
        for statement in node.body {
            self.visit_stmt(statement);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(source: &str) -> Vec<(String, u32, bool)> {
        let found = definitions(source.as_bytes()).expect("readable");
        found
            .into_iter()
            .map(|d| (d.qualname, d.line, d.generator))
            .collect()
    }

    #[test]
    fn qualnames_lines_and_generators() {
        let source = "\
def f(x=lambda: 1):
    class C:
        @property
        def m(self):
            yield 1
        k = [lambda: 2 for _ in ()]
    def g(): pass
async def a():
    with open(lambda: 3): pass
    match x:
        case 1 if (lambda: 4)(): f(key=lambda: 5)
";
        let expected = [
            ("<lambda>", 1, false),
            ("f", 1, false),
            ("f.<locals>.C.m", 3, true),
            ("f.<locals>.C.<lambda>", 6, false),
            ("f.<locals>.g", 7, false),
            ("a", 8, true),
            ("a.<locals>.<lambda>", 9, false),
            ("a.<locals>.<lambda>", 11, false),
            ("a.<locals>.<lambda>", 11, false),
        ];
        let found = names(source);
        let found: Vec<_> = found.iter().map(|(n, l, g)| (&**n, *l, *g)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn encodings_and_line_ends() {
        let f = vec![("f".to_owned(), 3, false)];
        assert_eq!(names("\u{feff}x = 1\r\ny = 2\rdef f(): pass\r\n"), f);
        assert_eq!(
            names("#!/bin/x\n# vim: set fileencoding=utf-8 :\ndef f(): pass\n"),
            f
        );
        let latin = b"# -*- coding: latin-1 -*-\ns = '\xe9'\ndef f(): pass\n";
        assert_eq!(definitions(latin).expect("readable")[0].line, 3);
        assert_eq!(definitions(b"s = '\xe9'\n"), Err(Unread::Undecodable));
        assert_eq!(definitions(b"x\0 = 1"), Err(Unread::Undecodable));
        let unknown = definitions(b"# coding: cp1252\n");
        assert_eq!(unknown, Err(Unread::Encoding("cp1252".to_owned())));
        // Only a comment in the first two lines counts.
        assert!(definitions(b"x = 1\n\n# coding: cp1252\n").is_ok());
        assert!(definitions(b"x = 1\n# coding: cp1252\n").is_ok());
    }

    #[test]
    fn what_the_parser_would_misread_is_refused() {
        let refused = |source: &str, what: &str, line: u32| match definitions(source.as_bytes()) {
            Err(Unread::Misread {
                what: found,
                line: at,
            }) => assert_eq!((found, at), (what, line)),
            other => panic!("{source}: {other:?}"),
        };
        refused("x = 1\nx[*y]\n", "`x[*y]`", 2);
        refused("\u{fb01}x = 1\n", "an identifier", 1);
        refused("s = '\\ud800'\n", "a surrogate", 1);
        refused("s = 'a\\\\\\U0000dfff'\n", "a surrogate", 1);
        for fine in [
            "x[*y, 1]",
            "x[1:2]",
            "s = '\\\\ud800'",
            "s = r'\\ud800'",
            "s = '\u{fb01}'",
            "é = 1",
        ] {
            assert!(definitions(fine.as_bytes()).is_ok(), "{fine}");
        }
        assert_eq!(definitions(b"x = (\n"), Err(Unread::Syntax { line: 2 }));
    }
}
