//! What `lapwing replay` takes.

use std::path::PathBuf;
use std::time::Duration;

const EXAMPLES: &str = "Examples:
  lapwing replay tea.log
      Feeds the log of a call to an engine, tells what happens, checks that it is what happened
      then, and shows the state at the end.
  lapwing replay tea.log --until 3.5
      Stops there and shows the state.
  lapwing replay tea.log --all --json
      Every datagram and frame too; one JSON object a line.

Status: 0 when all is as it was, 1 when it is not, 2 when the file cannot be read to its end.";

/// Do a logged call again.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// What `lapwing call --log` wrote.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Stop so many seconds after the start of the connection.
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub until: Option<Duration>,
    /// Tell every datagram, frame and wake-up.
    #[arg(long)]
    pub all: bool,
    /// Compare every byte. That holds in a process with the clock and the randomness of the
    /// logged one, as in a simulation; in others the bytes of DTLS, RTP and RTCP differ.
    #[arg(long)]
    pub exact: bool,
    /// Tell everything as JSON, one object a line.
    #[arg(long)]
    pub json: bool,
}

fn seconds(text: &str) -> Result<Duration, String> {
    let fault = || format!("{text:?} is no time: seconds, as 3.5");
    let seconds: f64 = text.parse().map_err(|_| fault())?;
    Duration::try_from_secs_f64(seconds).map_err(|_| fault())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        assert_eq!(seconds("3.5"), Ok(Duration::from_millis(3500)));
        for bad in ["-1", "x", "inf", "nan", ""] {
            assert!(seconds(bad).is_err(), "{bad}");
        }
    }
}
