//! Plan B: several tracks on one m-line, told apart by `a=ssrc:.. msid:..`. It was given up for one
//! m-line a track (RFC 9429 section 1.2), and what it describes cannot be negotiated here.

use std::collections::BTreeSet;

use super::error::DescriptionFault as Fault;
use crate::sdp::Description;

/// No m-line has more than one track.
pub(super) fn check(description: &Description) -> Result<(), Fault> {
    for (line, media) in description.media.iter().enumerate() {
        let sources = media.ssrcs.iter().filter(|ssrc| ssrc.name == "msid");
        let tracks: BTreeSet<&str> = sources
            .filter_map(|ssrc| ssrc.value.as_deref()?.split_ascii_whitespace().nth(1))
            .collect();
        if tracks.len() > 1 {
            return Err(Fault::PlanB(line));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sdp::{MediaDescription, SsrcAttribute};

    #[test]
    fn several_tracks_on_a_line_are_refused_and_several_sources_of_one_are_not() {
        let source = |ssrc: u32, value: &str| SsrcAttribute {
            ssrc,
            name: "msid".to_owned(),
            value: Some(value.to_owned()),
        };
        let with = |ssrcs| Description {
            media: vec![
                MediaDescription::default(),
                MediaDescription { ssrcs, ..MediaDescription::default() },
            ],
            ..Description::default()
        };
        assert_eq!(check(&with(vec![source(1, "s a"), source(2, "s a")])), Ok(()));
        assert_eq!(check(&with(vec![source(1, "s a"), source(2, "t a")])), Ok(()));
        let two = with(vec![source(1, "s a"), source(2, "s b")]);
        assert_eq!(check(&two), Err(Fault::PlanB(1)));
    }
}
