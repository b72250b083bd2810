//! Starts CPython in this process and runs it exactly as `python` does (`Modules/main.c`, `pymain_main`).
//!
//! The steps are those of `python`: pre-initialise, initialise, run. Between them stand the two things that make pyaot
//! more than `python`: CPython is told which `python` it is ([`Environment`]), and the compiler's [`Hooks`] are called.
//! With `PYAOT=0` no hook is called and the process is plain CPython.

use std::ffi::{CStr, CString, OsStr, OsString, c_char};
use std::mem::MaybeUninit;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::OnceLock;
use std::{env, ptr};

use pyo3_ffi as ffi;

pub use crate::environment::{Environment, PYTHON, VERSION};
use crate::layout::check::{self, Misplaced};
use crate::layout::offsets::VERSION_HEX;
use crate::process;

/// What the compiler does at the turns of the interpreter's life. A panic in a hook ends the hook, not the process.
pub trait Hooks: Sync {
    /// Called before CPython is initialised: no object exists, no Python may run.
    fn before_init(&self) {}

    /// Called when CPython is initialised (`site` included) and nothing of the user's program has run. The calling
    /// thread is attached to the main interpreter.
    fn started(&self) {}

    /// Called at most once per process, when the program is over, its non-daemon threads are joined and its own
    /// `atexit` callbacks have run, but modules and objects are all alive. The calling thread is attached.
    ///
    /// Finalisers and daemon threads may still run Python code afterwards. It is not called when the process ends
    /// without finalising CPython (a signal, `os._exit`, `exec`) or the program drops all callbacks
    /// (`atexit._clear`). A forked child that finalises CPython calls it too.
    fn finished(&self) {}
}

