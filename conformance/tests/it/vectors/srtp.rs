//! RFC 3711 appendix B and RFC 7714 sections 16 and 17, through the ciphers that every session
//! uses.

use lapwing_engine::crypto_provider;

use super::hex::bytes;

/// Bytes of a tag.
const TAG: usize = 16;

fn array<const N: usize>(hex: &str) -> [u8; N] {
    bytes(hex).try_into().expect("of that length")
}

/// RFC 3711 appendix B.2: the first blocks of the keystream and the last, 65,280 blocks on.
#[test]
fn the_whole_keystream_of_aes_in_counter_mode() {
    let ciphers = crypto_provider().srtp_provider;
    let mut cipher =
        ciphers.aes_128_cm_sha1_80().create_cipher(array("2B7E151628AED2A6ABF7158809CF4F3C"), true);
    let iv = array("F0F1F2F3F4F5F6F7F8F9FAFBFCFD0000");
    let zeros = vec![0; 65_282 * 16];
    let mut stream = vec![0; zeros.len()];
    cipher.encrypt(&iv, &zeros, &mut stream).expect("encrypts");
    let first = "E03EAD0935C95E80E166B16DD92B4EB4 D23513162B02D0F72A43A2FE4A5F97AB
                 41E95B3BB0A2E8DD477901E4FCA894C0";
    assert_eq!(stream[..48], bytes(first));
    let last = "EC8CDF7398607CB0F2D21675EA9EA1E4 362B7C3C6773516318A077D7FC5073AE
                6A2CC3787889374FBEB4C81B17BA6C44";
    assert_eq!(stream[65_279 * 16..], bytes(last));
    let mut back = vec![0; zeros.len()];
    cipher.decrypt(&iv, &stream, &mut back).expect("decrypts");
    assert_eq!(back, zeros);
}

/// RFC 3711 appendix B.3: cipher key, cipher salt and authentication key from one master key.
#[test]
fn keys_are_derived_as_in_the_appendix() {
    let ciphers = crypto_provider().srtp_provider;
    let master = bytes("E1F97A0D3E018BE0D64FA32C06DE4139");
    let derived = |salted: &str, blocks: u8| -> Vec<u8> {
        let block = |number: u8| {
            let mut input = bytes(salted);
            input.extend([0, number]);
            let mut out = [0; 16];
            ciphers.srtp_aes_128_ecb_round(&master, &input, &mut out);
            out
        };
        (0..blocks).flat_map(block).collect()
    };
    let key = derived("0EC675AD498AFEEBB6960B3AABE6", 1);
    assert_eq!(key, bytes("C61E7A93744F39EE10734AFE3FF7A087"));
    let salt = derived("0EC675AD498AFEE9B6960B3AABE6", 1);
    assert_eq!(salt[..14], bytes("30CBBC08863D8C85D49DB34A9AE1"));
    let authentication = derived("0EC675AD498AFEEAB6960B3AABE6", 6);
    let expected = "CEBE321F6FF7716B6FD4AB49AF256A15 6D38BAA48F0A0ACF3C34E2359E6CDBCE
                    E049646C43D9327AD175578EF7227098 6371C10C9A369AC2F94A8C5FBCDDDC25
                    6D6E919A48B610EF17C2041E47403576 6B68642C59BBFC2F34DB60DBDFB2";
    assert_eq!(authentication[..94], bytes(expected));
}

/// A packet of RFC 7714: what is authenticated only, the plain text, and cipher text with tag.
struct Sample {
    iv: &'static str,
    aad: &'static str,
    text: &'static str,
    sealed_128: &'static str,
    sealed_256: &'static str,
}

const GALLIA: &str =
    "47616c6c 69612065 7374206f 6d6e6973 20646976 69736120 696e2070 61727465 73207472 6573";
const RTP_IV: &str = "51753c65 80c2726f 20718414";
const RTCP_IV: &str = "51752405 5203726f 207170bb";
const REPORT: &str = "4e545031 4e545032 52545020 0000042a 0000e930 4c756e61 deadbeef deadbeef deadbeef deadbeef deadbeef";

