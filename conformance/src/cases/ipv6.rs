//! Addresses of IPv6 only.

use crate::wall::{Case, Played, Scene, Side, must};

pub(super) const CASE: Case =
    Case::new("Only candidates of IPv6 are exchanged", "RFC 8421, RFC 8835 section 3.2", play)
        .needs(&["ipv6", "trickle"])
.fast();

fn play(scene: &mut Scene<'_>) -> Played {
    scene.open_both()?;
    let content = scene.content()?;
    scene.only_ipv6 = true;
    scene.connect()?;
    for side in Side::BOTH {
        let facts = scene.facts(side)?;
        let local = facts["local"].as_str().unwrap_or("[::]:0").to_owned();
        let v6 = local.matches(':').count() > 1;
        must(v6, || format!("{side} uses {local}"))?;
    }
    scene.content_arrives(&content)
}
