//! rustc's own view of the macro: a few cases, on the pinned toolchain. They are here because this package compiles no AWS
//! crate. Most diagnostics are tested by caret fixtures, without rustc.

#[test]
fn ui() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("ui/fail_*.rs");
    cases.pass("ui/pass_*.rs");
}
