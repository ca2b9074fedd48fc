//! The checksum of a packet (RFC 9260 appendix A): Castagnoli's CRC, eight bytes at a time.

/// Bit-reflected.
const POLYNOMIAL: u32 = 0x82f6_3b78;

/// `TABLES[n][byte]` is what a byte becomes with `n` zero bytes behind it.
static TABLES: [[u32; 256]; 8] = tables();

/// The checksum of all bytes of the parts, one after the other.
pub(crate) fn crc32c(parts: &[&[u8]]) -> u32 {
    !parts.iter().fold(u32::MAX, |crc, part| update(crc, part))
}

fn update(mut crc: u32, bytes: &[u8]) -> u32 {
    let mut words = bytes.chunks_exact(8);
    for word in &mut words {
        let word: &[u8; 8] = word.try_into().expect("chunks are of eight bytes");
        let low = crc ^ u32::from_le_bytes([word[0], word[1], word[2], word[3]]);
        let byte = |shift: u32| (low >> shift & 0xff) as usize;
        crc = TABLES[7][byte(0)]
            ^ TABLES[6][byte(8)]
            ^ TABLES[5][byte(16)]
            ^ TABLES[4][byte(24)]
            ^ TABLES[3][usize::from(word[4])]
            ^ TABLES[2][usize::from(word[5])]
            ^ TABLES[1][usize::from(word[6])]
            ^ TABLES[0][usize::from(word[7])];
    }
    let step =
        |crc: u32, byte: &u8| (crc >> 8) ^ TABLES[0][((crc ^ u32::from(*byte)) & 0xff) as usize];
    words.remainder().iter().fold(crc, step)
}

const fn tables() -> [[u32; 256]; 8] {
    let mut tables = [[0; 256]; 8];
    let mut index = 0;
    while index < 256 {
        let mut crc = index as u32;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ POLYNOMIAL } else { crc >> 1 };
            bit += 1;
        }
        tables[0][index] = crc;
        index += 1;
    }
    let mut table = 1;
    while table < 8 {
        let mut index = 0;
        while index < 256 {
            let before = tables[table - 1][index];
            tables[table][index] = (before >> 8) ^ tables[0][(before & 0xff) as usize];
            index += 1;
        }
        table += 1;
    }
    tables
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_of_rfc_3720() {
        assert_eq!(crc32c(&[&[0; 32]]), 0x8a91_36aa);
        assert_eq!(crc32c(&[&[0xff; 32]]), 0x62a8_ab43);
        let rising: Vec<u8> = (0..32).collect();
        assert_eq!(crc32c(&[&rising]), 0x46dd_794e);
        assert_eq!(crc32c(&[b"123456789"]), 0xe306_9283);
    }

    #[test]
    fn parts_are_one_text() {
        let bytes: Vec<u8> = (0..=255).collect();
        for cut in [0, 1, 7, 8, 9, 100, 256] {
            let (head, tail) = bytes.split_at(cut);
            assert_eq!(crc32c(&[head, tail]), crc32c(&[&bytes]), "cut at {cut}");
        }
    }
}
