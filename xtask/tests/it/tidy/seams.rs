//! Names that may stand in one folder only.

use super::fault::Fault;
use super::source::Source;

/// A seam: names on one side of it only.
struct Seam {
    names: &'static [&'static str],
    /// Folders or files in which the names may stand, each with its reason.
    places: &'static [(&'static str, &'static str)],
    remedy: &'static str,
}

const SEAMS: &[Seam] = &[
    Seam {
        names: &["str0m", "str0m_proto"],
        places: &[("engine/src/session", "the seam itself: a second session will stand behind it")],
        remedy: "speak in the engine's own types; only engine/src/session/ names str0m",
    },
    Seam {
        names: &[
            "UdpSocket",
            "TcpStream",
            "TcpListener",
            "TcpSocket",
            "UnixStream",
            "UnixListener",
            "UnixDatagram",
        ],
        places: &[
            ("drivers", "sockets are what drivers are for"),
            (
                "conformance/src/browser",
                "the control channel and the pages of the browsers under test",
            ),
            ("conformance/tests/it/browser", "servers beside the browsers under test"),
            ("cli/src/serve", "the room server"),
            ("cli/src/signalling", "the room server's client"),
            ("cli/tests", "tests of the room server"),
            ("xtask/tests/it/tidy", "this table"),
        ],
        remedy: "sockets belong to drivers; or add an exception with its reason to tidy/seams.rs",
    },
];

/// Names on the wrong side of a seam.
pub(crate) fn check(source: &Source) -> Vec<Fault> {
    let mut faults = Vec::new();
    for seam in SEAMS {
        if seam.places.iter().any(|(place, _)| lies_in(&source.path, place)) {
            continue;
        }
        for token in source.tokens.iter().filter(|token| seam.names.contains(&token.text.as_str()))
        {
            let what = format!("`{}` is named outside its room", token.text);
            faults.push(Fault::new(&source.path, token.line, what, seam.remedy));
        }
    }
    faults
}

/// Whether the file is `place.rs` or lies in the folder `place`.
fn lies_in(path: &str, place: &str) -> bool {
    path.strip_prefix(place).is_some_and(|rest| rest.starts_with('/') || rest == ".rs")
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
        assert_eq!(lines("engine/src/sessions/a.rs", text), [3]);
        assert!(lines("engine/src/session/run.rs", text).is_empty());
        assert!(lines("engine/src/session.rs", text).is_empty());
    }

    #[test]
    fn sockets_are_found_wherever_they_hide() {
        let text = "fn a() {\n  run!(std::net::UdpSocket::bind(x));\n}\n";
        assert_eq!(lines("media/src/a.rs", text), [2]);
        assert!(lines("drivers/src/a.rs", text).is_empty());
    }
}
