//! What `lapwing sim live` takes.

use std::ffi::OsString;
use std::path::PathBuf;

use lapwing_simnet::passage::Between;

const EXAMPLES: &str = "Examples:
  lapwing sim live rfc8867-5.1-owd50 -- sh -c 'ping -c 5 $LAPWING_LIVE_PEER'
      Round trips over the scenario's links: twice 50 ms, and what waits.
  lapwing sim live my.toml --peer-command 'iperf3 -s -1' -- sh -c 'iperf3 -c $LAPWING_LIVE_PEER'
      A server on the far side, a client on the near one.
  lapwing sim live my.toml --link uplink,downlink --seconds 60 --out target/live -- ./my-call
      Over two links of the scenario alone, for a minute; leaves in target/live:
        live.json      timing, what became of packets, figures and series of links
        report.html    charts of the links
        run.pcapng     what each side sent and was given, and what was dropped, for Wireshark
  lapwing sim live my.toml -- sh -c 'ip netns exec $LAPWING_LIVE_PEER_NS ./server & ./client'
      A command that starts both sides itself.

COMMAND runs in a network namespace (near), and --peer-command in another (far). The only way from one to the
other leads through the scenario's links, with its cross traffic. Flows, NATs, servers and actions of the scenario
have no part in it. Environment of both: LAPWING_LIVE_LOCAL, LAPWING_LIVE_PEER (IPv4), LAPWING_LIVE_LOCAL6,
LAPWING_LIVE_PEER6 (IPv6), LAPWING_LIVE_NS, LAPWING_LIVE_PEER_NS (namespaces, as `ip netns` knows them).
It needs root.

Exit status: that of COMMAND, and 128 and the signal's number where a signal ended it; 4 when COMMAND succeeded,
but packets were late by more than --error-max-ms and --error-peak-ms allow: then it says nothing of the network;
2 when COMMAND was not started, because the command line, the scenario or the machine is not fit; 3 when the network
broke under it; 130 after Ctrl-C. A COMMAND that is ended when --seconds are over has succeeded. `command` and
`verdict` of --json tell them apart.";

/// What `lapwing sim live` takes.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct LiveArgs {
    /// A scenario by its name, or a file.
    #[arg(value_name = "NAME|FILE")]
    pub scenario: String,
    /// The place where COMMAND is; without it, where the scenario's way begins.
    #[arg(long, value_name = "PLACE", requires = "to", conflicts_with = "link")]
    pub from: Option<String>,
    /// The place where its peer is; without it, where the way ends.
    #[arg(long, value_name = "PLACE", requires = "from")]
    pub to: Option<String>,
    /// The link that COMMAND sends over, and after a comma the one that leads back: they are at its
    /// ends.
    #[arg(long, value_name = "LINK[,BACK]")]
    pub link: Option<String>,
    /// The seed of everything random. Without it, the scenario's first.
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// The longest that it takes; then COMMAND is ended. Without it, the scenario's duration.
    #[arg(long, value_name = "N", value_parser = seconds)]
    pub seconds: Option<f64>,
    /// Another command, run by `sh -c` on the far side. It is ended after COMMAND.
    #[arg(long, value_name = "COMMAND")]
    pub peer_command: Option<String>,
    /// So many seconds before COMMAND, which is the scenario's time zero, the other command starts.
    #[arg(long, value_name = "N", default_value = "0.5", value_parser = lead)]
    pub lead: f64,
    /// Folder for figures, charts and the capture; it is made.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Leave out run.pcapng.
    #[arg(long)]
    pub no_pcap: bool,
    /// The most that run.pcapng may have, in MB; the rest is left out.
    #[arg(long, value_name = "MB", default_value_t = 256, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    pub log_limit: u64,
    /// The most that 99 of 100 packets may be late for the run to be conclusive.
    #[arg(long, value_name = "MS", default_value = "2", value_parser = bound)]
    pub error_max_ms: f64,
    /// The most that any packet may be late.
    #[arg(long, value_name = "MS", default_value = "10", value_parser = bound)]
    pub error_peak_ms: f64,
    /// Print figures as JSON when it is over, on a line, instead of text on the error output.
    #[arg(long)]
    pub json: bool,
    /// What to run, with its arguments.
    #[arg(last = true, required = true, value_name = "COMMAND")]
    pub command: Vec<OsString>,
}

impl LiveArgs {
    /// Between which places it is.
    pub(super) fn between(&self) -> Between {
        match (&self.link, &self.from, &self.to) {
            (Some(link), ..) => match link.split_once(',') {
                Some((link, back)) => Between::Link(link.to_owned(), Some(back.to_owned())),
                None => Between::Link(link.clone(), None),
            },
            (None, Some(from), Some(to)) => Between::Places(from.clone(), to.clone()),
            _ => Between::Way,
        }
    }
}

fn within(text: &str, least: f64, most: f64) -> Result<f64, String> {
    let value: f64 = text.parse().map_err(|_| "it is no number".to_owned())?;
    let fits = (least..=most).contains(&value);
    if fits { Ok(value) } else { Err(format!("it is not from {least} to {most}")) }
}

/// A day at most.
fn seconds(text: &str) -> Result<f64, String> {
    within(text, 0.1, 86_400.0)
}

fn lead(text: &str) -> Result<f64, String> {
    within(text, 0.0, 600.0)
}

fn bound(text: &str) -> Result<f64, String> {
    within(text, 0.001, 60_000.0)
}
