//! Descriptions of others.

macro_rules! corpus {
    ($($name:literal),+ $(,)?) => {
        [$(include_str!(concat!("../../tests/it/sdp/corpus/", $name))),+]
    };
}

/// Odd but legal ones, and some that are to be refused.
pub(crate) const FOREIGN: [&str; 16] = corpus![
    "cases/02-two-b-offer.sdp",
    "cases/03-no-group-data-offer.sdp",
    "cases/04-legacy-offer-offer.sdp",
    "cases/05-session-sendonly-offer.sdp",
    "cases/06-answer-rejects-answer.sdp",
    "cases/06-reject-first-offer.sdp",
    "cases/07-bundle-order-offer.sdp",
    "cases/08-rejected-no-mid-offer.sdp",
    "cases/09-image-line-offer.sdp",
    "cases/09-no-common-codec-offer.sdp",
    "cases/10-odd-mids-offer.sdp",
    "cases/11-mdns-offer.sdp",
    "cases/17-answer-extra.sdp",
    "cases/17-offer-no-fingerprint.sdp",
    "cases/23-rids-hi-offer.sdp",
    "manner/chromium-58.sdp",
];
