//! Why a request comes to nothing.

use std::fmt;

use serde_json::{Value, json};

/// An error of the protocol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// This cannot be done here.
    Unsupported(String),
    /// The engine refused it, in its own words.
    Refused(String),
    /// Something else broke.
    Failed(String),
}

impl Fault {
    pub(super) fn refused(error: impl fmt::Display) -> Fault {
        Fault::Refused(error.to_string())
    }

    pub(super) fn failed(error: impl fmt::Display) -> Fault {
        Fault::Failed(error.to_string())
    }

    /// The reply to request `id`.
    pub(super) fn reply(&self, id: &Value) -> Value {
        let (kind, text) = match self {
            Fault::Unsupported(text) => ("unsupported", text),
            Fault::Refused(text) => ("refused", text),
            Fault::Failed(text) => ("failed", text),
        };
        json!({"id": id, "error": {"kind": kind, "text": text}})
    }
}
