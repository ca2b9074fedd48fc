//! Errors of a reply.

use serde_json::{Value, json};

/// Why a request was not obeyed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The stack cannot do that.
    Unsupported(String),
    /// The stack's own words.
    Refused(String),
    /// Something else broke.
    Failed(String),
}

impl Fault {
    /// The stack cannot do that.
    pub fn unsupported(text: impl Into<String>) -> Self {
        Fault::Unsupported(text.into())
    }

    /// The stack refused it.
    pub fn refused(text: impl ToString) -> Self {
        Fault::Refused(text.to_string())
    }

    /// Something else broke.
    pub fn failed(text: impl ToString) -> Self {
        Fault::Failed(text.to_string())
    }

    /// As in the protocol.
    pub fn to_json(&self) -> Value {
        let (kind, text) = match self {
            Fault::Unsupported(text) => ("unsupported", text),
            Fault::Refused(text) => ("refused", text),
            Fault::Failed(text) => ("failed", text),
        };
        json!({ "kind": kind, "text": text })
    }
}