const SAMPLES: [Sample; 4] = [
    // Sections 16.1.1, 16.1.2, 16.2.1 and 16.2.2: an RTP packet.
    Sample {
        iv: RTP_IV,
        aad: "8040f17b 8041f8d3 5501a0b2",
        text: GALLIA,
        sealed_128: "f24de3a3 fb34de6c acba861c 9d7e4bca be633bd5 0d294e6f 42a5f47a 51c7d19b 36de3adf 8833899d 7f27beb1
             6a9152cf 765ee439 0cce",
        sealed_256: "32b1de78 a822fe12 ef9f78fa 332e33aa b1801238 9a58e2f3 b50b2a02 76ffae0f 1ba63799 b87b7aa3 db36dfff
             d6b0f9bb 7878d7a7 6c13",
    },
    // Sections 16.1.3, 16.1.4, 16.2.3 and 16.2.4: one that is authenticated and not encrypted.
    Sample {
        iv: RTP_IV,
        aad: "8040f17b 8041f8d3 5501a0b2 47616c6c 69612065 7374206f 6d6e6973 20646976 69736120 696e2070 61727465
              73207472 6573",
        text: "",
        sealed_128: "22493f82 d2bce397 e9d79e3b 19aa4216",
        sealed_256: "a866d591 0f887463 067ceefe c45215d4",
    },
    // Sections 17.1 and 17.2: an RTCP packet.
    Sample {
        iv: RTCP_IV,
        aad: "81c8000d 4d617273 800005d4",
        text: REPORT,
        sealed_128: "63e94885 dcdab67c a727d766 2f6b7e99 7ff5c0f7 6c06f32d c676a5f1 730d6fda 4ce09b46 86303ded 0bb9275b
             c84aa458 96cf4d2f c5abf872 45d9eade",
        sealed_256: "d50ae4d1 f5ce5d30 4ba297e4 7d470c28 2c3ece5d bffe0a50 a2eaa5c1 110555be 8415f658 c61de047 6f1b6fad
             1d1eb30c 4446839f 57ff6f6c b26ac3be",
    },
    // Sections 17.3 and 17.4: one that is authenticated and not encrypted.
    Sample {
        iv: RTCP_IV,
        aad: "81c8000d 4d617273 4e545031 4e545032 52545020 0000042a 0000e930 4c756e61 deadbeef deadbeef deadbeef
              deadbeef deadbeef 000005d4",
        text: "",
        sealed_128: "841dd968 3dd78ec9 2ae58790 125f62b3",
        sealed_256: "91db4afb feee5a97 8fab4393 ed2615fe",
    },
];

/// Holds a cipher of one key size against the samples.
macro_rules! hold {
    ($create:ident, $key:expr, $sealed:ident) => {
        let key: [u8; $key] = std::array::from_fn(|index| u8::try_from(index).expect("small"));
        let ciphers = crypto_provider().srtp_provider;
        for sample in &SAMPLES {
            let expected = bytes(sample.$sealed);
            let (iv, aad, text) = (array(sample.iv), bytes(sample.aad), bytes(sample.text));
            let mut sealed = vec![0; text.len() + TAG];
            let mut cipher = ciphers.$create().create_cipher(key, true);
            cipher.encrypt(&iv, &aad, &text, &mut sealed).expect("seals");
            assert_eq!(sealed, expected);
            let mut cipher = ciphers.$create().create_cipher(key, false);
            let mut opened = vec![0; text.len() + TAG];
            let (head, tail) = aad.split_at(8);
            let count = cipher.decrypt(&iv, &[head, tail], &sealed, &mut opened).expect("opens");
            assert_eq!(opened[..count], text);
            for index in 0..sealed.len() {
                let mut forged = sealed.clone();
                forged[index] ^= 1;
                assert!(cipher.decrypt(&iv, &[&aad], &forged, &mut opened).is_err());
            }
            let mut elsewhere = aad.clone();
            elsewhere[1] ^= 1;
            assert!(cipher.decrypt(&iv, &[&elsewhere], &sealed, &mut opened).is_err());
        }
    };
}

#[test]
fn packets_under_aead_aes_128_gcm() {
    hold!(aead_aes_128_gcm, 16, sealed_128);
}

#[test]
fn packets_under_aead_aes_256_gcm() {
    hold!(aead_aes_256_gcm, 32, sealed_256);
}
