//! The vectors of the RFCs.

use super::support::bytes;
use crate::srtp::cipher::PacketCipher;
use crate::srtp::cryptex::Parts;
use crate::srtp::header::RtpHeader;
use crate::srtp::keys::SessionKeys;
use crate::srtp::nonce::{Direction, Nonce};
use crate::srtp::{Discard, Inbound, MasterKey, Options, Outbound, ProtectionProfile};

/// RFC 7714 sections 16 and 17: the salt.
const SALT: &str = "517569642070726f2071756f";

/// RFC 7714 section 16: the RTP packet.
const RTP: &str = "8040f17b 8041f8d3 5501a0b2 47616c6c 69612065 7374206f 6d6e6973 20646976
                   69736120 696e2070 61727465 73207472 6573";

/// RFC 7714 section 17: the RTCP packet, as its subsections have it.
const RTCP: &str = "81c8000d 4d617273 4e545031 4e545032 52545020 0000042a 0000e930 4c756e61
                    deadbeef deadbeef deadbeef deadbeef deadbeef";

/// Contexts with session keys that are 0, 1, 2 and so on.
fn given(profile: ProtectionProfile) -> (Outbound, Inbound) {
    let key: Vec<u8> = (0..profile.key_bytes() as u8).collect();
    let session = SessionKeys::given(profile, &key, &bytes(SALT));
    let cipher =
        |direction| PacketCipher::new(&session, direction, 16).expect("OpenSSL has the cipher");
    let master = MasterKey::new(profile, &key, &bytes(SALT)).expect("lengths of the profile");
    let options = Options::default();
    let (out, inn) = (Direction::Outbound, Direction::Inbound);
    let outbound = Outbound::new(&master, options).expect("OpenSSL has the cipher");
    let inbound = Inbound::new(&master, options).expect("OpenSSL has the cipher");
    (
        outbound.with_ciphers(cipher(out), cipher(out)),
        inbound.with_ciphers(cipher(inn), cipher(inn)),
    )
}

/// RFC 7714 sections 16.1.1, 16.1.2, 16.2.1 and 16.2.2.
#[test]
fn rfc_7714_rtp() {
    let expected = [
        (
            ProtectionProfile::AeadAes128Gcm,
            "8040f17b 8041f8d3 5501a0b2 f24de3a3 fb34de6c acba861c 9d7e4bca be633bd5 0d294e6f
             42a5f47a 51c7d19b 36de3adf 8833899d 7f27beb1 6a9152cf 765ee439 0cce",
        ),
        (
            ProtectionProfile::AeadAes256Gcm,
            "8040f17b 8041f8d3 5501a0b2 32b1de78 a822fe12 ef9f78fa 332e33aa b1801238 9a58e2f3
             b50b2a02 76ffae0f 1ba63799 b87b7aa3 db36dfff d6b0f9bb 7878d7a7 6c13",
        ),
    ];
    for (profile, expected) in expected {
        let (mut outbound, mut inbound) = given(profile);
        let mut packet = bytes(RTP);
        outbound.protect_rtp(&mut packet).expect("it is a packet");
        assert_eq!(packet, bytes(expected));
        let count = inbound.unprotect_rtp(&mut packet).expect("it is ours");
        assert_eq!(packet[..count], bytes(RTP));
    }
}

/// RFC 7714 sections 17.1 and 17.2.
#[test]
fn rfc_7714_rtcp() {
    let expected = [
        (
            ProtectionProfile::AeadAes128Gcm,
            "81c8000d 4d617273 63e94885 dcdab67c a727d766 2f6b7e99 7ff5c0f7 6c06f32d c676a5f1
             730d6fda 4ce09b46 86303ded 0bb9275b c84aa458 96cf4d2f c5abf872 45d9eade 800005d4",
        ),
        (
            ProtectionProfile::AeadAes256Gcm,
            "81c8000d 4d617273 d50ae4d1 f5ce5d30 4ba297e4 7d470c28 2c3ece5d bffe0a50 a2eaa5c1
             110555be 8415f658 c61de047 6f1b6fad 1d1eb30c 4446839f 57ff6f6c b26ac3be 800005d4",
        ),
    ];
    for (profile, expected) in expected {
        let (mut outbound, mut inbound) = given(profile);
        outbound.protect_rtcp(&mut bytes(RTCP)).expect("it is a packet");
        outbound.sources().get_mut(&0x4D61_7273).expect("it has sent").rtcp_next = 0x5D4;
        let mut packet = bytes(RTCP);
        outbound.protect_rtcp(&mut packet).expect("it is a packet");
        assert_eq!(packet, bytes(expected));
        let count = inbound.unprotect_rtcp(&mut packet).expect("it is ours");
        assert_eq!(packet[..count], bytes(RTCP));
    }
}

