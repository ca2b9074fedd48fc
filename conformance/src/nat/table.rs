//! `docs/nat-lab.md`.

use std::fmt::Write as _;

use super::{Cell, Outcome};
use crate::wall::Stop;

/// What stands above the table.
const HEAD: &str = "\
# Calls through NATs of the kernel

Each row is a call between two programs in network namespaces, with a STUN and TURN server on the street between them: sound and pictures both ways, checked by their
content. Boxes are nftables: EI is an endpoint-independent mapping (`masquerade`), APD an address-and-port-dependent one (`masquerade random`), both filter
by address and port; \"public\" is no box. Selected are the kinds of candidates of the pair in use: each side's own / the other's as it sees it. Times
are from the request for an offer until both sides told that ICE, and the whole connection, was connected; the harness looks every 40 ms, and
there is no delay in this network. The pair is looked at once frames flow; a better one has ten seconds to take over.

    cargo run -p lapwing -- conformance nat --write docs/nat-lab.md

| subject | behind | may use | peer | behind | may use | server | selected, subject | selected, peer | ICE, ms | connected, ms |
|---|---|---|---|---|---|---|---|---|---|---|
";

/// The page, with these outcomes in it.
pub fn table(versions: &[String], rows: &[(Cell, Result<Outcome, Stop>)]) -> String {
    let mut text = HEAD.to_owned();
    for (cell, outcome) in rows {
        let sides = [0, 1].map(|at| {
            format!("{} | {} | {}", cell.stacks[at], cell.translators[at], cell.help[at])
        });
        let told = match outcome {
            Ok(Outcome { selected: [one, other], ice, connected }) => {
                let (ice, connected) = (ice.as_millis(), connected.as_millis());
                format!("{} | {} | {ice} | {connected}", one.join(" / "), other.join(" / "))
            }
            Err(Stop::NotApplicable(why)) => format!("not tried: {why} | | |"),
            Err(Stop::Fault(fault)) => {
                format!("**failed**: {} | | |", fault.replace(['|', '\n'], " "))
            }
        };
        let [one, other] = sides;
        writeln!(text, "| {one} | {other} | {} | {told} |", cell.server)
            .expect("a string takes what is written");
    }
    writeln!(text, "\nWith {}.", versions.join(", ")).expect("a string takes what is written");
    text
}

#[cfg(test)]
mod tests {
    use super::table;
    use crate::nat::CELLS;
    use crate::wall::Stop;

    #[test]
    fn each_row_has_as_many_columns_as_the_head() {
        let cell = CELLS[0][0];
        let failed = (cell, Err(Stop::fault("a|b\nc")));
        let text =
            table(&["X 1".to_owned()], &[failed, (cell, Err(Stop::NotApplicable("y".into())))]);
        let bars = text.lines().filter(|line| line.starts_with('|'));
        assert!(bars.clone().count() == 4, "{text}");
        assert!(bars.into_iter().all(|line| line.matches('|').count() == 12), "{text}");
    }
}
