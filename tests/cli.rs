//! The launcher against `python`: the same invocations side by side, with stdout, stderr and wait status compared.
//!
//! pyaot is started under python's own name (`argv[0]`), because messages such as `can't open file` quote it. What
//! differs by intent, `sys.executable` and the command `doctor`, has tests of its own at the end.
#![forbid(unsafe_code)]

use std::fs;
use std::io::Write;
use std::os::unix::fs::symlink;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::thread;

use pyaot_runtime::python::PYTHON;
use tempfile::TempDir;

const PYAOT: &str = env!("CARGO_BIN_EXE_pyaot");

/// A folder of its own to run in, and an environment without surprises.
struct World {
    folder: TempDir,
}

impl World {
    fn new() -> World {
        World {
            folder: TempDir::new().expect("a temporary folder"),
        }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn file(&self, name: &str, content: &str) -> PathBuf {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().expect("below the folder")).expect("a folder");
        fs::write(&path, content).expect("a file");
        path
    }

    fn command(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new(program.as_ref());
        command
            .current_dir(self.path())
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("HOME", self.path())
            .env("LANG", "C.UTF-8")
            .env("PYTHONDONTWRITEBYTECODE", "1");
        command
    }

    /// Runs python and pyaot in the same way and expects the same from both; returns it.
    #[track_caller]
    fn same_with(&self, args: &[&str], stdin: &str, env: &[(&str, &str)]) -> Output {
        let run = |program: &str| {
            let mut command = self.command(program);
            command.arg0(PYTHON).args(args).envs(env.iter().copied());
            run(command, stdin)
        };
        let (python, pyaot) = (run(PYTHON), run(PYAOT));
        assert_same(&python, &pyaot, &format!("{args:?} {env:?}"));
        pyaot
    }

    #[track_caller]
    fn same(&self, args: &[&str]) -> Output {
        self.same_with(args, "", &[])
    }

    /// A line of bash, where `$PY` starts the program under python's name.
    #[track_caller]
    fn same_in_shell(&self, line: &str) -> Output {
        let run = |program: &str| {
            let mut command = self.command("/bin/bash");
            let line = line.replace("$PY", &format!("exec -a '{PYTHON}' '{program}'"));
            command.args(["-c", &line]);
            run(command, "")
        };
        let (python, pyaot) = (run(PYTHON), run(PYAOT));
        assert_same(&python, &pyaot, line);
        pyaot
    }

    /// What the program prints, without its last line feed.
    #[track_caller]
    fn says(&self, command: Command) -> String {
        let output = run_plainly(command, "");
        assert!(output.status.success(), "{}", shown(&output));
        String::from_utf8_lossy(&output.stdout)
            .trim_end()
            .to_owned()
    }
}

fn run(command: Command, stdin: &str) -> Output {
    normalised(run_plainly(command, stdin))
}

fn run_plainly(mut command: Command, stdin: &str) -> Output {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut pipe = child.stdin.take().expect("a pipe");
    let text = stdin.to_owned();
    // A program need not read its standard input; then writing fails, and that is no failure of the test.
    let writer = thread::spawn(move || drop(pipe.write_all(text.as_bytes())));
    let output = child.wait_with_output().expect("the program ends");
    writer.join().expect("the writer ends");
    output
}

/// Without what differs from run to run (addresses) or by intent (`sys.executable`, which some messages quote).
fn normalised(mut output: Output) -> Output {
    for stream in [&mut output.stdout, &mut output.stderr] {
        // What is not UTF-8 is left as it is.
        let Ok(text) = str::from_utf8(stream) else {
            continue;
        };
        let text = text.replace(PYAOT, PYTHON);
        let mut parts = text.split("0x");
        let mut plain = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            plain.push_str("0x");
            plain.push_str(part.trim_start_matches(|digit: char| digit.is_ascii_hexdigit()));
        }
        *stream = plain.into_bytes();
    }
    output
}

