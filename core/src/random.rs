//! What is random: names of runs, lineages and journals, and passwords. Not here: names on AWS, which never are.

use std::io;

fn fill(bytes: &mut [u8]) -> io::Result<()> {
    getrandom::fill(bytes)
        .map_err(|error| io::Error::other(format!("the system gives no random numbers: {error}")))
}

/// Sixteen random hexadecimal digits.
///
/// # Errors
/// When the system has no randomness.
pub(crate) fn id() -> io::Result<String> {
    let mut bytes = [0_u8; 8];
    fill(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// A text that must not be seen. It can't be printed, compared, copied or serialised, so that it gets into no plan, state,
/// journal, log or error; it goes where [`Secret::expose`] is written.
pub(crate) struct Secret(String);

impl Secret {
    /// A new password: 32 of 64 characters, which is 192 bits, and none of those that RDS refuses (RDS-053).
    ///
    /// # Errors
    /// When the system has no randomness.
    pub(crate) fn password() -> io::Result<Self> {
        const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let mut bytes = [0_u8; 32];
        fill(&mut bytes)?;
        Ok(Self(bytes.iter().map(|byte| char::from(ALPHABET[usize::from(byte % 64)])).collect()))
    }

    /// The text, for the one call that needs it.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}