/// RFC 7714 section 17.3: RTCP with a right tag that is not encrypted, which no profile of
/// DTLS-SRTP has.
#[test]
fn rfc_7714_rtcp_in_the_clear() {
    let (_, mut inbound) = given(ProtectionProfile::AeadAes128Gcm);
    let mut packet = bytes(RTCP);
    packet.extend(bytes("841dd968 3dd78ec9 2ae58790 125f62b3 000005d4"));
    assert_eq!(inbound.unprotect_rtcp(&mut packet), Err(Discard::Clear));
    assert!(inbound.sources().is_empty());
}

/// RFC 3711 appendix B.2: the key stream, at both ends of its vector.
#[test]
fn rfc_3711_key_stream() {
    let profile = ProtectionProfile::Aes128CmSha1_80;
    let key = bytes("2B7E151628AED2A6ABF7158809CF4F3C");
    let keys = SessionKeys::given(profile, &key, &bytes("F0F1F2F3F4F5F6F7F8F9FAFBFCFD"));
    let mut cipher =
        PacketCipher::new(&keys, Direction::Outbound, 10).expect("OpenSSL has the cipher");
    let mut packet = vec![0; 12 + 0xFF02 * 16 + 10];
    packet[0] = 0x80;
    let header = RtpHeader::parse(&packet).expect("a header");
    let nonce = Nonce { ssrc: 0, index: 0 };
    cipher.seal_rtp(nonce, &Parts::payload(&header), &mut packet, None).expect("encrypts");
    let blocks = [
        (0x0000, "E03EAD0935C95E80E166B16DD92B4EB4"),
        (0x0001, "D23513162B02D0F72A43A2FE4A5F97AB"),
        (0x0002, "41E95B3BB0A2E8DD477901E4FCA894C0"),
        (0xFEFF, "EC8CDF7398607CB0F2D21675EA9EA1E4"),
        (0xFF00, "362B7C3C6773516318A077D7FC5073AE"),
        (0xFF01, "6A2CC3787889374FBEB4C81B17BA6C44"),
    ];
    for (number, block) in blocks {
        assert_eq!(packet[12 + number * 16..][..16], bytes(block), "block {number:04x}");
    }
}

/// RFC 9335 appendix A.1: packets with AES-CTR, in the clear and protected.
const CRYPTEX_COUNTER: [(&str, &str); 6] = [
    (
        "900f1235decafbadcafebabebede000151000200abababababababababababababababab",
        "900f1235decafbadcafebabec0de0001eb92365251c3e036f8de27e9c27ee3e0b4651d9f
         bc4218a70244522f34a5",
    ),
    (
        "900f1236decafbadcafebabe1000000105020002abababababababababababababababab",
        "900f1236decafbadcafebabec2de00014ed9cc4e6a712b3096c5ca77339d4204ce0d7739
         6cab69585fbce38194a5",
    ),
    (
        "920f1238decafbadcafebabe0001e2400000b26ebede000151000200abababababababab
         abababababababab",
        "920f1238decafbadcafebabe8bb6e12b5cff16ddc0de000192838c8c09e58393e1de3a9a
         74734d6745671338c3acf11da2df8423bee0",
    ),
    (
        "920f1239decafbadcafebabe0001e2400000b26e1000000105020002abababababababab
         abababababababab",
        "920f1239decafbadcafebabef70e513eb90b9b25c2de0001bbed4848faa644665f3d7f34
         125914e9f4d0ae923c6f479b95a0f7b53133",
    ),
    (
        "920f123adecafbadcafebabe0001e2400000b26ebede0000abababababababababababab
         abababab",
        "920f123adecafbadcafebabe7130b6abfe2ab0e3c0de0000e3d9f64b25c9e74cb4cf8e43
         fb92e3781c2c0ceab6b3a499a14c",
    ),
    (
        "920f123bdecafbadcafebabe0001e2400000b26e10000000abababababababababababab
         abababab",
        "920f123bdecafbadcafebabecbf24c124330e1c8c2de0000599dd45bc9d687b603e8b59d
         771fd38e88b170e0cd31e125eabe",
    ),
];