/// Why nothing is compiled in this process.
#[derive(Debug, thiserror::Error)]
pub enum Off {
    /// The user said so.
    #[error("PYAOT=0 is set")]
    Disabled,
    /// Struct layouts and instruction set are those of another version.
    #[error("built against CPython {VERSION}, the library running is {running}")]
    OtherVersion {
        /// What `Py_GetVersion` says, up to the first space.
        running: String,
    },
    /// Code is generated for x86-64 Linux only.
    #[error("code is generated for x86-64 Linux only")]
    OtherTarget,
    /// The library has other struct layouts than its headers say.
    #[error("the layout check failed: {0}")]
    Layout(#[from] Misplaced),
}

/// Whether functions may be compiled in this process, for [`run`] and for `pyaot doctor`, as far as that can be said
/// before CPython runs; the rest says [`layouts`].
pub fn compiling() -> Result<(), Off> {
    if env::var_os("PYAOT").is_some_and(|value| value == "0") {
        return Err(Off::Disabled);
    }
    if !cfg!(all(target_arch = "x86_64", target_os = "linux")) {
        return Err(Off::OtherTarget);
    }
    // SAFETY: a constant of the library.
    let running = unsafe { ffi::Py_Version };
    if running as usize != VERSION_HEX {
        return Err(Off::OtherVersion {
            running: running_version(),
        });
    }
    Ok(())
}

/// The last condition: the structures of the running library are where its headers put them. CPython is initialised and
/// the calling thread is attached. `PYAOT_TEST_LAYOUT` names an offset to be taken for a wrong one (tests).
fn layouts() -> Result<(), Off> {
    let wrong = env::var("PYAOT_TEST_LAYOUT").ok();
    Ok(check::check(wrong.map(|name| &*name.leak()))?)
}

/// [`compiling`], with the structures of the library tried in an interpreter started for that, once a process.
pub fn compiling_here() -> Result<(), Off> {
    compiling()?;
    initialise(&Environment::of_this_process(), env::args_os().collect());
    layouts()
}

/// The version of the CPython library in this process, such as `3.13.0`.
pub fn running_version() -> String {
    // SAFETY: callable before initialisation; a NUL-terminated string that lives as long as the process.
    let version = unsafe { CStr::from_ptr(ffi::Py_GetVersion()) };
    let version = version.to_string_lossy();
    version.split(' ').next().unwrap_or_default().to_owned()
}

/// The file of the CPython library in this process.
pub fn library() -> Option<PathBuf> {
    let mut info = MaybeUninit::<libc::Dl_info>::zeroed();
    // SAFETY: any address may be asked for; on success `info` is filled, and its name is NUL-terminated and lives as
    // long as the library, which is never unloaded.
    unsafe {
        if libc::dladdr(ffi::Py_GetVersion as *const _, info.as_mut_ptr()) == 0 {
            return None;
        }
        let name = info.assume_init().dli_fname;
        (!name.is_null()).then(|| OsStr::from_bytes(CStr::from_ptr(name).to_bytes()).into())
    }
}

/// Runs CPython on the process's own arguments and environment and returns the exit status. It is called once, on the
/// main thread. Like `python`'s own main it may also end the process itself: `sys.exit`, `--help`, a fatal error, or
/// the SIGINT of an unhandled KeyboardInterrupt.
pub fn run(hooks: &'static dyn Hooks) -> i32 {
    run_with(hooks, env::args_os().collect())
}

/// [`run`] with these arguments; the first is the name that the process was called by.
pub fn run_with(hooks: &'static dyn Hooks, arguments: Vec<OsString>) -> i32 {
    process::restore();
    let hooks = compiling().is_ok().then_some(hooks);
    if let Some(hooks) = hooks {
        guarded(|| hooks.before_init());
    }
    let environment = Environment::of_this_process();
    initialise(&environment, arguments);
    if let Some(path) = environment.pyaot {
        set_sys_executable(path);
    }
    if let Some(hooks) = hooks.filter(|_| layouts().is_ok()) {
        call_at_end(hooks);
        guarded(|| hooks.started());
    }
    // SAFETY: CPython is initialised and the calling thread is attached; nothing uses CPython after it.
    unsafe { ffi::Py_RunMain() }
}

/// Runs a hook; a panic has been reported by the panic handler and goes no further.
fn guarded(hook: impl FnOnce()) {
    let _ = catch_unwind(AssertUnwindSafe(hook));
}

/// `pymain_init` of `Modules/main.c`, with the executable set.
fn initialise(environment: &Environment, arguments: Vec<OsString>) {
    let arguments: Vec<CString> = arguments
        .into_iter()
        .map(|argument| CString::new(argument.into_vec()).expect("argv holds C strings"))
        .collect();
    let mut argv: Vec<*mut c_char> = arguments
        .iter()
        .map(|argument| argument.as_ptr().cast_mut())
        .collect();
    argv.push(ptr::null_mut());
    let python = environment.python.as_os_str().as_bytes();
    let python = CString::new(python).expect("made of C strings");

    let mut preconfig = MaybeUninit::<ffi::PyPreConfig>::zeroed();
    // SAFETY: the function fills the structure; `argv` and what it points to outlive the calls, which copy them and
    // do not write to them.
    unsafe {
        ffi::PyPreConfig_InitPythonConfig(preconfig.as_mut_ptr());
        check(ffi::Py_PreInitializeFromBytesArgs(
            preconfig.as_ptr(),
            arguments.len() as isize,
            argv.as_mut_ptr(),
        ));
    }
    let mut config = MaybeUninit::<ffi::PyConfig>::zeroed();
    let config = config.as_mut_ptr();
    // SAFETY: the first call initialises the structure, pre-initialisation is done, and the strings are copied.
    // `parse_argv` is 1 in this configuration.
    unsafe {
        ffi::PyConfig_InitPythonConfig(config);
        check(ffi::PyConfig_SetBytesString(
            config,
            &raw mut (*config).executable,
            python.as_ptr(),
        ));
        check(ffi::PyConfig_SetBytesArgv(
            config,
            arguments.len() as isize,
            argv.as_mut_ptr().cast(),
        ));
        check(ffi::Py_InitializeFromConfig(config));
        ffi::PyConfig_Clear(config);
    }
}

/// Ends the process as `python` does when initialisation fails or, as with `--version`, has done all there is to do.
fn check(status: ffi::PyStatus) {
    // SAFETY: `status` was returned by CPython just now.
    unsafe {
        if ffi::PyStatus_Exception(status) != 0 {
            ffi::Py_ExitStatusException(status);
        }
    }
}

/// Makes `sys.executable` name pyaot, so that child processes are accelerated. Prefixes stay the real Python's.
fn set_sys_executable(path: PathBuf) {
    let path = path.as_os_str().as_bytes();
    // SAFETY: CPython is initialised and attached; the bytes are valid for the length given, and the new reference is
    // given up once `sys` holds its own.
    unsafe {
        let path = ffi::PyUnicode_DecodeFSDefaultAndSize(path.as_ptr().cast(), path.len() as isize);
        if path.is_null() || ffi::PySys_SetObject(c"executable".as_ptr(), path) < 0 {
            ffi::PyErr_Clear();
        }
        ffi::Py_XDECREF(path);
    }
}

static FINISHED: OnceLock<&'static dyn Hooks> = OnceLock::new();

unsafe extern "C" {
    /// The initialisation function of the built-in module `atexit` (`Modules/atexitmodule.c`).
    fn PyInit_atexit() -> *mut ffi::PyObject;
}

unsafe extern "C" fn finished(
    _self: *mut ffi::PyObject,
    _arguments: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    if let Some(hooks) = FINISHED.get() {
        guarded(|| hooks.finished());
    }
    // SAFETY: called by CPython, on an attached thread; the result is a new reference.
    unsafe { ffi::Py_NewRef(ffi::Py_None()) }
}

/// Registers [`finished`] with `atexit`, as its first callback, which is the last to run.
///
/// `atexit` is what `Py_FinalizeEx` calls before it touches anything; `PyUnstable_AtExit` and `Py_AtExit` come after
/// modules are gone. The module is made by hand, because an import would show in `sys.modules` and `-X importtime`;
/// the list of callbacks belongs to the interpreter, not to the module object.
fn call_at_end(hooks: &'static dyn Hooks) {
    if FINISHED.set(hooks).is_err() {
        return;
    }
    let definition = Box::leak(Box::new(ffi::PyMethodDef {
        ml_name: c"finished".as_ptr(),
        ml_meth: ffi::PyMethodDefPointer {
            PyCFunction: finished,
        },
        ml_flags: ffi::METH_NOARGS,
        ml_doc: ptr::null(),
    }));
    // SAFETY: CPython is initialised and attached. `PyInit_atexit` returns a multi-phase definition (PEP 489), static
    // and not counted, of a module without state, so a second module may be made from it; its spec needs a `name`.
    // `definition` is leaked, as CPython keeps the pointer. Each new reference is given up below.
    unsafe {
        let atexit: *mut ffi::PyModuleDef = PyInit_atexit().cast();
        let spec = ffi::PyModule_New(c"atexit".as_ptr());
        let name = ffi::PyUnicode_FromString(c"atexit".as_ptr());
        let callback = ffi::PyCFunction_NewEx(definition, ptr::null_mut(), ptr::null_mut());
        let mut module = ptr::null_mut();
        let mut registered = ptr::null_mut();
        if !spec.is_null()
            && !name.is_null()
            && !callback.is_null()
            && ffi::PyObject_SetAttrString(spec, c"name".as_ptr(), name) == 0
        {
            module = ffi::PyModule_FromDefAndSpec(atexit, spec);
        }
        if !module.is_null() && ffi::PyModule_ExecDef(module, atexit) == 0 {
            let register = ffi::PyObject_GetAttrString(module, c"register".as_ptr());
            if !register.is_null() {
                registered = ffi::PyObject_CallOneArg(register, callback);
                ffi::Py_DECREF(register);
            }
        }
        if registered.is_null() {
            // The program still runs right; what `finished` would have kept is lost.
            ffi::PyErr_Clear();
        }
        for object in [registered, module, callback, name, spec] {
            ffi::Py_XDECREF(object);
        }
    }
}
