//! Names that may stand in one folder only.

use super::fault::{Fault, lies_in};
use super::source::{Source, is_name};

/// A seam: names on one side of it only.
struct Seam {
    names: Names,
    /// Folders or files in which the names may stand, each with its reason.
    places: &'static [(&'static str, &'static str)],
    remedy: &'static str,
}

enum Names {
    /// Crates, where a path starts with them: `tokio::spawn`, but not `lapwing_drivers::tokio`.
    Crates(&'static [&'static str]),
    /// Types, wherever they are named.
    Types(&'static [&'static str]),
    /// Texts by their begin, tests apart.
    Texts(&'static [&'static str]),
}

const SEAMS: &[Seam] = &[
    Seam {
        names: Names::Crates(&["str0m", "str0m_proto"]),
        places: &[
            ("engine/src/session/str0m", "the session over it"),
            (
                "benches/benches/raw",
                "the bare library beside the engine: what that adds is the ratio",
            ),
            ("conformance/peers/str0m", "the bare library as a peer of the wall"),
        ],
        remedy: "speak in the engine's own types; only engine/src/session/str0m/ names str0m",
    },
    Seam {
        names: Names::Crates(&["sctp_proto", "dcsctp"]),
        places: &[
            ("engine/tests/it/associations/over_sctp_proto", "a peer of our association in tests"),
            ("engine/tests/it/associations/over_dcsctp", "a peer of our association in tests"),
        ],
        remedy: "use lapwing_engine::sctp: the association is ours",
    },
    Seam {
        names: Names::Texts(&["a=", "m=", "c=", "o=", "v=0", "c=IN"]),
        places: &[
            ("engine/src/sdp", "text to typed description, and back"),
            ("engine/src/jsep", "offer and answer, and what is wrong with one"),
            ("engine/src/candidate", "a candidate may be signalled with its attribute's begin"),
            ("conformance", "tests, peers and cases of the wall that edit what stacks said"),
            ("xtask/tests", "this rule"),
        ],
        remedy: "use lapwing_engine::sdp: a description is read once and written once",
    },
    Seam {
        names: Names::Crates(&[
            "mio",
            "smol",
            "tokio",
            "tokio_openssl",
            "tokio_tungstenite",
            "quinn_udp",
        ]),
        places: &[
            ("drivers", "runtimes are what drivers are for"),
            ("rooms/src/server", "the room server runs on axum, and axum on tokio"),
            ("rooms/src/limits/budget", "a share is a permit of tokio's semaphore"),
            ("rooms/src/forward/thread", "tells its end to the server over tokio's channel"),
            ("rooms/src/forward/tests/thread", "hears of that end"),
            ("rooms/src/client/runtimes", "starts the runtime in which the chosen driver waits"),
            ("rooms/tests", "tests of the room server"),
            ("cli/src/serve/run", "starts the runtime of the room server, and hears signals in it"),
            ("cli/tests", "tests of the room server"),
            ("conformance/src/agent/run", "starts the runtime in which a driver waits"),
            ("conformance/tests/it/engine/echo", "runs the drivers' example"),
            ("conformance/tests/it/engine/names", "runs peers under every driver"),
        ],
        remedy: "use lapwing-drivers; or add an exception with its reason to tidy/seams.rs",
    },
    Seam {
        names: Names::Types(&[
            "UdpSocket",
            "TcpStream",
            "TcpListener",
            "TcpSocket",
            "UnixStream",
            "UnixListener",
            "UnixDatagram",
        ]),
        places: &[
            ("drivers", "sockets are what drivers are for"),
            (
                "conformance/examples/hearing_beside_chromium/talker",
                "sends to a browser over a link that loses",
            ),
            ("conformance/peers/rust", "programs that stand before stacks without sockets"),
            ("conformance/src/browser", "the browsers' control channel and pages"),
            ("conformance/src/nat/server", "asks whether a relay under test listens"),
            ("conformance/tests/it/browser", "servers beside the browsers under test"),
            ("conformance/tests/it/engine/echo", "posts an offer to the drivers' example"),
            ("conformance/tests/it/vectors/dtls", "handshakes with OpenSSL and GnuTLS"),
            ("conformance/tests/it/netns", "asks which addresses a namespace has"),
            ("conformance/tests/it/live", "programs that talk over a live scenario"),
            ("conformance/tests/it/network", "sends over the link between two namespaces"),
            (
                "conformance/tests/it/tbf",
                "sends through the kernel what the laboratory is held against",
            ),
            (
                "conformance/tests/it/kernel_tcp",
                "sends by the kernel's TCP what the laboratory's is held against",
            ),
            ("rooms/src/server", "the room server"),
            (
                "rooms/src/client/socket",
                "the WebSocket to the room server, no path of the engine's",
            ),
            ("benches/benches/loopback/plain", "the yardstick beside the drivers"),
            ("benches/examples/relay", "clients of two relays, which are what is measured"),
            ("rooms/tests", "tests of the room server"),
            ("cli/tests", "tests of the room server"),
        ],
        remedy: "sockets belong to drivers; or add an exception with its reason to tidy/seams.rs",
    },
];

