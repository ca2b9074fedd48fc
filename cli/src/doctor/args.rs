//! What `lapwing doctor` takes.

use crate::ice::ServerArgs;

const EXAMPLES: &str = "Examples:
  lapwing doctor stun:stun.example.org turn:relay.example.org --username ada --credential secret
      Asks the servers by UDP, and relays by TCP too, and says what is wrong.
  lapwing doctor stun:a.example.org stun:b.example.org
      Two servers tell whether the NAT maps each destination to another port. One of them tells
      all of its mapping and filtering, where it has two addresses (RFC 5780).

Exit status: 0 when nothing is wrong, 1 when something is, 2 when the command is wrong.";

/// Find out why peers do not reach each other.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The servers, and how to ask them.
    #[command(flatten)]
    pub servers: ServerArgs,
    /// Tell everything as one JSON object.
    #[arg(long)]
    pub json: bool,
}
