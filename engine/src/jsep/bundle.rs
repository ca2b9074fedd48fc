//! Which m-lines share the transport (RFC 9143, RFC 9429 section 4.1.1). There is one transport:
//! what cannot share it is rejected.

use super::error::DescriptionFault as Fault;
use super::line;
use crate::config::BundlePolicy;
use crate::sdp::{Description, Group};

const BUNDLE: &str = "BUNDLE";

/// Groups of other semantics count for nothing here.
pub(super) fn groups(description: &Description) -> impl Iterator<Item = &Group> {
    description.groups.iter().filter(|group| group.semantics.eq_ignore_ascii_case(BUNDLE))
}

/// The group that an m-line is in.
pub(super) fn group_of(description: &Description, index: usize) -> Option<&Group> {
    let mid = description.media[index].mid.as_ref()?;
    groups(description).find(|group| group.mids.contains(mid))
}

/// The m-line whose transport carries all that is in use: the one that the group lists first
/// (RFC 9143 sections 7.2.1 and 7.3.1), or the first.
pub(super) fn carrier(description: &Description) -> Option<usize> {
    let lines = &description.media;
    let first = lines.iter().position(|media| media.port != 0)?;
    let place = |mid: &String| {
        lines.iter().position(|media| media.port != 0 && media.mid.as_ref() == Some(mid))
    };
    let group = group_of(description, first);
    group.and_then(|group| group.mids.iter().find_map(place)).or(Some(first))
}

/// A group of these; none for none.
pub(super) fn group(mids: Vec<String>) -> Option<Group> {
    (!mids.is_empty()).then(|| Group { semantics: BUNDLE.to_owned(), mids })
}

/// Every name in a group is that of an m-line, and in one group only.
pub(super) fn check(description: &Description) -> Result<(), Fault> {
    let mut seen = std::collections::BTreeSet::new();
    for mid in groups(description).flat_map(|group| &group.mids) {
        let is_there = description.media.iter().any(|media| media.mid.as_ref() == Some(mid));
        if !is_there || !seen.insert(mid) {
            return Err(Fault::Group);
        }
    }
    Ok(())
}

/// Of the m-lines of an offer that could be taken, those that are: the bundle of the first, or the
/// first alone.
pub(super) fn taken(offer: &Description, could_be: &[bool]) -> Vec<bool> {
    let Some(first) = could_be.iter().position(|could| *could) else {
        return vec![false; could_be.len()];
    };
    let group = group_of(offer, first);
    let shares = |index: usize| {
        index == first
            || group.is_some_and(|group| {
                offer.media[index].mid.as_ref().is_some_and(|mid| group.mids.contains(mid))
            })
    };
    could_be.iter().enumerate().map(|(index, could)| *could && shares(index)).collect()
}

/// M-lines in the order in which their transport is looked for: that of the group, else as they
/// stand. The first that is taken is the one that counts (RFC 9143 section 7.3.1).
pub(super) fn transport_order(description: &Description, taken: &[bool]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..taken.len()).filter(|index| taken[*index]).collect();
    if let Some(group) = order.first().and_then(|first| group_of(description, *first)) {
        order.sort_by_key(|index| {
            let mid = description.media[*index].mid.as_ref();
            group.mids.iter().position(|known| Some(known) == mid)
        });
    }
    order
}

/// An answer takes m-lines of one bundle, or a single one.
pub(super) fn check_answer(answer: &Description) -> Result<(), Fault> {
    let taken = |index: &usize| !line::is_rejected(&answer.media[*index], false);
    let mut lines = (0..answer.media.len()).filter(taken);
    let Some(first) = lines.next() else { return Ok(()) };
    let group = group_of(answer, first);
    let outside = lines.find(|index| group.is_none() || group_of(answer, *index) != group);
    outside.map_or(Ok(()), |index| Err(Fault::NotBundled(index)))
}

