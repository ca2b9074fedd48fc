//! A remote description as lines and attributes, before any library sees it. It judges nothing but
//! which lines may stand where.
//!
//! Only for descriptions as text: see `negotiate.rs`.

use crate::jsep::{DescriptionFault, SECTION_LINES_MAX};

/// The part before the first m-line, or an m-line with what follows it.
#[derive(Debug, Default)]
pub(super) struct Section<'a> {
    /// What follows `m=`; empty before the first m-line.
    head: &'a str,
    /// What follows each `a=`.
    attributes: Vec<&'a str>,
}

impl<'a> Section<'a> {
    /// `audio`, `video`, `application`, or what is foreign here.
    pub(super) fn kind(&self) -> &'a str {
        self.field(0)
    }

    /// The m-line has port 0: rejected, or carried by another one.
    pub(super) fn has_no_port(&self) -> bool {
        self.field(1) == "0"
    }

    pub(super) fn profile(&self) -> &'a str {
        self.field(2)
    }

    /// Payload types, as far as they are numbers.
    pub(super) fn payload_types(&self) -> impl Iterator<Item = u8> {
        self.head.split(' ').skip(3).map_while(|number| number.parse().ok())
    }

    fn field(&self, index: usize) -> &'a str {
        self.head.split(' ').nth(index).unwrap_or_default()
    }

    /// The values of an attribute, in their order.
    pub(super) fn values(&self, name: &'static str) -> impl Iterator<Item = &'a str> {
        let value = move |attribute: &&'a str| attribute.strip_prefix(name)?.strip_prefix(':');
        self.attributes.iter().filter_map(value)
    }

    pub(super) fn value(&self, name: &'static str) -> Option<&'a str> {
        self.values(name).next()
    }

    /// An attribute without a value stands here.
    pub(super) fn has(&self, flag: &str) -> bool {
        self.attributes.contains(&flag)
    }
}

/// A description.
#[derive(Debug)]
pub(super) struct Reading<'a> {
    /// What holds for all sections.
    pub(super) top: Section<'a>,
    /// One for each m-line.
    pub(super) sections: Vec<Section<'a>>,
}

impl<'a> Reading<'a> {
    /// Reads a description whose lines stand where the session's parser expects them: it would lose
    /// what comes after another one.
    pub(super) fn new(sdp: &'a str) -> Result<Self, DescriptionFault> {
        let mut reading = Reading { top: Section::default(), sections: Vec::new() };
        let mut place = Place::Version;
        let (mut lines, mut in_section) = (sdp.lines().enumerate(), 0);
        for (index, line) in &mut lines {
            let fault = DescriptionFault::Line(index + 1);
            if line.is_empty() {
                // Nothing may follow an empty line but empty lines.
                let rest = lines.find(|(_, line)| !line.is_empty());
                return rest.map_or(Ok(()), |_| Err(fault)).and(reading.complete(place));
            }
            let (name, value) = line.split_once('=').ok_or(fault)?;
            place = place.after(name, value).ok_or(fault)?;
            in_section = if place == Place::Media { 0 } else { in_section + 1 };
            if in_section == SECTION_LINES_MAX {
                let section = reading.sections.len().saturating_sub(1);
                return Err(DescriptionFault::SectionTooLong(section));
            }
            match name {
                "m" => {
                    reading.sections.push(Section { head: value, attributes: Vec::new() });
                }
                "a" => {
                    let section = reading.sections.last_mut().unwrap_or(&mut reading.top);
                    section.attributes.push(value);
                }
                _ => {}
            }
        }
        reading.complete(place)
    }

    fn complete(self, place: Place) -> Result<Self, DescriptionFault> {
        match place {
            Place::Version | Place::Origin => Err(DescriptionFault::Missing("v=0")),
            Place::Name => Err(DescriptionFault::Missing("s=")),
            Place::Header | Place::Bandwidth => Err(DescriptionFault::Missing("t=0 0")),
            _ if self.sections.is_empty() => Err(DescriptionFault::Missing("m=")),
            _ => Ok(self),
        }
    }

