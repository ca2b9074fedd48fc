//! Packets before and after their protection, with the keys known: what is protected opens once,
//! what is damaged after does not and changes nothing, and nothing panics.
#![no_main]

use lapwing_engine::srtp::{
    Discard, Inbound, Keys, Options, Outbound, ProtectError, ProtectionProfile,
};
use libfuzzer_sys::fuzz_target;

/// Few, so that the limit is met.
const SOURCES_MAX: usize = 4;

fuzz_target!(|bytes: &[u8]| {
    let Some((&[choice, damage], mut rest)) = bytes.split_first_chunk() else { return };
    let mut ends = Ends::new(choice);
    while let Some((&[kind, len, at, flip], after)) = rest.split_first_chunk() {
        let (plain, after) = after.split_at(usize::from(len).min(after.len()));
        rest = after;
        let flip = if damage & 1 == 0 { flip } else { 0 };
        match kind % 3 {
            0 => ends.rtp(plain, at.into(), flip),
            1 => ends.rtcp(plain, at.into(), flip),
            _ => ends.forged(plain),
        }
    }
});

struct Ends {
    outbound: Outbound,
    inbound: Inbound,
    cryptex: bool,
}

impl Ends {
    fn new(choice: u8) -> Self {
        let profile = ProtectionProfile::ALL[usize::from(choice % 4)];
        let material = vec![choice; profile.keying_material_bytes()];
        let keys = Keys::from_keying_material(profile, &material).expect("its length");
        let cryptex = choice & 4 != 0;
        let replay_window = usize::from(choice) * 16;
        let options = Options { cryptex, replay_window, sources_max: SOURCES_MAX };
        Ends {
            outbound: Outbound::new(&keys.client, options).expect("OpenSSL has the cipher"),
            inbound: Inbound::new(&keys.client, options).expect("OpenSSL has the cipher"),
            cryptex,
        }
    }

    fn rtp(&mut self, plain: &[u8], at: usize, flip: u8) {
        let mut packet = plain.to_vec();
        if let Err(error) = self.outbound.protect_rtp(&mut packet) {
            assert_eq!(packet, plain);
            assert_ne!(error, ProtectError::Cipher);
            return;
        }
        self.damaged(&packet, at, flip, Inbound::unprotect_rtp);
        let mut again = packet.clone();
        let count = self.inbound.unprotect_rtp(&mut packet);
        let count = count.expect("it was protected with these keys");
        if count == plain.len() {
            assert_eq!(packet[..count], *plain);
        } else {
            assert!(self.cryptex && count == plain.len() + 4, "an empty extension, no more");
        }
        assert_eq!(self.inbound.unprotect_rtp(&mut again), Err(Discard::Replayed));
    }

    fn rtcp(&mut self, plain: &[u8], at: usize, flip: u8) {
        let mut packet = plain.to_vec();
        if let Err(error) = self.outbound.protect_rtcp(&mut packet) {
            assert_eq!(packet, plain);
            assert_ne!(error, ProtectError::Cipher);
            return;
        }
        self.damaged(&packet, at, flip, Inbound::unprotect_rtcp);
        let mut again = packet.clone();
        let count = self.inbound.unprotect_rtcp(&mut packet);
        let count = count.expect("it was protected with these keys");
        assert_eq!(packet[..count], *plain);
        assert_eq!(self.inbound.unprotect_rtcp(&mut again), Err(Discard::Replayed));
    }

    fn damaged(
        &mut self,
        packet: &[u8],
        at: usize,
        flip: u8,
        unprotect: fn(&mut Inbound, &mut [u8]) -> Result<usize, Discard>,
    ) {
        if flip == 0 {
            return;
        }
        let mut damaged = packet.to_vec();
        let at = at % damaged.len();
        damaged[at] ^= flip;
        assert!(unprotect(&mut self.inbound, &mut damaged).is_err());
    }

    fn forged(&mut self, bytes: &[u8]) {
        assert!(self.inbound.unprotect_rtp(&mut bytes.to_vec()).is_err());
        assert!(self.inbound.unprotect_rtcp(&mut bytes.to_vec()).is_err());
    }
}