/// Which m-lines of an offer that was never answered can only be had in the bundle: given their
/// kinds.
pub(super) fn bundle_only<K: PartialEq>(policy: BundlePolicy, kinds: &[K]) -> Vec<bool> {
    let only = |(index, kind): (usize, &K)| match policy {
        BundlePolicy::MaxCompat => false,
        BundlePolicy::Balanced => kinds[..index].contains(kind),
        BundlePolicy::MaxBundle => index > 0,
    };
    kinds.iter().enumerate().map(only).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sdp::MediaDescription;

    fn with(groups: &[&str], mids: &[&str]) -> Description {
        let group = |text: &&str| {
            let mut words = text.split(' ').map(str::to_owned);
            Group { semantics: words.next().expect("a word"), mids: words.collect() }
        };
        let media = |mid: &&str| MediaDescription {
            mid: Some((*mid).to_owned()).filter(|mid| !mid.is_empty()),
            port: 9,
            ..MediaDescription::default()
        };
        Description {
            groups: groups.iter().map(group).collect(),
            media: mids.iter().map(media).collect(),
            ..Description::default()
        }
    }

    #[test]
    fn what_of_an_offer_is_taken() {
        let mids = ["a", "b", "c"];
        for (groups, could_be, expected, order) in [
            (&["BUNDLE a b c"][..], [true, true, true], [true, true, true], vec![0, 1, 2]),
            (&["BUNDLE c b a"], [true, true, true], [true, true, true], vec![2, 1, 0]),
            (&["BUNDLE c b a"], [true, true, false], [true, true, false], vec![1, 0]),
            (&["LS a b", "BUNDLE a b c"], [true, false, true], [true, false, true], vec![0, 2]),
            (&["LS a b"], [true, true, true], [true, false, false], vec![0]),
            (&[], [false, true, true], [false, true, false], vec![1]),
            (&["BUNDLE a", "BUNDLE c b"], [true, true, true], [true, false, false], vec![0]),
            (&["BUNDLE a", "BUNDLE c b"], [false, true, true], [false, true, true], vec![2, 1]),
            (&["BUNDLE a b c"], [false, false, false], [false, false, false], vec![]),
        ] {
            let offer = with(groups, &mids);
            let found = taken(&offer, &could_be);
            assert_eq!(found, expected, "{groups:?} {could_be:?}");
            assert_eq!(transport_order(&offer, &found), order, "{groups:?} {could_be:?}");
        }
        assert_eq!(taken(&with(&[], &["", ""]), &[true, true]), [true, false], "without names");
    }

    #[test]
    fn groups_name_what_is_there_once() {
        for (groups, expected) in [
            (&["BUNDLE b a"][..], Ok(())),
            (&["LS a x", "BUNDLE a"], Ok(())),
            (&["BUNDLE a x"], Err(Fault::Group)),
            (&["BUNDLE a a"], Err(Fault::Group)),
            (&["BUNDLE a", "BUNDLE b a"], Err(Fault::Group)),
            (&["BUNDLE"], Ok(())),
        ] {
            assert_eq!(check(&with(groups, &["a", "b"])), expected, "{groups:?}");
        }
    }

    #[test]
    fn an_answer_takes_one_bundle() {
        for (groups, ports, expected) in [
            (&["BUNDLE a b"][..], [9, 9], Ok(())),
            (&["BUNDLE a"], [9, 0], Ok(())),
            (&[], [9, 0], Ok(())),
            (&[], [0, 9], Ok(())),
            (&[], [9, 9], Err(Fault::NotBundled(1))),
            (&["BUNDLE a"], [9, 9], Err(Fault::NotBundled(1))),
            (&["BUNDLE b"], [9, 9], Err(Fault::NotBundled(1))),
            (&["BUNDLE a", "BUNDLE b"], [9, 9], Err(Fault::NotBundled(1))),
            (&[], [0, 0], Ok(())),
        ] {
            let mut answer = with(groups, &["a", "b"]);
            for (media, port) in answer.media.iter_mut().zip(ports) {
                media.port = port;
            }
            assert_eq!(check_answer(&answer), expected, "{groups:?} {ports:?}");
        }
    }

    #[test]
    fn policies_of_a_first_offer() {
        let kinds = ["audio", "audio", "video", "data"];
        let only = |policy| bundle_only(policy, &kinds);
        assert_eq!(only(BundlePolicy::Balanced), [false, true, false, false]);
        assert_eq!(only(BundlePolicy::MaxCompat), [false; 4]);
        assert_eq!(only(BundlePolicy::MaxBundle), [false, true, true, true]);
    }
}