fn shown(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    format!(
        "{:?}\n-- stdout\n{stdout}\n-- stderr\n{stderr}",
        output.status
    )
}

#[track_caller]
fn assert_same(python: &Output, pyaot: &Output, what: &str) {
    assert!(
        python == pyaot,
        "{what}\n==== python: {}\n==== pyaot: {}",
        shown(python),
        shown(pyaot)
    );
}

/// Prints what a program can see of its start.
const LOOK: &str = "
import sys, os, signal, sysconfig, atexit, locale, gc, threading
print(sys.argv, sys.orig_argv, sys.flags, sys.path, sys.warnoptions, sys._xoptions, sep='\\n')
print(sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix, sys._base_executable)
print(sys.platlibdir, sys._stdlib_dir, sys.pycache_prefix, sys.getfilesystemencoding(), sys.getfilesystemencodeerrors())
print([(f and (f.encoding, f.errors, f.line_buffering)) for f in (sys.stdin, sys.stdout, sys.stderr)])
print(sysconfig.get_paths(), locale.setlocale(locale.LC_CTYPE), gc.get_threshold(), sys.getrecursionlimit())
print([str(signal.getsignal(s)).split(' at ')[0] for s in signal.valid_signals()], len(threading.enumerate()))
print([line for line in open('/proc/self/status') if line.startswith(('SigB', 'SigI', 'SigC', 'Threads'))])
print(sorted(os.listdir('/proc/self/fd')), {k: v for k, v in os.environ.items() if k != '_'})
print(__name__, sorted(globals()), sys.dont_write_bytecode, sys.int_info, sys.version)
";

/// The modules that are there before the program imports any.
const MODULES: &str = "import sys; print(*sys.modules)";

#[test]
fn a_program_sees_the_same_start() {
    let world = World::new();
    world.same(&["-c", MODULES]);
    world.same(&["-I", "-S", "-c", MODULES]);
    world.same(&["-c", LOOK, "a", "-b", "--version"]);
    world.file("look.py", LOOK);
    world.same(&["look.py", "-c", "é", ""]);
    world.same(&["-m", "look", "-m"]);
    world.same_with(&[], LOOK, &[]);
    world.same_with(&["-", "x"], LOOK, &[]);
    for option in [
        "-E", "-I", "-s", "-S", "-O", "-OO", "-B", "-b", "-bb", "-P", "-R", "-u", "-q",
    ] {
        world.same(&[option, "look.py", "x"]);
    }
    world.same(&["-W", "error", "-Walways::UserWarning", "look.py"]);
    world.same(&["-Xutf8", "-X", "dev", "-Xnonsense=1", "look.py"]);
    world.same(&[
        "-Xpycache_prefix=cache",
        "-Xint_max_str_digits=0",
        "look.py",
    ]);
    world.same(&["-Xfrozen_modules=off", "-Xno_debug_ranges", "look.py"]);
    world.same(&["--check-hash-based-pycs", "always", "-IOBx", "look.py"]);
    world.same_with(&["look.py"], "", &[("PYAOT", "0")]);
}

