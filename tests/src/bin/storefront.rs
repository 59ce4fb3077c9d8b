//! What a user's own deploy command looks like: all of it. The command-line tests run it.

fn main() -> std::process::ExitCode {
    polyregion::cli::run(polyregion_examples::storefront::topology())
}
