//! Elements of a header extension, in the one-byte and the two-byte form (RFC 8285 section 4).

use std::ops::Range;

/// What "defined by profile" is in the one-byte form.
pub const ONE_BYTE_PROFILE: u16 = 0xbede;

/// The same in the two-byte form, whose last four bits are the application's.
const TWO_BYTE_PROFILE: u16 = 0x1000;

/// Longest value of the one-byte form.
const ONE_BYTE_VALUE_MAX: usize = 16;

/// Longest value of the two-byte form.
const TWO_BYTE_VALUE_MAX: usize = 255;

/// Longest data of a header extension that is written, in bytes: some are as long as a packet may
/// be, and a header of this size leaves room for media.
const DATA_BYTES_MAX: usize = 1024;

/// Identifier and value.
type Element<'a> = (u8, &'a [u8]);

/// Whether the profile is of the two-byte form.
pub fn is_two_byte_profile(profile: u16) -> bool {
    profile & 0xfff0 == TWO_BYTE_PROFILE
}

/// Elements as they come: identifier and value. What is damaged ends them.
#[derive(Clone, Debug)]
pub struct Elements<'a> {
    data: &'a [u8],
    at: usize,
    two_byte: bool,
}

impl<'a> Elements<'a> {
    /// Elements of an extension with this profile; none where it is another form.
    pub fn new(profile: u16, data: &'a [u8]) -> Self {
        match profile {
            ONE_BYTE_PROFILE => Elements { data, at: 0, two_byte: false },
            _ if is_two_byte_profile(profile) => Elements { data, at: 0, two_byte: true },
            _ => Elements::none(),
        }
    }

    /// None at all.
    pub fn none() -> Self {
        Elements { data: &[], at: 0, two_byte: false }
    }

    /// The next element, as the place of its value in the data.
    pub fn next_range(&mut self) -> Option<(u8, Range<usize>)> {
        let (id, value) = self.next()?;
        Some((id, self.at - value.len()..self.at))
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = Element<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut rest = &self.data[self.at..];
        // Padding may stand between elements.
        while let [0, behind @ ..] = rest {
            rest = behind;
        }
        let found = if self.two_byte { two_byte(rest) } else { one_byte(rest) };
        let Some((element, behind)) = found else {
            self.at = self.data.len();
            return None;
        };
        self.at = self.data.len() - behind.len();
        Some(element)
    }
}

/// The element that bytes begin with, and what is behind it.
fn one_byte(bytes: &[u8]) -> Option<(Element<'_>, &[u8])> {
    let (head, rest) = bytes.split_first()?;
    // 15 ends the extension, and 0 with a length is nothing.
    let id = Some(head >> 4).filter(|id| (1..=14).contains(id))?;
    let (value, behind) = rest.split_at_checked(usize::from(head & 0x0f) + 1)?;
    Some(((id, value), behind))
}

/// The same in the two-byte form.
fn two_byte(bytes: &[u8]) -> Option<(Element<'_>, &[u8])> {
    let (&[id, len], rest) = bytes.split_first_chunk()?;
    let (value, behind) = rest.split_at_checked(len.into())?;
    Some(((id, value), behind))
}

/// In which form elements are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ElementForm {
    /// Identifiers up to 14, values of 1 to 16 bytes.
    #[default]
    OneByte,
    /// Identifiers up to 255, values of up to 255 bytes.
    TwoByte,
    /// The one-byte form where all elements of the packet fit it: for peers that take both forms in
    /// one stream (`a=extmap-allow-mixed`).
    Mixed,
}

/// Writes the extension of one packet.
#[derive(Debug)]
pub(crate) struct ElementWriter {
    /// Where the profile stands.
    start: usize,
    form: ElementForm,
}

impl ElementWriter {
    /// Begins where the buffer ends. Nothing is written before the first element is.
    pub(crate) fn begin(buffer: &[u8], form: ElementForm) -> Self {
        ElementWriter { start: buffer.len(), form }
    }

    /// Goes on with elements of this form that begin at `start` and end, without padding, where the
    /// buffer does.
    pub(crate) fn resume(start: usize, form: ElementForm) -> Self {
        ElementWriter { start, form }
    }

    /// Adds the element that `write` appends. False, and the buffer as before, where it does not
    /// fit.
    pub(crate) fn push(
        &mut self,
        buffer: &mut Vec<u8>,
        id: u8,
        write: impl FnOnce(&mut Vec<u8>),
    ) -> bool {
        let before = buffer.len();
        if before == self.start {
            buffer.extend_from_slice(&[0; 4]);
        }
        let head = buffer.len();
        let head_bytes = if self.form == ElementForm::TwoByte { 2 } else { 1 };
        buffer.push(0);
        if head_bytes == 2 {
            buffer.push(0);
        }
        write(buffer);
        let len = buffer.len() - head - head_bytes;
        let fits_two = id != 0
            && len <= TWO_BYTE_VALUE_MAX
            && head + 2 + len - self.start - 4 <= DATA_BYTES_MAX;
        let fits_one = fits_two && id <= 14 && (1..=ONE_BYTE_VALUE_MAX).contains(&len);
        match self.form {
            ElementForm::OneByte | ElementForm::Mixed if fits_one => {
                buffer[head] = id << 4 | (len - 1) as u8;
            }
            ElementForm::TwoByte if fits_two => {
                buffer[head] = id;
                buffer[head + 1] = len as u8;
            }
            ElementForm::Mixed if fits_two => {
                buffer[head] = id;
                buffer.insert(head + 1, len as u8);
                widen(buffer, self.start + 4, head);
                self.form = ElementForm::TwoByte;
            }
            _ => {
                buffer.truncate(before);
                return false;
            }
        }
        true
    }

    /// Pads to whole words and writes the length. False where there is no element.
    pub(crate) fn finish(self, buffer: &mut Vec<u8>) -> bool {
        if buffer.len() == self.start {
            return false;
        }
        let data = self.start + 4;
        while !(buffer.len() - data).is_multiple_of(4) {
            buffer.push(0);
        }
        let profile = match self.form {
            ElementForm::TwoByte => TWO_BYTE_PROFILE,
            ElementForm::OneByte | ElementForm::Mixed => ONE_BYTE_PROFILE,
        };
        let words = (buffer.len() - data) / 4;
        buffer[self.start..self.start + 2].copy_from_slice(&profile.to_be_bytes());
        buffer[self.start + 2..data].copy_from_slice(&(words as u16).to_be_bytes());
        true
    }
}

/// Gives the one-byte elements between `at` and `end` the two-byte form.
fn widen(buffer: &mut Vec<u8>, mut at: usize, mut end: usize) {
    while at < end {
        let (id, len) = (buffer[at] >> 4, (buffer[at] & 0x0f) + 1);
        buffer[at] = id;
        buffer.insert(at + 1, len);
        at += 2 + usize::from(len);
        end += 1;
    }
}