#[test]
fn environment_variables() {
    let world = World::new();
    world.file("look.py", LOOK);
    world.file("lib/extra.py", "print('extra')");
    for (name, value) in [
        ("PYTHONPATH", "lib:/nowhere"),
        ("PYTHONOPTIMIZE", "2"),
        ("PYTHONWARNINGS", "error,default::DeprecationWarning"),
        ("PYTHONIOENCODING", "latin-1:replace"),
        ("PYTHONUTF8", "1"),
        ("PYTHONUNBUFFERED", "1"),
        ("PYTHONNOUSERSITE", "1"),
        ("PYTHONDEVMODE", "1"),
        ("PYTHONPLATLIBDIR", "lib64"),
        ("PYTHONSAFEPATH", "1"),
        ("PYTHONINTMAXSTRDIGITS", "1000"),
        ("PYTHONFAULTHANDLER", "1"),
        ("PYTHONTRACEMALLOC", "3"),
        ("PYTHONMALLOC", "debug"),
        ("PYTHONHASHSEED", "nonsense"),
        ("PYTHONPYCACHEPREFIX", "elsewhere"),
        ("PYTHONNODEBUGRANGES", "1"),
        ("PYTHONEXECUTABLE", "/nowhere/python"),
        ("PYTHONHOME", "/nowhere"),
        ("PYTHON_FROZEN_MODULES", "off"),
        ("PYTHON_CPU_COUNT", "1"),
        ("LC_ALL", "C"),
        ("LC_ALL", "POSIX"),
    ] {
        world.same_with(&["look.py"], "", &[(name, value)]);
        world.same_with(&["-E", "look.py"], "", &[(name, value)]);
    }
    world.same_with(&["-m", "extra"], "", &[("PYTHONPATH", "lib")]);
    world.same_with(&["-c", "print(hash('a'))"], "", &[("PYTHONHASHSEED", "7")]);
    world.same_with(
        &["-c", "print(1)"],
        "",
        &[("LC_ALL", "C"), ("PYTHONCOERCECLOCALE", "warn")],
    );
    world.same_with(
        &["-c", "breakpoint()"],
        "",
        &[("PYTHONBREAKPOINT", "os.getcwd")],
    );
    world.same_with(
        &["-c", "print(1)"],
        "print(2)\n1/0\n",
        &[("PYTHONINSPECT", "1")],
    );
}

#[test]
fn usage_and_what_is_wrong() {
    let world = World::new();
    world.file("syntax.py", "print(1)\ndef f(:\n    pass\n");
    world.file("tab.py", "if 1:\n\tx = 1\n        y = 2\n");
    world.file("coding.py", "# coding: nonsense\n");
    world.file(
        "caret.py",
        "def f(x):\n    return 1 + x['k'] / 0\n\nf({'k': 1})\n",
    );
    world.file("empty/x", "");
    for args in [
        &["-V"][..],
        &["-VV"],
        &["--version"],
        &["-h"],
        &["-?"],
        &["--help"],
        &["--help-env"],
        &["--help-xoptions"],
        &["--help-all"],
        &["-Z"],
        &["--nonsense"],
        &["-c"],
        &["-m"],
        &["-W"],
        &["-X"],
        &["-Xint_max_str_digits=-1"],
        &["--check-hash-based-pycs", "maybe"],
        &["missing.py"],
        &["missing/missing.py", "x"],
        &["-m", "missing"],
        &["-m", "missing.module"],
        &["-m", "os.path.missing"],
        &["-m", "encodings"],
        &["syntax.py"],
        &["tab.py"],
        &["coding.py"],
        &["caret.py"],
        &["empty"],
        &["-c", "1 +"],
        &["-c", "  print(1)"],
        &["-c", "import nothing_of_this_name"],
        &["-W", "nonsense::x", "-c", "0"],
        &["-i", "caret.py"],
        &["-x", "syntax.py"],
        &["--", "doctor"],
        &["doctor.py"],
        &["./doctor"],
    ] {
        world.same(args);
    }
}

