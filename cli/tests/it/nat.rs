//! Calls through NATs of the kernel: a few of the kinds in `docs/nat-lab.md`.

use std::path::Path;

use lapwing_conformance::browser::{Kind, stage};
use lapwing_conformance::nat::{Cell, Help, Server, Stack, Translator, play};
use lapwing_conformance::skip;

/// Has ours and `peer` call each other.
fn calls(test: &str, peer: Stack, translators: [Translator; 2], help: [Help; 2], server: Server) {
    let browsers: Vec<Kind> = match peer {
        Stack::Lapwing => Vec::new(),
        Stack::Browser(kind) => vec![kind],
    };
    let cell = Cell { stacks: [Stack::Lapwing, peer], translators, help, server };
    // One at a time: their load would make each other late.
    stage(test, &browsers, || {
        let folder = tempfile::tempdir()?;
        match play(&cell, Path::new(env!("CARGO_BIN_EXE_lapwing")), folder.path()) {
            Ok(outcome) => {
                let outcome = outcome.map_err(|stop| format!("{cell}: {stop}"))?;
                println!("{cell}: {outcome:?}");
                Ok(())
            }
            Err(error) if error.is_lack() => {
                skip::note(test, &error);
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    });
}

#[test]
fn two_of_ours_meet_directly_behind_endpoint_independent_mappings() {
    calls(
        "nat::two_of_ours_meet_directly_behind_endpoint_independent_mappings",
        Stack::Lapwing,
        [Translator::EndpointIndependent; 2],
        [Help::Stun; 2],
        Server::Coturn,
    );
}

#[test]
fn two_of_ours_meet_by_relays_over_tcp_where_udp_is_blocked() {
    calls(
        "nat::two_of_ours_meet_by_relays_over_tcp_where_udp_is_blocked",
        Stack::Lapwing,
        [Translator::UdpBlocked; 2],
        [Help::All; 2],
        Server::Coturn,
    );
}

#[test]
fn ours_and_chromium_meet_by_relays_behind_address_and_port_dependent_mappings() {
    calls(
        "nat::ours_and_chromium_meet_by_relays_behind_address_and_port_dependent_mappings",
        Stack::Browser(Kind::Chromium),
        [Translator::AddressAndPortDependent; 2],
        [Help::All; 2],
        Server::Lapwing,
    );
}

#[test]
fn ours_and_firefox_meet_directly_behind_endpoint_independent_mappings() {
    calls(
        "nat::ours_and_firefox_meet_directly_behind_endpoint_independent_mappings",
        Stack::Browser(Kind::Firefox),
        [Translator::EndpointIndependent; 2],
        [Help::All; 2],
        Server::Coturn,
    );
}

#[test]
fn ours_and_chromium_find_each_other_by_names() {
    calls(
        "nat::ours_and_chromium_find_each_other_by_names",
        Stack::Browser(Kind::Chromium),
        [Translator::None; 2],
        [Help::Names; 2],
        Server::Coturn,
    );
}

#[test]
fn chromium_connects_to_ours_by_tcp_where_udp_is_blocked() {
    calls(
        "nat::chromium_connects_to_ours_by_tcp_where_udp_is_blocked",
        Stack::Browser(Kind::Chromium),
        [Translator::None, Translator::UdpBlocked],
        [Help::IceTcp; 2],
        Server::Coturn,
    );
}
