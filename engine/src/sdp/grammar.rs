//! Small rules that many lines share (RFC 8866 section 9, RFC 8839 section 5.4).

use super::error::SdpFault;

/// Letters, digits and the marks of a token (RFC 8866 section 9).
pub(super) fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(is_token_byte)
}

fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`{|}~".contains(&byte)
}

/// Letters, digits, `+` and `/` (RFC 8839 section 5.1), and four marks more that browsers take as
/// well.
pub(super) fn is_ice_text(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/-_=#".contains(&byte))
}

/// A token, or the fault of the field.
pub(super) fn token<'a>(text: &'a str, field: &'static str) -> Result<&'a str, SdpFault> {
    if is_token(text) { Ok(text) } else { Err(SdpFault::Characters(field)) }
}

/// Digits alone: no sign, which `parse` of the standard library would take.
pub(super) fn number<T: std::str::FromStr>(text: &str, field: &'static str) -> Result<T, SdpFault> {
    if !is_number(text) {
        return Err(SdpFault::Number(field));
    }
    text.parse().map_err(|_| SdpFault::Number(field))
}

/// One digit at least, and nothing else.
pub(super) fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A number of any length; the largest there is where it is larger.
pub(super) fn saturated(text: &str, field: &'static str) -> Result<u64, SdpFault> {
    if !is_number(text) {
        return Err(SdpFault::Number(field));
    }
    Ok(text.parse().unwrap_or(u64::MAX))
}

/// A number of any length modulo 2^64: two that differ little stay different.
pub(super) fn wrapped(text: &str, field: &'static str) -> Result<u64, SdpFault> {
    if !is_number(text) {
        return Err(SdpFault::Number(field));
    }
    let digit = |sum: u64, byte: u8| sum.wrapping_mul(10).wrapping_add(u64::from(byte - b'0'));
    Ok(text.bytes().fold(0, digit))
}

/// Splits at the first white space; what follows it begins with something else.
pub(super) fn split_field(text: &str) -> (&str, &str) {
    match text.split_once([' ', '\t']) {
        Some((field, rest)) => (field, rest.trim_start_matches([' ', '\t'])),
        None => (text, ""),
    }
}

/// Some text, or none where it is empty.
pub(super) fn non_empty(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_and_numbers() {
        assert!(is_token("d~$&*") && is_token("audio_0.main-x") && !is_token(""));
        assert!(!is_token("a b") && !is_token("a/b") && !is_token("ä"));
        assert!(is_ice_text("a+/9-_=#") && !is_ice_text("a.b") && !is_ice_text("a b"));
        assert_eq!(number::<u16>("65535", "port"), Ok(65535));
        assert_eq!(number::<u16>("65536", "port"), Err(SdpFault::Number("port")));
        assert_eq!(number::<u16>("+1", "port"), Err(SdpFault::Number("port")));
        assert_eq!(number::<u16>("", "port"), Err(SdpFault::Number("port")));
    }

    #[test]
    fn numbers_that_are_too_wide() {
        assert_eq!(saturated("99999999999999999999999", "size"), Ok(u64::MAX));
        assert_eq!(wrapped("18446744073709551615", "session"), Ok(u64::MAX));
        assert_eq!(wrapped("18446744073709551617", "session"), Ok(1));
        assert_eq!(wrapped("1x", "session"), Err(SdpFault::Number("session")));
    }

    #[test]
    fn fields_end_at_white_space() {
        assert_eq!(split_field("96  VP8/90000"), ("96", "VP8/90000"));
        assert_eq!(split_field("96"), ("96", ""));
    }
}