#[test]
fn what_can_be_run() {
    let world = World::new();
    let body = "import sys\nprint(__name__, __file__, __package__, sys.argv, sys.path[0])\n";
    world.file("script", body);
    world.file("sub/script.py", body);
    world.file("folder/__main__.py", body);
    world.file("package/__init__.py", "print('init')\n");
    world.file("package/__main__.py", body);
    world.file("package/module.py", body);
    world.file(
        "dollar.py",
        "#!/usr/bin/env nonsense that is no Python\nprint(1)\n",
    );
    let pack = "import shutil, compileall, os
shutil.make_archive('app', 'zip', 'folder'); os.rename('app.zip', 'app.pyz')
assert compileall.compile_file('sub/script.py', quiet=1, legacy=True)";
    let mut command = world.command(PYTHON);
    command.args(["-c", pack]);
    world.says(command);
    let absolute = world.path().join("sub/script.py");
    for args in [
        &["script", "a"][..],
        &["./script"],
        &["sub/script.py"],
        &["sub/../sub/script.py"],
        &["sub/script.pyc"],
        &[absolute.to_str().expect("UTF-8")],
        &["folder", "b", "c"],
        &["folder/"],
        &["app.pyz", "d"],
        &["package"],
        &["-m", "package", "e"],
        &["-m", "package.module"],
        &["-m", "sub.script"],
        &["-I", "-m", "package"],
        &["-I", "script"],
        &["-x", "dollar.py"],
        &["-i", "-c", "x = 1"],
        &["-m", "json.tool", "--help"],
        &["-m", "timeit", "-h"],
        &["-m", "dis", "script"],
        &["/dev/null"],
        &["/dev/stdin"],
    ] {
        world.same(args);
    }
    let code = "import sys\nprint(sys.argv, __name__)\nraise ValueError(sys.stdin)\n";
    for args in [
        &[][..],
        &["-"],
        &["-", "a"],
        &["-i"],
        &["-iq"],
        &["/dev/stdin", "a"],
    ] {
        world.same_with(args, code, &[]);
    }
    world.same_with(&["-m", "json.tool"], "{\"a\": [1, 2]}", &[]);
    world.file("startup.py", "print('startup'); from_startup = 1");
    world.same_with(
        &["-i"],
        "from_startup\nexit(5)\n",
        &[("PYTHONSTARTUP", "startup.py")],
    );
    world.same_in_shell("echo 'print(input())\nx' > in.py; $PY < in.py");
}

#[test]
fn how_it_ends() {
    let world = World::new();
    for code in [
        "import sys; sys.exit()",
        "import sys; sys.exit(3)",
        "import sys; sys.exit(256 + 7)",
        "import sys; sys.exit(-1)",
        "import sys; sys.exit('words')",
        "import sys; sys.exit([1, 2])",
        "raise SystemExit(True)",
        "exit(4)",
        "import os; print(1); os._exit(6)",
        "import os; os.abort()",
        "1 / 0",
        "raise KeyboardInterrupt",
        "raise BaseExceptionGroup('g', [KeyboardInterrupt(), ValueError(1)])",
        "import os, signal; os.kill(os.getpid(), signal.SIGINT)",
        "import os, signal; os.kill(os.getpid(), signal.SIGTERM)",
        "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)",
        "import os, signal; os.kill(os.getpid(), signal.SIGBUS)",
        "import os, signal; os.kill(os.getpid(), signal.SIGPIPE); print('ignored')",
        "import signal; signal.raise_signal(signal.SIGKILL)",
        "import ctypes; ctypes.string_at(0)",
        "import signal, os
signal.signal(signal.SIGPIPE, signal.SIG_DFL)
r, w = os.pipe(); os.close(r); os.write(w, b'x')",
        "import atexit; atexit.register(print, 'end'); atexit.register(lambda: 1 / 0); raise ValueError",
        "import atexit, sys; atexit.register(sys.exit, 9)",
        "import atexit; print(atexit.unregister(print)); atexit._run_exitfuncs(); print('on')",
        "import threading, time
threading.Thread(target=lambda: (time.sleep(.05), print('thread'))).start()",
        "import threading, sys; t = threading.Thread(target=sys.exit, args=(3,)); t.start(); t.join()",
        "class D:
    def __del__(self): print('del', self.n)
d = D(); d.n = 1; e = D(); e.n = 2; e.e = e",
        "class D:
    def __del__(self): exit(1)
d = D()",
        "import sys; sys.setrecursionlimit(80)\ndef f(): f()\nf()",
        "import sys; sys.excepthook = lambda *a: print(a[0]); nothing",
        "import sys; print('x'); sys.stdout.close()",
        "import warnings; warnings.warn('w'); open('/dev/null')",
        "import os; pid = os.fork(); print(os.waitpid(pid, 0)[1]) if pid else exit(5)",
        "import os; os.execv('/bin/echo', ['echo', 'other'])",
        "import code; code.interact(exitmsg='')",
    ] {
        world.same(&["-c", code]);
        world.file("script.py", code);
        world.same(&["-Walways", "script.py"]);
    }
}

