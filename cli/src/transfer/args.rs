//! What `lapwing send` and `lapwing receive` take.

use std::path::PathBuf;

use crate::join::JoinArgs;

const SEND_EXAMPLES: &str = "Examples:
  lapwing send photos.tar http://127.0.0.1:8080/r/tea
      Waits until somebody is in the room, and sends the file to them.
  lapwing send notes.txt https://call.example.org/r/tea --to Ada
      Sends it to Ada, whoever else is there.
  lapwing send photos/ notes.txt http://127.0.0.1:8080/r/tea
      Sends a folder with all that is in it, and a file: four at a time.
  lapwing send disk.img 'http://127.0.0.1:8080/r/tea?mode=direct'
      Without the server between: the room is for two, if this opens it.

The other side may be a browser in the room, or `lapwing receive`. When the connection breaks the
transfer waits, and goes on where it was.

Exit status: 0 when all files arrived whole, 1 when not, 2 when the command is wrong, 101 after a fault
of the program itself, 130 after a second Ctrl-C.";

const RECEIVE_EXAMPLES: &str = "Examples:
  lapwing receive http://127.0.0.1:8080/r/tea
      Waits for a file, or for all that somebody sends at once, and puts it here.
  lapwing receive http://127.0.0.1:8080/r/tea --out inbox --count 0
      Takes everything that is offered, until Ctrl-C.
  lapwing receive http://127.0.0.1:8080/r/tea --reuse
      A newer version of a file that is here: only blocks that changed are sent.

An unfinished file is kept as SHA256-SIZE.part; when it is offered again, in whatever room, only
what is missing or was spoiled is sent. No file is ever replaced, and none is kept whose SHA-256 is
wrong.

Exit status: 0 when all that was asked for was received (with --count 0, after Ctrl-C), 1 when not, 2
when the command is wrong, 101 after a fault of the program itself, 130 after a second Ctrl-C.";

/// Send files to somebody in a room.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = SEND_EXAMPLES)]
pub struct SendArgs {
    /// Files, and folders with all files below them.
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// The room, and how to get there.
    #[command(flatten)]
    pub join: JoinArgs,
    /// Name or id of the receiver. Needed when several are in the room.
    #[arg(long, value_name = "NAME")]
    pub to: Option<String>,
    /// Give up when nothing was sent for so many seconds, be it that nobody came, nobody took the
    /// file, or the connection did not come back. Without it, wait until Ctrl-C.
    #[arg(long, value_name = "SECONDS")]
    pub wait: Option<u64>,
}

/// Receive files from a room.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = RECEIVE_EXAMPLES)]
pub struct ReceiveArgs {
    /// The room, and how to get there.
    #[command(flatten)]
    pub join: JoinArgs,
    /// The folder for the files. It is made if it is not there.
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub out: PathBuf,
    /// End after so many files, and when no more of them are announced; 0 goes on until Ctrl-C.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub count: u32,
    /// Take blocks that did not change from the newest file of the same name in the same place.
    /// The sender learns which blocks those are, and could find out by guessing what is in a file.
    #[arg(long)]
    pub reuse: bool,
    /// Refuse files of more megabytes than this.
    #[arg(long, value_name = "MB")]
    pub max_size: Option<u64>,
    /// Give up when nothing was received for so many seconds. Without it, wait until Ctrl-C.
    #[arg(long, value_name = "SECONDS")]
    pub wait: Option<u64>,
}
