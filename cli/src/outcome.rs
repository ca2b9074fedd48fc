//! What subcommands have in common.

use std::error::Error;

/// What a subcommand comes to. The error is shown to the person at the terminal, with its sources.
pub type Outcome = Result<(), Box<dyn Error>>;