#[test]
fn streams_and_signals_are_the_parents() {
    let world = World::new();
    world.file("look.py", LOOK);
    world.file(
        "state.py",
        "import sys; sys.stdout and print([f and f.fileno() for f in (sys.stdin, sys.stdout, sys.stderr)])",
    );
    world.file(
        "child.py",
        "import subprocess, sys
subprocess.run(['grep', 'Sig[BIC]', '/proc/self/status'], restore_signals=len(sys.argv) == 1)",
    );
    for line in [
        "$PY look.py <&-",
        "$PY look.py 2>&-",
        "$PY state.py >&-",
        "$PY state.py <&- >&- 2>&-",
        "$PY look.py < /dev/null",
        "$PY -c 'print(1)' > /dev/full",
        "($PY -c 'while 1: print(1)') | head -1; echo ${PIPESTATUS[0]}",
        "trap '' PIPE; $PY look.py",
        "trap '' INT; $PY look.py",
        "trap '' INT; $PY -c 'import os; os.kill(os.getpid(), 2); print(1)'",
        "trap '' SEGV BUS; $PY look.py",
        "$PY child.py",
        "$PY child.py x",
        "trap '' PIPE SEGV; $PY child.py x",
        "ulimit -s 1024; $PY -c 'import re; print(re.match(\"a\", \"a\"))'",
        "cd /; $PY -c 'import sys; print(sys.path)'",
        "mkdir gone; cd gone; rmdir ../gone; $PY -c 'import sys; print(sys.path)'",
        "$PY -c $'import sys; print(ascii(\"\\xff\"), ascii(sys.argv))' $'\\xfe'",
    ] {
        world.same_in_shell(line);
    }
}

#[test]
fn children() {
    let world = World::new();
    world.file(
        "children.py",
        "
import concurrent.futures, multiprocessing, os, subprocess, sys

def square(x):
    return x * x, sys.executable, os.path.realpath('/proc/self/exe'), sys.prefix, sys.argv

def shared(queue, value):
    queue.put(value + 1)

if __name__ == '__main__':
    for method in ('fork', 'spawn', 'forkserver'):
        context = multiprocessing.get_context(method)
        with context.Pool(2) as pool:
            for n, executable, running, prefix, argv in pool.map(square, range(3)):
                print(method, n, executable == sys.executable, os.path.samefile(running, '/proc/self/exe'),
                      prefix == sys.prefix, argv)
        queue = context.Queue()
        process = context.Process(target=shared, args=(queue, 1))
        process.start(); print(queue.get()); process.join(); print(process.exitcode)
        process = context.Process(target=sys.exit, args=(3,))
        process.start(); process.join(); print(process.exitcode)
        with concurrent.futures.ProcessPoolExecutor(1, mp_context=context) as pool:
            print(pool.submit(pow, 2, 100).result())
    code = 'import sys, os; print(sys.prefix, sys.flags, os.path.realpath(\"/proc/self/exe\") == sys.argv[1])'
    for options in ([], ['-I'], ['-S', '-O']):
        print(subprocess.run([sys.executable, *options, '-c', code, os.path.realpath('/proc/self/exe')],
                             capture_output=True).stdout)
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, '-c', 'import sys; print(sys.argv, sys.prefix)', 'x'])
",
    );
    let output = world.same(&["-W", "ignore", "children.py", "argument"]);
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        text.contains("forkserver 4 True True True") && !text.contains(" False "),
        "{text}"
    );
}

