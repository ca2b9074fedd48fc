//! What is written is read as it was, by our reader and by one that knows lines alone.

use lapwing_engine::sdp::Description;
use proptest::prelude::*;

use super::corpus::corpus;
use super::reader::{sections, values};
use super::strategies::description;

#[test]
fn every_text_is_read_and_survives() {
    for text in corpus() {
        let read =
            Description::parse(&text.sdp).unwrap_or_else(|error| panic!("{}: {error}", text.name));
        let written = read.to_string();
        let again = Description::parse(&written)
            .unwrap_or_else(|error| panic!("{}: {error}\n{written}", text.name));
        assert_eq!(read, again, "{}", text.name);
        assert_eq!(written, again.to_string(), "{}", text.name);
        read_by_lines(&read, &written).unwrap_or_else(|fault| panic!("{}: {fault}", text.name));
    }
}

/// How lines end, and white space before that, makes no difference.
#[test]
fn ends_of_lines_make_no_difference() {
    for text in corpus() {
        let expected = Description::parse(&text.sdp);
        assert!(expected.is_ok(), "{}", text.name);
        let lines: Vec<&str> = text.sdp.lines().collect();
        for end in ["\n", "\r\n", " \t\r\n", "\r\r\n", "\n\n"] {
            let again = Description::parse(&lines.join(end));
            assert_eq!(again.map(|read| read.to_string()), expected.clone().map(|d| d.to_string()));
        }
    }
}

/// Nothing that a text says is lost, lines about formats that are not listed apart.
#[test]
fn no_attribute_is_lost() {
    for text in corpus() {
        let written = Description::parse(&text.sdp).expect("a text of the corpus").to_string();
        let sorted = |text: &str| {
            let lines = text.lines().map(str::trim_end).filter(|line| line.starts_with("a="));
            let mut lines: Vec<String> = lines.map(comparable).collect();
            lines.sort();
            lines
        };
        let (before, after) = (sorted(&text.sdp), sorted(&written));
        for line in &after {
            assert!(before.contains(line), "{}: {line} was never said", text.name);
        }
        for line in before.iter().filter(|line| !after.contains(line)) {
            assert!(is_left_out(line), "{}: {line} is lost", text.name);
        }
    }
}

/// A line in the form that ours has: hashes by the case of their names, options by spaces,
/// candidates by what is read of them.
fn comparable(line: &str) -> String {
    if let Some(options) = line.strip_prefix("a=ice-options:") {
        return format!("a=ice-options:{}", options.replace(',', " "));
    }
    if line.starts_with("a=candidate:") {
        let read = lapwing_engine::IceCandidate::parse(line);
        return read.map_or(line.to_owned(), |candidate| format!("a={candidate}"));
    }
    line.replace("fingerprint:SHA-256", "fingerprint:sha-256")
}

/// Lines that may be left out: Firefox says what feedback codecs have that it does not offer, and
/// one case has an unknown transport.
fn is_left_out(line: &str) -> bool {
    ["121", "99", "123", "122"].iter().any(|number| {
        line.strip_prefix("a=rtcp-fb:").is_some_and(|rest| rest.split(' ').next() == Some(number))
    })
}

/// Compares with what a reader of lines alone finds.
fn read_by_lines(read: &Description, written: &str) -> Result<(), String> {
    let found = sections(written)?;
    let (session, media) = found.split_first().expect("a session at least");
    if media.len() != read.media.len() {
        return Err(format!("{} m-lines for {}", media.len(), read.media.len()));
    }
    let groups = values(session, "group");
    if groups != read.groups.iter().map(ToString::to_string).collect::<Vec<_>>() {
        return Err(format!("groups {groups:?}"));
    }
    for (lines, read) in media.iter().zip(&read.media) {
        let fields: Vec<&str> = lines[0].1.split(' ').collect();
        let mut expected =
            vec![read.name.to_string(), read.port.to_string(), read.profile.to_string()];
        expected.extend(read.formats.iter().map(|format| format.name.clone()));
        let mids: Vec<&str> = read.mid.as_deref().into_iter().collect();
        let counts = [
            ("extmap", read.extensions.len()),
            ("ssrc", read.ssrcs.len()),
            ("msid", read.msids.len()),
            ("candidate", read.transport.candidates.len()),
            ("fingerprint", read.transport.fingerprints.len()),
            ("rtcp-fb", read.formats.iter().map(|format| format.feedback.len()).sum()),
        ];
        let wrong = counts.iter().find(|(name, count)| values(lines, name).len() != *count);
        if fields != expected || values(lines, "mid") != mids || wrong.is_some() {
            return Err(format!("{fields:?} {wrong:?}"));
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_description_is_read_as_it_was_written(description in description()) {
        let written = description.to_string();
        let read = Description::parse(&written);
        prop_assert_eq!(read.as_ref(), Ok(&description), "{}", written);
        prop_assert_eq!(read_by_lines(&description, &written), Ok(()), "{}", written);
    }
}
