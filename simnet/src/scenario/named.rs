//! Names and places of what a scenario puts into its network.

use crate::scenario::{Fields, Link, Problem, Wire};

/// Longest name, in bytes.
const MAX_NAME: usize = 64;

/// Reads names that are unlike each other, and places that links join.
pub(super) struct Named<'l> {
    links: &'l [Link],
    seen: Vec<String>,
}

impl<'l> Named<'l> {
    pub(super) fn new(links: &'l [Link]) -> Self {
        Named { links, seen: Vec::new() }
    }

    /// `name` and `place` of a table.
    pub(super) fn read(&mut self, fields: &mut Fields<'_>) -> (String, String) {
        let (name, place) = (fields.need_text("name"), fields.need_text("place"));
        fields.at_most("name", name.len(), MAX_NAME);
        if self.seen.contains(&name) {
            fields.fault("name", Problem::Duplicate(name.clone()));
        }
        self.seen.push(name.clone());
        let places = places(self.links);
        if fields.has("place") && !places.contains(&place) {
            let (value, allowed) = (place.clone(), places);
            fields.fault("place", Problem::NotOneOf { value, allowed });
        } else if self.links.iter().any(|link| matches!(link.kind, Wire::Shared(_))) {
            // Stations of a medium have no place of their own.
            fields.fault("place", Problem::Excludes("a shared link"));
        }
        (name, place)
    }
}

/// The places that links join, in the order of the file.
fn places(links: &[Link]) -> Vec<String> {
    let mut places: Vec<String> = Vec::new();
    for link in links {
        if let Wire::Directed { from, to, .. } = &link.kind {
            for place in [from, to] {
                if !places.contains(place) {
                    places.push(place.clone());
                }
            }
        }
    }
    places
}

/// A name of another table's: a fault unless it is one of `all`.
pub(super) fn reference(fields: &mut Fields<'_>, field: &'static str, all: &[&str]) -> String {
    let value = fields.need_text(field);
    if fields.has(field) && !all.contains(&value.as_str()) {
        let allowed = all.iter().map(|name| (*name).to_owned()).collect();
        fields.fault(field, Problem::NotOneOf { value: value.clone(), allowed });
    }
    value
}