#[test]
fn the_interactive_interpreter() {
    let world = World::new();
    world.file(
        "terminal.py",
        "
import os, pty, sys, termios
pid, terminal = pty.fork()
if pid == 0:
    # Without echo the output does not depend on who is faster.
    modes = termios.tcgetattr(0)
    modes[3] &= ~termios.ECHO
    termios.tcsetattr(0, termios.TCSANOW, modes)
    os.execve(sys.argv[1], sys.argv[2:], {**os.environ, 'TERM': 'dumb', 'PYTHON_BASIC_REPL': '1'})
text = b''
def until(end):
    global text
    while not text.endswith(end):
        try:
            text += os.read(terminal, 1000)
        except OSError:
            break
for line in (b'1 + 1', b'def f(): return 3', b'', b'f()', b'import sys; sys.ps1, sys.flags', b'1 / 0', b'exit(5)'):
    until(b'>>> ' if line else b'... ')
    os.write(terminal, line + b'\\n')
until(b'no such end')
print(text.decode(), os.waitpid(pid, 0)[1])
",
    );
    for args in [&[][..], &["-q"], &["-i", "-c", "x = 1"]] {
        let run = |program: &str| {
            let mut command = world.command(PYTHON);
            command.args(["terminal.py", program, PYTHON]).args(args);
            run(command, "")
        };
        let (python, pyaot) = (run(PYTHON), run(PYAOT));
        assert_same(&python, &pyaot, "the interactive interpreter");
        let text = String::from_utf8_lossy(&pyaot.stdout);
        assert!(text.contains("ZeroDivisionError"), "{text}");
    }
}

const WHERE: &str = "import sys, site
print(sys.prefix, sys.base_prefix, sys.exec_prefix, sys._base_executable, sys.path, site.PREFIXES)";

/// Makes a virtual environment and puts a module into it.
fn virtual_environment(world: &World, name: &str) -> PathBuf {
    let mut command = world.command(PYTHON);
    command.args(["-m", "venv", "--without-pip", name]);
    world.says(command);
    let root = world.path().join(name);
    let mut lib = fs::read_dir(root.join("lib")).expect("a library folder");
    let lib = lib.next().expect("one Python").expect("readable").path();
    fs::write(lib.join("site-packages/inside.py"), "print('inside')").expect("a module");
    root
}

#[test]
fn a_virtual_environment() {
    let world = World::new();
    let root = virtual_environment(&world, "venv");
    let link = root.join("bin/pyaot");
    symlink(PYAOT, &link).expect("a link");
    let code = format!("{WHERE}\nimport inside");
    for options in [&["-c"][..], &["-I", "-c"], &["-E", "-c"]] {
        let mut command = world.command(root.join("bin/python"));
        command.args(options).arg(&code);
        let python = world.says(command);
        assert!(python.ends_with("inside"));
        // Activated.
        let mut command = world.command(PYAOT);
        command.env("VIRTUAL_ENV", &root).args(options).arg(&code);
        assert_eq!(world.says(command), python);
        // From its folder, and another one activated.
        let mut command = world.command(&link);
        command
            .env("VIRTUAL_ENV", "/nowhere")
            .args(options)
            .arg(&code);
        assert_eq!(world.says(command), python);
        // Relative, and found on PATH.
        for (name, path) in [
            ("venv/bin/pyaot", "/bin"),
            ("./venv/bin/pyaot", "/bin"),
            ("pyaot", "venv/bin:/bin"),
        ] {
            let mut command = world.command("/bin/bash");
            command
                .env("PATH", path)
                .args(["-c", "exec \"$0\" \"$@\"", name])
                .args(options)
                .arg(&code);
            assert_eq!(world.says(command), python);
        }
    }
    // Children without the variable stay inside.
    world.file("code.py", &code);
    let mut command = world.command(&link);
    command.args([
        "-c",
        "import subprocess, sys; subprocess.run([sys.executable, 'code.py'], env={})",
    ]);
    assert!(world.says(command).ends_with("inside"));
    // Even the environment's own python may be replaced.
    fs::remove_file(root.join("bin/python")).expect("it is there");
    symlink(PYAOT, root.join("bin/python")).expect("a link");
    let mut command = world.command(root.join("bin/python"));
    command.args(["-c", &code]);
    assert!(world.says(command).ends_with("inside"));
}

