//! Texts of descriptions that are to be kept without their secrets.

/// The attribute that holds an ICE password (RFC 8839 section 5.4).
const PASSWORD: &str = "a=ice-pwd:";

/// The text with its passwords left out. It need not be a description.
pub(crate) fn without_passwords(sdp: &str) -> String {
    let mut text = String::with_capacity(sdp.len());
    for line in sdp.split_inclusive('\n') {
        if line.starts_with(PASSWORD) {
            text.push_str(PASSWORD);
            text.push_str("left-out\r\n");
        } else {
            text.push_str(line);
        }
    }
    text
}
