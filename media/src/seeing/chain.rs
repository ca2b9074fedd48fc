//! What can be decoded: the chain of references from the last key frame on.

use super::layers::Layer;

/// What was decoded, as far as it matters for what comes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chain {
    state: State,
    /// Number of the last packet that was passed.
    last: Option<u64>,
    /// The frame that it was of was decoded: what follows on it by its number has all it needs.
    decoded: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Nothing but a key frame can be decoded.
    Broken,
    /// All can be.
    Whole,
    /// All below this temporal layer can be.
    Below(u8),
}

/// A frame as far as its references go.
#[derive(Clone, Copy, Debug)]
pub(super) struct Link {
    pub(super) keyframe: bool,
    /// Numbers of its first packet and its last.
    pub(super) packets: Option<(u64, u64)>,
    /// The session handed over what it refers to.
    pub(super) contiguous: bool,
    pub(super) layer: Layer,
}

/// What is to be done with a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fit {
    Decodable,
    /// What it refers to may still come.
    Missing,
    /// Of a layer that lost what it refers to.
    LostLayer,
    /// It refers to what was lost.
    Lost,
}

impl Chain {
    pub(super) fn new() -> Self {
        Chain { state: State::Broken, last: None, decoded: false }
    }

    /// Number of the last packet that was passed.
    pub(super) fn passed(&self) -> Option<u64> {
        self.last
    }

    /// What is to be done with the next frame.
    pub(super) fn fit(&self, link: &Link) -> Fit {
        if link.keyframe {
            return Fit::Decodable;
        }
        match self.state {
            State::Broken => return Fit::Lost,
            State::Below(layer) if link.layer.temporal >= layer && !link.layer.sync => {
                return Fit::LostLayer;
            }
            State::Whole | State::Below(_) => {}
        }
        let follows = self.decoded
            && link
                .packets
                .zip(self.last)
                .is_some_and(|((first, _), last)| last.checked_add(1) == Some(first));
        if follows || link.contiguous { Fit::Decodable } else { Fit::Missing }
    }

    /// A frame is decoded.
    pub(super) fn take(&mut self, link: &Link) {
        self.pass(link, true);
        self.state = match self.state {
            _ if link.keyframe => State::Whole,
            // It refers to none of its own layer: those after it have it.
            State::Below(layer) if link.layer.sync && link.layer.temporal >= layer => {
                State::Below(link.layer.temporal + 1)
            }
            state => state,
        };
    }

    /// A frame is given up.
    pub(super) fn give_up(&mut self, link: &Link) {
        self.pass(link, false);
        if link.layer.discardable {
            return;
        }
        self.state = match (self.state, link.layer.temporal) {
            (State::Broken, _) | (_, 0) => State::Broken,
            (State::Whole, temporal) => State::Below(temporal),
            (State::Below(layer), temporal) => State::Below(layer.min(temporal)),
        };
    }

    /// Nothing but a key frame can be decoded any more.
    pub(super) fn sever(&mut self) {
        self.state = State::Broken;
    }

    fn pass(&mut self, link: &Link, decoded: bool) {
        self.decoded = decoded;
        self.last = link.packets.map(|(_, last)| last).or(self.last);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(number: u64, temporal: u8) -> Link {
        let layer = Layer { temporal, ..Layer::default() };
        Link { keyframe: number == 0, packets: Some((number, number)), contiguous: false, layer }
    }

    fn begun() -> Chain {
        let mut chain = Chain::new();
        assert_eq!(chain.fit(&link(1, 0)), Fit::Lost);
        chain.take(&link(0, 0));
        chain
    }

    #[test]
    fn what_follows_by_number_or_by_the_session_is_decodable() {
        let chain = begun();
        assert_eq!(chain.fit(&link(1, 0)), Fit::Decodable);
        assert_eq!(chain.fit(&link(2, 0)), Fit::Missing);
        assert_eq!(chain.fit(&Link { contiguous: true, ..link(2, 0) }), Fit::Decodable);
    }

    #[test]
    fn a_lost_upper_layer_stays_lost_until_it_begins_anew() {
        let mut chain = begun();
        chain.give_up(&link(2, 1));
        // The session knows whether it refers to what was lost.
        assert_eq!(chain.fit(&link(3, 0)), Fit::Missing);
        assert_eq!(chain.fit(&Link { contiguous: true, ..link(3, 0) }), Fit::Decodable);
        chain.take(&link(3, 0));
        assert_eq!(chain.fit(&link(4, 1)), Fit::LostLayer);
        assert_eq!(chain.fit(&link(4, 2)), Fit::LostLayer);
        let mut sync = Link { contiguous: true, ..link(5, 1) };
        sync.layer.sync = true;
        assert_eq!(chain.fit(&sync), Fit::Decodable);
        chain.take(&sync);
        assert_eq!(chain.fit(&link(6, 1)), Fit::Decodable);
        assert_eq!(chain.fit(&link(6, 2)), Fit::LostLayer);
        chain.take(&link(0, 0));
        assert_eq!(chain.fit(&link(1, 2)), Fit::Decodable);
    }

    #[test]
    fn a_lost_lowest_layer_needs_a_key_frame_and_a_discardable_frame_nothing() {
        let mut chain = begun();
        let mut discardable = link(2, 0);
        discardable.layer.discardable = true;
        chain.give_up(&discardable);
        assert_eq!(chain.fit(&Link { contiguous: true, ..link(3, 0) }), Fit::Decodable);
        chain.give_up(&link(4, 0));
        assert_eq!(chain.fit(&Link { contiguous: true, ..link(5, 2) }), Fit::Lost);
    }
}