/// A file beside the executable says all of `sys.path`, and isolates.
#[test]
fn a_path_file_beside_the_executable() {
    let world = World::new();
    let mut command = world.command(PYTHON);
    command.args(["-c", "import sys; print('\\n'.join(sys.path[1:]))"]);
    let paths = world.says(command);
    let code = "import sys; print(sys.path, sys.flags.no_site, sys.flags.isolated, sys.executable, sys.prefix)";
    let says = |executable: &str, name: &str| {
        let link = world.path().join(name);
        symlink(executable, &link).expect("a link");
        world.file(
            &format!("{name}._pth"),
            &format!("{paths}\nfake\n..\n# no\n"),
        );
        let mut command = world.command(&link);
        command.env("VIRTUAL_ENV", "/nowhere").args(["-c", code]);
        let text = world.says(command);
        fs::remove_file(link).expect("it is there");
        text
    };
    let python = says(PYTHON, "here");
    assert!(python.contains("fake"), "{python}");
    assert_eq!(says(PYAOT, "here"), python);
}

#[test]
fn a_virtual_environment_that_does_not_fit() {
    let world = World::new();
    let root = virtual_environment(&world, "venv");
    let mut command = world.command(PYTHON);
    command.args(["-c", WHERE]);
    let base = world.says(command);
    let here = |root: &Path| {
        let mut command = world.command(PYAOT);
        command.env("VIRTUAL_ENV", root).args(["-c", WHERE]);
        world.says(command)
    };
    assert_ne!(here(&root), base);
    assert_eq!(here(Path::new("/nowhere")), base);
    assert_eq!(here(Path::new("")), base);
    let settings = "home = /usr/bin\nversion = 3.9.1\n";
    fs::write(root.join("pyvenv.cfg"), settings).expect("a file");
    assert_eq!(here(&root), base);
    let mut command = world.command(PYAOT);
    command.env("VIRTUAL_ENV", &root).arg("doctor");
    let report = world.says(command);
    assert!(report.contains("is not one of CPython"), "{report}");
}

#[test]
fn environments_it_makes_hold_plain_python() {
    let world = World::new();
    let make = |program: &str| {
        let root = world.path().join("venv");
        let mut command = world.command(program);
        command.args(["-m", "venv", "--without-pip", "--clear", "venv"]);
        world.says(command);
        let mut command = world.command(root.join("bin/python"));
        command.args(["-c", "import os; print(os.path.realpath('/proc/self/exe'))"]);
        let settings = fs::read_to_string(root.join("pyvenv.cfg")).expect("it is there");
        let lines = settings
            .lines()
            // For the reader only; python does not use them.
            .filter(|line| !line.starts_with("command") && !line.starts_with("executable"))
            .map(str::to_owned)
            .collect::<Vec<_>>();
        (world.says(command), lines)
    };
    assert_eq!(make(PYAOT), make(PYTHON));
}

#[test]
fn sys_executable_is_pyaot() {
    let world = World::new();
    let code = "import sys, subprocess; print(sys.executable)
child = subprocess.check_output([sys.executable, '-c', 'import sys; print(sys.executable)'], text=True)
assert child.strip() == sys.executable, child";
    let link = world.path().join("snake");
    symlink(PYAOT, &link).expect("a link");
    let link = link.to_str().expect("UTF-8");
    let shell = |line: &str| {
        let mut command = world.command("/bin/bash");
        command
            .env("PATH", format!("{}:/bin", world.path().display()))
            .args(["-c", &format!("{line} -c \"$0\""), code]);
        world.says(command)
    };
    assert_eq!(shell(PYAOT), PYAOT);
    assert_eq!(shell("./snake"), link);
    assert_eq!(shell("snake"), link);
    assert_eq!(shell(&format!("exec -a nonsense {PYAOT}")), PYAOT);
    assert_eq!(shell(&format!("exec -a /bin/ls {PYAOT}")), PYAOT);
    assert_eq!(shell(&format!("exec -a '' {PYAOT}")), PYAOT);
}

