//! A whole text.

use super::lines::{Line, lines};
use super::media::MediaReader;
use super::session::SessionReader;
use crate::sdp::Description;
use crate::sdp::error::{SdpError, SdpFault};
use crate::sdp::limits::{FEEDBACK_TOTAL_MAX, MEDIA_LINES_MAX, SDP_BYTES_MAX, SECTION_LINES_MAX};

impl Description {
    /// Reads a description (RFC 8866 section 9). It judges grammar only, and takes what browsers
    /// take:
    ///
    /// - lines may end with LF, with white space before it, and may be empty;
    /// - `s=` and `t=` may be missing; lines of other types (`i= u= e= p= k= z= r=`) are left out
    ///   wherever they stand;
    /// - attributes that are not known, and known ones with a form that harms nothing (`a=rid`,
    ///   `a=ptime`), are kept in [`attributes`](Description::attributes) in their order;
    /// - candidates that cannot be read are left out, and so is what is said of formats that the
    ///   m-line does not list;
    /// - numbers of `o=` that are wider than 64 bits are taken modulo 2^64, so that two versions
    ///   still differ.
    ///
    /// What identifies the peer is taken strictly: fingerprints, ICE credentials, roles.
    ///
    /// ```
    /// use lapwing_engine::sdp::Description;
    /// let text = "v=0\r\no=- 7 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n\
    ///     m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\na=rtpmap:111 opus/48000/2\r\n";
    /// let description = Description::parse(text)?;
    /// assert_eq!(description.media[0].mid.as_deref(), Some("0"));
    /// assert_eq!(description.media[0].formats[0].encoding.as_deref(), Some("opus"));
    /// assert_eq!(description.to_string(), text);
    /// # Ok::<(), lapwing_engine::sdp::SdpError>(())
    /// ```
    pub fn parse(text: &str) -> Result<Description, SdpError> {
        let whole = |fault| SdpError { line: 0, attribute: "", fault };
        if text.len() > SDP_BYTES_MAX {
            return Err(whole(SdpFault::TooLarge(text.len())));
        }
        let mut lines = lines(text);
        let first = lines.next().ok_or(whole(SdpFault::NoVersion))??;
        if (first.kind, first.value) != (b'v', "0") {
            return Err(first.error("", SdpFault::NoVersion));
        }
        let mut reader = Reader {
            session: SessionReader::default(),
            media: Vec::new(),
            open: None,
            section_lines: 1,
            feedback_left: FEEDBACK_TOTAL_MAX,
        };
        for line in lines {
            reader.read(&line?)?;
        }
        reader.finish()
    }
}

/// What was read so far.
struct Reader {
    session: SessionReader,
    media: Vec<crate::sdp::MediaDescription>,
    /// The m-line that lines belong to.
    open: Option<MediaReader>,
    section_lines: usize,
    feedback_left: usize,
}

impl Reader {
    fn read(&mut self, line: &Line<'_>) -> Result<(), SdpError> {
        if line.kind == b'm' {
            self.session.has_origin().map_err(|fault| line.error("m=", fault))?;
            self.close();
            if self.media.len() == MEDIA_LINES_MAX {
                return Err(line.error("m=", SdpFault::TooManyMediaLines));
            }
            self.section_lines = 0;
            let opened = MediaReader::begin(line.value).map_err(|fault| line.error("m=", fault))?;
            self.open = Some(opened);
            return Ok(());
        }
        self.section_lines += 1;
        if self.section_lines > SECTION_LINES_MAX {
            return Err(line.error("", SdpFault::SectionTooLong));
        }
        match &mut self.open {
            Some(media) => media.read(line, &mut self.feedback_left),
            None => self.session.read(line),
        }
    }

    fn close(&mut self) {
        self.media.extend(self.open.take().map(MediaReader::finish));
    }

    fn finish(mut self) -> Result<Description, SdpError> {
        let whole = |fault| SdpError { line: 0, attribute: "", fault };
        self.session.has_origin().map_err(whole)?;
        self.close();
        self.media.shrink_to_fit();
        Ok(self.session.finish(self.media))
    }
}
