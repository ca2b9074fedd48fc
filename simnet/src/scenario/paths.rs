//! The ways that follow from the links.

use crate::scenario::{FlowDirection, Link, Wire};

/// The links that a flow takes when it names none: forward, from where the first link starts, each
/// next one that starts where the last ended; backward, from where that way ended back to where it
/// began.
pub(crate) fn default_path(direction: FlowDirection, links: &[Link]) -> Vec<&Link> {
    let ends = |link: &Link| match &link.kind {
        Wire::Directed { from, to, .. } => Some((from.clone(), to.clone())),
        Wire::Shared(_) => None,
    };
    let Some((first, _)) = links.iter().find_map(ends) else {
        return Vec::new();
    };
    let forward = walk(&first, None, links);
    match direction {
        FlowDirection::Forward => forward,
        FlowDirection::Backward => {
            let last = forward.last().and_then(|link| ends(link)).map(|(_, to)| to);
            last.map_or(Vec::new(), |last| walk(&last, Some(&first), links))
        }
    }
}

/// Follows links from a place to another, or as far as they lead to places not yet seen.
fn walk<'l>(from: &str, goal: Option<&str>, links: &'l [Link]) -> Vec<&'l Link> {
    let (mut here, mut seen, mut path) = (from, vec![from], Vec::new());
    while goal != Some(here) {
        let next = links.iter().find_map(|link| match &link.kind {
            Wire::Directed { from, to, .. } if from == here && !seen.contains(&to.as_str()) => {
                Some((link, to.as_str()))
            }
            _ => None,
        });
        match (next, goal) {
            (Some((link, to)), _) => {
                path.push(link);
                seen.push(to);
                here = to;
            }
            (None, None) => break,
            (None, Some(_)) => return Vec::new(),
        }
    }
    path
}
