//! Tells the linker what two crates leave out: espeak-ng's sonic, and where ONNX Runtime lies at run time.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    // espeak-rs-sys builds espeak-ng against Debian's libsonic but does not link it.
    println!("cargo:rustc-link-lib=dylib=sonic");
    // A checkout runs with the library that `make deps` fetched; an installed Allô with the one beside it.
    let checkout = std::env::var("CARGO_MANIFEST_DIR").expect("set by cargo");
    println!("cargo:rustc-link-arg=-Wl,-rpath,{checkout}/models/onnxruntime");
    println!("cargo:rustc-link-arg=-Wl,-rpath,$ORIGIN/../lib/allo");
}
