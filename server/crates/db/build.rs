//! The migrations are embedded; a new step has to build this crate anew.

fn main() {
    println!("cargo:rerun-if-changed=../../../migrations");
}