#[test]
fn doctor() {
    let world = World::new();
    let ask = |args: &[&str], env: &[(&str, &str)]| {
        let mut command = world.command(PYAOT);
        command.args(args).envs(env.iter().copied());
        let output = run_plainly(command, "");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        (output.status.code(), text)
    };
    let (status, report) = ask(&["doctor"], &[]);
    assert_eq!(status, Some(0), "{report}");
    for word in [
        PYTHON,
        PYAOT,
        "libpython3.",
        "compiling        on",
        ".cache/pyaot",
    ] {
        assert!(report.contains(word), "{word} is not in:\n{report}");
    }
    let (status, report) = ask(
        &["doctor"],
        &[("PYAOT", "0"), ("PYAOT_CACHE_DIR", "/cache")],
    );
    assert_eq!(status, Some(1), "{report}");
    assert!(report.contains("off: PYAOT=0 is set"), "{report}");
    assert!(report.ends_with(" /cache\n"), "{report}");
    // Whatever can be run goes first.
    for command in ["doctor", "compile", "explain"] {
        world.file(command, "import sys; print(sys.argv)");
        for name in [command, &format!("./{command}")] {
            let expected = (Some(0), format!("['{name}', '--profile']\n"));
            assert_eq!(ask(&[name, "--profile"], &[]), expected);
            world.same(&[name]);
        }
    }
    fs::remove_file(world.path().join("doctor")).expect("it is there");
    world.file("doctor/__main__.py", "print('a folder')");
    let expected = (Some(0), "a folder\n".to_owned());
    assert_eq!(ask(&["doctor"], &[]), expected);
}

/// With a structure that is laid out in another way, nothing is compiled, the doctor names it, and scripts run.
#[test]
fn a_layout_that_does_not_fit() {
    let world = World::new();
    world.file(
        "hot.py",
        "def f(x): return x + 1
x = 0
for _ in range(5000): x = f(x)
print(x)",
    );
    for wrong in [None, Some("LIST_ITEMS"), Some("FRAME_LOCALSPLUS")] {
        let ask = |argument: &str| {
            let mut command = world.command(PYAOT);
            command.arg(argument).env("PYAOT_STATS", "stats");
            if let Some(name) = wrong {
                command.env("PYAOT_TEST_LAYOUT", name);
            }
            run_plainly(command, "")
        };
        let output = ask("hot.py");
        assert!(output.status.success(), "{}", shown(&output));
        assert_eq!(
            (&*output.stdout, &*output.stderr),
            (&b"5000\n"[..], &b""[..])
        );
        let stats = fs::read_to_string(world.path().join("stats"));
        let _ = fs::remove_file(world.path().join("stats"));
        let doctor = ask("doctor");
        let report = String::from_utf8_lossy(&doctor.stdout).into_owned();
        match wrong {
            None => {
                assert!(stats.expect("compiling").contains("\"f\""));
                assert_eq!(doctor.status.code(), Some(0), "{report}");
            }
            Some(name) => {
                assert!(stats.is_err(), "compiled with a wrong {name}");
                assert_eq!(doctor.status.code(), Some(1), "{report}");
                let line = format!("compiling        off: the layout check failed: {name} is");
                assert!(report.contains(&line), "{report}");
            }
        }
    }
}

/// The examples of the README.
#[test]
fn examples() {
    let world = World::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let mut count = 0;
    for example in fs::read_dir(folder).expect("a folder").flatten() {
        let path = example.path();
        if path.extension().is_some_and(|kind| kind == "py") {
            let output = world.same(&[path.to_str().expect("UTF-8")]);
            // The NumPy demo says so where there is none; then python does as well.
            let lacks = String::from_utf8_lossy(&output.stderr).contains("has no NumPy");
            assert!(output.status.success() || lacks, "{}", shown(&output));
            count += 1;
        }
    }
    assert!(count > 0);
}