impl Names {
    fn stand_at(&self, source: &Source, index: usize) -> bool {
        let text = |index: usize| source.tokens.get(index).map_or("", |token| token.text.as_str());
        match self {
            Self::Types(names) => names.contains(&text(index)),
            Self::Texts(begins) => {
                let literal = source.tokens[index].literal.trim_start_matches('b');
                literal
                    .strip_prefix('"')
                    .is_some_and(|rest| begins.iter().any(|begin| rest.starts_with(begin)))
                    && !source.is_test(source.tokens[index].line)
            }
            Self::Crates(names) => {
                let goes_on = text(index + 1) == ":" && text(index + 2) == ":";
                // A colon alone comes before a type, two after nothing before a crate.
                let goes_before = |back: usize| index.checked_sub(back).map_or("", text);
                let starts =
                    !(goes_before(1) == ":" && goes_before(2) == ":" && is_name(goes_before(3)));
                starts && goes_on && names.contains(&text(index))
            }
        }
    }
}

/// Names on the wrong side of a seam.
pub(crate) fn check(source: &Source) -> Vec<Fault> {
    let mut faults = Vec::new();
    for seam in SEAMS {
        if seam.places.iter().any(|(place, _)| lies_in(&source.path, place)) {
            continue;
        }
        let places = 0..source.tokens.len();
        for index in places.filter(|index| seam.names.stand_at(source, *index)) {
            let token = &source.tokens[index];
            let what = format!("`{}{}` is named outside its room", token.text, token.literal);
            faults.push(Fault::new(&source.path, token.line, what, seam.remedy));
        }
    }
    faults
}

mod tests {
    use super::{Source, check};

    fn lines(path: &str, text: &str) -> Vec<usize> {
        let source = Source::parse(path, text).expect("the sample is Rust");
        check(&source).into_iter().map(|fault| fault.line).collect()
    }

    #[test]
    fn the_session_alone_names_str0m() {
        let text = "//! Over str0m.\nuse crate::Mid;\nuse str0m::Rtc;\n";
        assert_eq!(lines("engine/src/rtc.rs", text), [3]);
        assert_eq!(lines("engine/src/session/seam.rs", text), [3]);
        assert!(lines("engine/src/session/str0m/run.rs", text).is_empty());
        assert!(lines("engine/src/session/str0m.rs", text).is_empty());
    }

    #[test]
    fn runtimes_are_told_from_our_drivers_of_the_same_name() {
        let text = "use lapwing_drivers::tokio::Driver;\n#[tokio::test]\nasync fn a() {\n  let b = ::tokio::spawn(c);\n  let d: tokio::D;\n}\n";
        assert_eq!(lines("cli/src/a.rs", text), [2, 4, 5]);
        assert_eq!(lines("rooms/src/server/a.rs", text).len(), 0);
    }

    #[test]
    fn descriptions_are_written_in_two_rooms() {
        let text = "fn a(sdp: &str) {\n  sdp.find(\"a=mid:\");\n  b(\"ma=\", b\"m=video\");\n}\n";
        assert_eq!(lines("rooms/src/a.rs", text), [2, 3]);
        assert!(lines("engine/src/sdp/write/a.rs", text).is_empty());
        assert!(lines("rooms/src/a/tests.rs", text).is_empty());
    }

    #[test]
    fn sockets_are_found_wherever_they_hide() {
        let text = "fn a() {\n  run!(std::net::UdpSocket::bind(x));\n}\n";
        assert_eq!(lines("media/src/a.rs", text), [2]);
        assert!(lines("drivers/src/a.rs", text).is_empty());
    }
}
