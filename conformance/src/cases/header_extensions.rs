//! Header extensions and their numbers.

use std::collections::BTreeMap;

use crate::wall::{Case, Played, Scene, Stop, must};

pub(super) const CASE: Case = Case::new(
    "The answer takes extensions of the offer under the numbers that they have there",
    "RFC 8285 section 6",
    play,
)
.fast();

fn play(scene: &mut Scene<'_>) -> Played {
    scene.open_both()?;
    let audio = scene.audio()?;
    let video = scene.video(scene.common_video()?)?;
    let (offerer, answerer) = (scene.offerer(), scene.answerer());
    let offer = scene.offer(offerer)?;
    let answer = scene.answer(answerer, &offer)?;
    scene.accept(offerer, &answer)?;
    let (offered, answered) = (extensions(&offer)?, extensions(&answer)?);
    for (line, (answered, offered)) in answered.iter().zip(&offered).enumerate() {
        for (number, uri) in answered {
            let same = offered.get(number) == Some(uri);
            must(same, || format!("m-line {line}: {number} is {uri} in the answer only"))?;
        }
    }
    scene.connected()?;
    scene.flows(&[audio, video])
}

/// Numbers and names of each m-line's extensions. A number that stands twice in one m-line is a
/// fault.
fn extensions(sdp: &str) -> Result<Vec<BTreeMap<u16, String>>, Stop> {
    let mut all: Vec<BTreeMap<u16, String>> = Vec::new();
    for line in sdp.lines() {
        if line.starts_with("m=") {
            all.push(BTreeMap::new());
        }
        let Some((head, uri)) = line.strip_prefix("a=extmap:").and_then(|it| it.split_once(' '))
        else {
            continue;
        };
        let number = head.split('/').next().and_then(|number| number.parse().ok());
        let number = number.ok_or_else(|| Stop::fault(format!("no number: {line}")))?;
        if let Some(section) = all.last_mut() {
            let uri = uri.split(' ').next().unwrap_or(uri).to_owned();
            let twice = section.insert(number, uri);
            must(twice.is_none(), || format!("{number} stands twice in an m-line"))?;
        }
    }
    Ok(all)
}