/// RFC 9335 appendix A.2: packets with AES-GCM, in the clear and protected.
const CRYPTEX_GALOIS: [(&str, &str); 6] = [
    (
        "900f1235decafbadcafebabebede000151000200abababababababababababababababab",
        "900f1235decafbadcafebabec0de000139972dc9572c4d99e8fc355de743fb2e94f9d8ff
         54e72f4193bbc5c74ffab0fa9fa0fbeb",
    ),
    (
        "900f1236decafbadcafebabe1000000105020002abababababababababababababababab",
        "900f1236decafbadcafebabec2de0001bb75a4c545cd1f413bdb7daa2b1e3263de313667
         c963249081b35a65f5cb6c88b394235f",
    ),
    (
        "920f1238decafbadcafebabe0001e2400000b26ebede000151000200abababababababab
         abababababababab",
        "920f1238decafbadcafebabe63bbccc4a7f695c4c0de00018ad7c71fac70a80c92866b4c
         6ba98546ef913586e95ffaaffe956885bb0647a8bc094ac8",
    ),
    (
        "920f1239decafbadcafebabe0001e2400000b26e1000000105020002abababababababab
         abababababababab",
        "920f1239decafbadcafebabe3680524f8d312b00c2de0001c78d120038422bc111a7187a
         18246f980c059cc6bc9df8b626394eca344e4b05d80fea83",
    ),
    (
        "920f123adecafbadcafebabe0001e2400000b26ebede0000abababababababababababab
         abababab",
        "920f123adecafbadcafebabe15b6bb4337906fffc0de0000b7b964537a2b03ab7ba5389c
         e93317126b5d974df30c6884dcb651c5e120c1da",
    ),
    (
        "920f123bdecafbadcafebabe0001e2400000b26e10000000abababababababababababab
         abababab",
        "920f123bdecafbadcafebabedcb38c9e48bf95f4c2de000061ee432cf920317076613258
         d3ce4236c06ac429681ad08413512dc98b5207d8",
    ),
];

/// RFC 9335 appendix A.
#[test]
fn rfc_9335() {
    let sets = [
        (
            ProtectionProfile::Aes128CmSha1_80,
            ["e1f97a0d3e018be0d64fa32c06de4139", "0ec675ad498afeebb6960b3aabe6"],
            CRYPTEX_COUNTER,
        ),
        (
            ProtectionProfile::AeadAes128Gcm,
            ["000102030405060708090a0b0c0d0e0f", "a0a1a2a3a4a5a6a7a8a9aaab"],
            CRYPTEX_GALOIS,
        ),
    ];
    for (profile, [key, salt], packets) in sets {
        let master = MasterKey::new(profile, &bytes(key), &bytes(salt)).expect("lengths");
        let options = Options { cryptex: true, ..Options::default() };
        let mut outbound = Outbound::new(&master, options).expect("OpenSSL has the cipher");
        let mut inbound = Inbound::new(&master, options).expect("OpenSSL has the cipher");
        for (plain, protected) in packets {
            let mut packet = bytes(plain);
            outbound.protect_rtp(&mut packet).expect("it is a packet");
            assert_eq!(packet, bytes(protected), "{profile} {plain}");
            let count = inbound.unprotect_rtp(&mut packet).expect("it is ours");
            assert_eq!(packet[..count], bytes(plain));
        }
    }
}
