//! An m-line and what follows it.

use std::fmt;

use super::lines::Lines;
use crate::event::Direction;
use crate::sdp::{MediaDescription, SctpAttributes};

impl Lines<'_, '_> {
    pub(super) fn media(&mut self, media: &MediaDescription) -> fmt::Result {
        self.line(format_args!("{}", MediaLine(media)))?;
        self.connection(media.connection.as_ref())?;
        self.bandwidth(&media.bandwidth)?;
        self.value("rtcp", media.rtcp.as_ref())?;
        self.transport(&media.transport)?;
        self.value("mid", media.mid.as_ref())?;
        self.flag("bundle-only", media.bundle_only)?;
        self.flag("extmap-allow-mixed", media.extmap_allow_mixed)?;
        self.values("extmap", &media.extensions)?;
        self.direction(media.direction)?;
        self.values("msid", &media.msids)?;
        self.flag("rtcp-mux", media.rtcp_mux)?;
        self.flag("rtcp-mux-only", media.rtcp_mux_only)?;
        self.flag("rtcp-rsize", media.rtcp_rsize)?;
        self.formats(&media.formats)?;
        self.value("ptime", media.ptime_ms)?;
        self.value("maxptime", media.max_ptime_ms)?;
        self.values("rid", &media.rids)?;
        self.value("simulcast", media.simulcast.as_ref())?;
        self.values("ssrc-group", &media.ssrc_groups)?;
        self.values("ssrc", &media.ssrcs)?;
        self.sctp(&media.sctp)?;
        self.attributes(&media.attributes)?;
        self.candidates(&media.transport)
    }

    pub(super) fn direction(&mut self, direction: Option<Direction>) -> fmt::Result {
        direction.map_or(Ok(()), |direction| self.line(format_args!("{}", direction.attribute())))
    }

    fn sctp(&mut self, sctp: &SctpAttributes) -> fmt::Result {
        self.value("sctp-port", sctp.port)?;
        self.value("max-message-size", sctp.max_message_size)?;
        self.value("sctpmap", sctp.map.as_ref())?;
        self.value("sctp-init", sctp.init.as_ref())
    }
}

/// `m=audio 9 UDP/TLS/RTP/SAVPF 111 0`.
struct MediaLine<'a>(&'a MediaDescription);

impl fmt::Display for MediaLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let MediaDescription { name, port, profile, formats, .. } = self.0;
        write!(f, "m={name} {port} {profile}")?;
        formats.iter().try_for_each(|format| write!(f, " {}", format.name))
    }
}
