//! What the codes of both laws of G.711 mean (ITU-T G.711), for its decoder and for files.

/// The sample of a code of the mu-law.
pub(crate) fn decode_mu(code: u8) -> i16 {
    let code = !code;
    let segment = (code >> 4) & 7;
    let magnitude = ((i16::from(code & 0x0f) << 3) + 0x84) << segment;
    if code & 0x80 == 0 { magnitude - 0x84 } else { 0x84 - magnitude }
}

/// The sample of a code of the A-law.
pub(crate) fn decode_a(code: u8) -> i16 {
    let code = code ^ 0x55;
    let (segment, mantissa) = ((code >> 4) & 7, i16::from(code & 0x0f) << 4);
    let magnitude = match segment {
        0 => mantissa + 8,
        _ => (mantissa + 0x108) << (segment - 1),
    };
    if code & 0x80 != 0 { magnitude } else { -magnitude }
}
