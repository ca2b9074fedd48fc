//! Selection of one simulcast layer among those that arrive.

use crate::ids::Rid;

/// Lets one layer pass, and changes layers only at a keyframe so that a decoder can follow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct LayerSelector {
    /// `None` lets everything pass.
    wanted: Option<Rid>,
    current: Option<Rid>,
}

/// What to do with a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LayerVerdict {
    Pass,
    Drop,
}

impl LayerSelector {
    /// Wants `layer` from now on. True when a keyframe of it must be asked for.
    pub(crate) fn select(&mut self, layer: Option<Rid>) -> bool {
        self.wanted = layer;
        layer.is_some() && self.current != layer
    }

    pub(crate) fn judge(&mut self, rid: Option<Rid>, keyframe: bool) -> LayerVerdict {
        let Some(wanted) = self.wanted else {
            self.current = rid;
            return LayerVerdict::Pass;
        };
        if rid == Some(wanted) && keyframe {
            self.current = rid;
        }
        if rid.is_some() && rid == self.current { LayerVerdict::Pass } else { LayerVerdict::Drop }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_old_layer_flows_until_the_new_one_has_a_keyframe() {
        let (low, high) = (Rid::new("l"), Rid::new("h"));
        let mut selector = LayerSelector::default();
        assert_eq!(selector.judge(low, true), LayerVerdict::Pass);
        assert!(!selector.select(low), "it flows already");
        assert_eq!(selector.judge(high, true), LayerVerdict::Drop);
        assert_eq!(selector.judge(low, true), LayerVerdict::Pass);
        assert!(selector.select(high));
        assert_eq!(selector.judge(low, false), LayerVerdict::Pass);
        assert_eq!(selector.judge(high, false), LayerVerdict::Drop);
        assert_eq!(selector.judge(high, true), LayerVerdict::Pass);
        assert_eq!(selector.judge(low, true), LayerVerdict::Drop);
        assert!(!selector.select(high), "it flows already");
        selector.select(None);
        assert_eq!(selector.judge(low, false), LayerVerdict::Pass);
    }
}
