//! Messages of every size.

use serde_json::json;

use super::sdp_edits::attribute;
use crate::wall::{Case, Messages, Played, Scene, Side};

pub(super) const CASE: Case = Case::new(
    "Messages of 0 and 1 byte, 16, 64 and 256 KiB and 1 MiB, as far as the receiver takes them",
    "RFC 8831 section 6.6, RFC 8841 section 6.1",
    play,
)
.needs(&["data"])
.within(90)
.fast();

/// What a description without the attribute means.
const MESSAGE_BYTES: usize = 65_536;

fn play(scene: &mut Scene<'_>) -> Played {
    scene.open_both()?;
    scene.channel(scene.offerer(), "sizes", json!({}))?;
    scene.connect()?;
    scene.channel_open("sizes")?;
    let empty = scene.both_can("empty-message");
    for from in Side::BOTH {
        let sdp = scene.last_description(from.other()).unwrap_or_default();
        let most = attribute(sdp, "max-message-size").and_then(|size| size.parse().ok());
        let most = match most.unwrap_or(MESSAGE_BYTES) {
            0 => usize::MAX,
            most => most,
        };
        for size in [0, 1, 16 << 10, 64 << 10, 256 << 10, 1 << 20] {
            if size <= most && (size > 0 || empty) {
                scene.delivers(from, "sizes", Messages::binary(size, 1, size as u32))?;
            }
        }
    }
    Ok(())
}
