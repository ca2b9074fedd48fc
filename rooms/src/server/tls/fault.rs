//! What is wrong with a file that is given.

use std::fmt;
use std::io;

/// What is wrong with a file.
#[derive(Debug)]
#[non_exhaustive]
pub enum FileFault {
    /// It cannot be read.
    Unreadable(io::Error),
    /// No certificate is in it, or one that is damaged.
    NoCertificate,
    /// No key is in it, or one that needs a password.
    NoKey,
    /// The key belongs to another certificate.
    WrongKey,
    /// Others than its owner can read it: its permissions.
    Open(u32),
}

impl fmt::Display for FileFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FileFault::Unreadable(error) => write!(f, "it cannot be read: {error}"),
            FileFault::NoCertificate => f.write_str("it holds no certificate in PEM"),
            FileFault::NoKey => f.write_str("it holds no private key in PEM without a password"),
            FileFault::WrongKey => f.write_str("it is not the key of this certificate"),
            FileFault::Open(mode) => write!(
                f,
                "others can read it (its mode is {mode:03o}): make it yours alone with chmod 600"
            ),
        }
    }
}
