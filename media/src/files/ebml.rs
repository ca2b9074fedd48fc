//! EBML, the form that Matroska and WebM files have (RFC 8794): elements of an id, a size and what
//! they hold, written.

/// The largest size that stands in one byte.
const SHORT_MAX: u64 = 0x7e;

/// Appends an id, which carries its own length in its first bits (RFC 8794 section 5).
pub(crate) fn id(out: &mut Vec<u8>, id: u32) {
    let bytes = id.to_be_bytes();
    let first = bytes.iter().position(|&byte| byte != 0).unwrap_or(3);
    out.extend_from_slice(&bytes[first..]);
}

/// Appends a size: one byte where that is enough, or eight.
pub(crate) fn size(out: &mut Vec<u8>, size: u64) {
    match size {
        0..=SHORT_MAX => out.push(0x80 | size as u8),
        _ => out.extend_from_slice(&long_size(size)),
    }
}

/// A size in eight bytes, of which seven count.
pub(crate) fn long_size(size: u64) -> [u8; 8] {
    (size & 0x00ff_ffff_ffff_ffff | 0x0100_0000_0000_0000).to_be_bytes()
}

/// What stands in place of a size that is not known (RFC 8794 section 6.2).
pub(crate) const UNKNOWN_SIZE: [u8; 8] = [0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];

/// Appends bytes as an element.
pub(crate) fn binary(out: &mut Vec<u8>, element: u32, bytes: &[u8]) {
    id(out, element);
    size(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

/// Appends a text as an element.
pub(crate) fn text(out: &mut Vec<u8>, element: u32, text: &str) {
    binary(out, element, text.as_bytes());
}

/// Appends a number as an element, in as few bytes as it has.
pub(crate) fn number(out: &mut Vec<u8>, element: u32, value: u64) {
    let bytes = value.to_be_bytes();
    let first = bytes.iter().position(|&byte| byte != 0).unwrap_or(7);
    binary(out, element, &bytes[first..]);
}

/// Appends a number as an element of eight bytes, so that its place does not depend on it.
pub(crate) fn long_number(out: &mut Vec<u8>, element: u32, value: u64) {
    binary(out, element, &value.to_be_bytes());
}

/// Appends a floating-point number as an element of eight bytes.
pub(crate) fn float(out: &mut Vec<u8>, element: u32, value: f64) {
    binary(out, element, &value.to_be_bytes());
}

/// Appends an element of elements, which `fill` writes.
pub(crate) fn master(out: &mut Vec<u8>, element: u32, fill: impl FnOnce(&mut Vec<u8>)) {
    let mut inner = Vec::new();
    fill(&mut inner);
    binary(out, element, &inner);
}

/// Appends an element that holds nothing and has `length` bytes in all, at least two: the room for
/// what comes later.
pub(crate) fn void(out: &mut Vec<u8>, length: u64) {
    const VOID: u32 = 0xec;
    id(out, VOID);
    let rest = match length {
        // A short size; what is up to a byte too long for it takes the long form.
        0..=0x80 => {
            size(out, length.saturating_sub(2));
            length.saturating_sub(2)
        }
        _ => {
            out.extend_from_slice(&long_size(length - 9));
            length - 9
        }
    };
    out.resize(out.len() + rest as usize, 0);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(fill: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
        let mut out = Vec::new();
        fill(&mut out);
        out
    }

    #[test]
    fn elements_have_the_form_of_the_specification() {
        assert_eq!(written(|out| number(out, 0xd7, 0)), [0xd7, 0x81, 0]);
        assert_eq!(written(|out| number(out, 0x4286, 0x102)), [0x42, 0x86, 0x82, 1, 2]);
        assert_eq!(written(|out| text(out, 0x4282, "webm"))[..3], [0x42, 0x82, 0x84]);
        let inner = |out: &mut Vec<u8>| number(out, 0x83, 1);
        assert_eq!(written(|out| master(out, 0xae, inner)), [0xae, 0x83, 0x83, 0x81, 1]);
        let long = written(|out| binary(out, 0xa3, &[7; 127]));
        assert_eq!(long[..9], [0xa3, 0x01, 0, 0, 0, 0, 0, 0, 127]);
    }

    #[test]
    fn voids_are_as_long_as_asked() {
        for length in [2, 3, 11, 127, 128, 129, 1_000] {
            assert_eq!(written(|out| void(out, length)).len() as u64, length);
        }
    }
}