    /// The values of an attribute, wherever they stand.
    pub(super) fn values(&self, name: &'static str) -> impl Iterator<Item = &'a str> {
        std::iter::once(&self.top).chain(&self.sections).flat_map(move |part| part.values(name))
    }

    /// ICE credentials as the session takes them: those that hold for all, else the first of an
    /// m-line.
    pub(super) fn credentials(&self) -> Option<(&'a str, &'a str)> {
        let mut parts = std::iter::once(&self.top).chain(&self.sections);
        parts.find_map(|part| Some((part.value("ice-ufrag")?, part.value("ice-pwd")?)))
    }
}

/// What may come next depends on what came last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Version,
    Origin,
    Name,
    Header,
    Bandwidth,
    Time,
    TopAttributes,
    Media,
    MediaAddress,
    MediaBandwidth,
    MediaAttributes,
}

impl Place {
    fn after(self, name: &str, value: &str) -> Option<Place> {
        use Place as P;
        if value.is_empty() {
            return None;
        }
        Some(match (self, name) {
            (P::Version, "v") if value == "0" => P::Origin,
            (P::Origin, "o") => P::Name,
            (P::Name, "s") => P::Header,
            (P::Header, "i" | "u" | "e" | "p" | "c" | "z" | "k") => P::Header,
            (P::Header, "b") => P::Bandwidth,
            (P::Header | P::Bandwidth, "t") if value == "0 0" => P::Time,
            (P::Time, "r") => P::Time,
            (P::Time | P::TopAttributes, "a") => P::TopAttributes,
            (P::Media, "c") => P::MediaAddress,
            (P::Media | P::MediaAddress, "b") => P::MediaBandwidth,
            (P::Media | P::MediaAddress | P::MediaBandwidth | P::MediaAttributes, "a") => {
                P::MediaAttributes
            }
            (P::Version | P::Origin | P::Name | P::Header | P::Bandwidth, _) => return None,
            (_, "m") => P::Media,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SDP: &str = "v=0\r\no=- 1 2 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\n\
        m=audio 9 UDP/TLS/RTP/SAVPF 111 0\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\na=sendrecv\r\n";

    #[test]
    fn sections_and_their_attributes() {
        let reading = Reading::new(SDP).expect("a valid description");
        assert_eq!(reading.top.value("group"), Some("BUNDLE 0"));
        let audio = &reading.sections[0];
        assert_eq!((audio.kind(), audio.profile()), ("audio", "UDP/TLS/RTP/SAVPF"));
        assert_eq!(audio.payload_types().collect::<Vec<_>>(), [111, 0]);
        assert!(audio.has("sendrecv") && !audio.has_no_port());
        assert_eq!(reading.values("mid").collect::<Vec<_>>(), ["0"]);
    }

    #[test]
    fn what_stands_in_the_wrong_place_is_named() {
        let fault = |sdp: &str| Reading::new(sdp).expect_err("a fault");
        assert_eq!(fault(""), DescriptionFault::Missing("v=0"));
        assert_eq!(fault("v=1\r\n"), DescriptionFault::Line(1));
        assert_eq!(
            fault(&SDP[..SDP.find("t=").expect("it is there")]),
            DescriptionFault::Missing("t=0 0")
        );
        assert_eq!(
            fault(&SDP[..SDP.find("m=").expect("it is there")]),
            DescriptionFault::Missing("m=")
        );
        assert_eq!(fault(&SDP.replace("a=mid", "i=mid")), DescriptionFault::Line(8));
        assert_eq!(fault(&SDP.replace("a=mid:0", "")), DescriptionFault::Line(8));
        assert!(Reading::new(&format!("{SDP}\r\n\r\n")).is_ok());
        let long = format!("{SDP}{}", "a=x\r\n".repeat(SECTION_LINES_MAX));
        assert_eq!(fault(&long), DescriptionFault::SectionTooLong(0));
    }
}
