//! Header extensions that some packets of a stream have and others do not: what is told of their
//! frame.

use crate::rtp::extension::{ExtensionKind, HeaderExtension};

/// Values of one packet, each behind its kind and length; nothing for most.
#[derive(Clone, Debug, Default)]
pub(super) struct Beside(Option<Box<[u8]>>);

impl Beside {
    pub(super) fn is_none(&self) -> bool {
        self.0.is_none()
    }

    pub(super) fn values(&self) -> impl Iterator<Item = (ExtensionKind, &[u8])> {
        let mut rest = self.0.as_deref().unwrap_or_default();
        std::iter::from_fn(move || {
            let (&[kind, length], behind) = rest.split_first_chunk()?;
            let (value, behind) = behind.split_at_checked(length.into())?;
            rest = behind;
            Some((*ExtensionKind::ALL.get(usize::from(kind))?, value))
        })
    }
}

/// The values of a packet while they are put together.
#[derive(Debug, Default)]
pub(super) struct BesideWriter(Vec<u8>);

impl BesideWriter {
    pub(super) fn add<T: HeaderExtension>(&mut self, value: &T) {
        self.opaque(T::KIND, |out| value.write(out));
    }

    /// Adds what `write` appends, which is at most as long as an element may be.
    pub(super) fn opaque(&mut self, kind: ExtensionKind, write: impl FnOnce(&mut Vec<u8>)) {
        let start = self.0.len();
        self.0.extend([kind as u8, 0]);
        write(&mut self.0);
        match u8::try_from(self.0.len() - start - 2) {
            Ok(length) => self.0[start + 1] = length,
            Err(_) => self.0.truncate(start),
        }
    }

    pub(super) fn finish(self) -> Beside {
        Beside(Some(self.0).filter(|values| !values.is_empty()).map(Vec::into_boxed_slice))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rtp::extension::{AbsCaptureTime, PlayoutDelay};

    #[test]
    fn values_come_back_in_their_order() {
        let captured = AbsCaptureTime { timestamp: 7, clock_offset: Some(0) };
        let delay = PlayoutDelay::new(Default::default(), Default::default()).expect("in order");
        let mut writer = BesideWriter::default();
        writer.add(&captured);
        writer.opaque(ExtensionKind::DependencyDescriptor, |out| out.extend([0; 300]));
        writer.add(&delay);
        let beside = writer.finish();
        let kinds: Vec<_> = beside.values().map(|(kind, value)| (kind, value.len())).collect();
        let expected = [(ExtensionKind::AbsCaptureTime, 16), (ExtensionKind::PlayoutDelay, 3)];
        assert_eq!(kinds, expected);
        let read = beside.values().next().and_then(|(_, value)| AbsCaptureTime::read(value));
        assert_eq!(read, Some(captured));
        assert!(BesideWriter::default().finish().is_none());
    }
}
