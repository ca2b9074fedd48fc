//! Texts that were damaged: never a panic, and what is read all the same survives.

use lapwing_engine::sdp::Description;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use super::corpus::corpus;

/// One way to damage a text.
#[derive(Clone, Debug)]
enum Damage {
    /// A line is taken away.
    Drop(Index),
    /// A line is put somewhere else as well.
    Copy(Index, Index),
    /// The text ends here.
    Cut(Index),
    /// A character becomes another one.
    Replace(Index, char),
    /// Text is put in.
    Insert(Index, &'static str),
}

/// Pieces that mean something, or nearly.
const PIECES: [&str; 16] = [
    "\r\n",
    "\n\n",
    " ",
    "\0",
    "\r",
    "m=audio 9 X 0\r\n",
    "a=rtcp-fb:* x\r\n",
    "a=simulcast:send 1;~2\r\n",
    "a=rid:1 send pt=96\r\n",
    "a=candidate:1 1 udp 1 ::1 9 typ host tcptype \u{2003}x\r\n",
    "a=fmtp:96 ;\r\n",
    "99999999999999999999",
    "a=",
    "=",
    ":",
    "\u{2003}",
];

fn damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        any::<Index>().prop_map(Damage::Drop),
        any::<(Index, Index)>().prop_map(|(from, to)| Damage::Copy(from, to)),
        any::<Index>().prop_map(Damage::Cut),
        any::<(Index, char)>().prop_map(|(at, new)| Damage::Replace(at, new)),
        (any::<Index>(), prop::sample::select(PIECES.as_slice()))
            .prop_map(|(at, piece)| Damage::Insert(at, piece)),
    ]
}

fn apply(text: &str, damage: &Damage) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
    if lines.is_empty() {
        return text.to_owned();
    }
    match damage {
        Damage::Drop(at) => {
            lines.remove(at.index(lines.len()));
            lines.concat()
        }
        Damage::Copy(from, to) => {
            lines.insert(to.index(lines.len()), lines[from.index(lines.len())]);
            lines.concat()
        }
        Damage::Cut(at) => chars[..at.index(chars.len())].iter().collect(),
        Damage::Replace(at, new) => {
            let place = at.index(chars.len());
            let kept = |(index, char): (usize, &char)| if index == place { *new } else { *char };
            chars.iter().enumerate().map(kept).collect()
        }
        Damage::Insert(at, piece) => {
            let (before, after) = chars.split_at(at.index(chars.len()));
            let (before, after): (String, String) =
                (before.iter().collect(), after.iter().collect());
            [&before, *piece, &after].concat()
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2048))]

    #[test]
    fn damaged_texts_never_panic(which in any::<Index>(), damages in vec(damage(), 1..5)) {
        let whole = which.get(corpus()).sdp.clone();
        let text = damages.iter().fold(whole, |text, damage| apply(&text, damage));
        match Description::parse(&text) {
            Ok(read) => {
                let written = read.to_string();
                prop_assert!(written.ends_with("\r\n"));
                prop_assert_eq!(Description::parse(&written), Ok(read), "{}", text);
            }
            Err(error) => {
                let lines = text.split('\n').count();
                prop_assert!(error.line <= lines, "{}", error);
                prop_assert!(!error.to_string().is_empty());
            }
        }
    }
}
