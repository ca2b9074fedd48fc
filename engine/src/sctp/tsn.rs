//! Transmission sequence numbers of one direction. On the wire they have 32 bits and wrap (RFC 9260
//! section 6.2); here they are counted from one, and never do.

/// Where a direction begins.
#[derive(Clone, Copy, Debug)]
pub(super) struct Numbering {
    first: u32,
}

impl Numbering {
    /// The first number is that of an INIT. It is `1` here, and `0` is what came before.
    pub(super) fn new(first: u32) -> Self {
        Numbering { first }
    }

    /// As it stands on the wire.
    pub(super) fn on_the_wire(self, number: u64) -> u32 {
        // Only the low bits count.
        self.first.wrapping_sub(1).wrapping_add(number as u32)
    }

    /// A number of the wire, of all that it could be the one nearest to `near`. `None` for one from
    /// before the begin.
    pub(super) fn read(self, on_the_wire: u32, near: u64) -> Option<u64> {
        let distance = on_the_wire.wrapping_sub(self.on_the_wire(near)).cast_signed();
        near.checked_add_signed(i64::from(distance))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_pass_the_end_of_32_bits() {
        let numbering = Numbering::new(u32::MAX);
        assert_eq!(numbering.on_the_wire(1), u32::MAX);
        assert_eq!(numbering.on_the_wire(2), 0);
        assert_eq!(numbering.read(u32::MAX, 0), Some(1));
        assert_eq!(numbering.read(4, 1), Some(6));
        assert_eq!(numbering.read(u32::MAX - 1, 0), Some(0));
        assert_eq!(numbering.read(u32::MAX - 2, 0), None, "before the begin");
        let far = (1 << 33) + 7;
        assert_eq!(numbering.read(numbering.on_the_wire(far), far - 1_000), Some(far));
        assert_eq!(numbering.read(numbering.on_the_wire(far), far + 1_000), Some(far));
    }
}
