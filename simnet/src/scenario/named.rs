//! Names and places of what a scenario puts into its network.

use crate::scenario::{Fields, Links, Problem};

/// Reads names that are unlike each other, and places that links join.
pub(super) struct Named<'l> {
    links: &'l Links,
    seen: Vec<String>,
}

impl<'l> Named<'l> {
    pub(super) fn new(links: &'l Links) -> Self {
        Named { links, seen: Vec::new() }
    }

    /// `name` and `place` of a table.
    pub(super) fn read(&mut self, fields: &mut Fields<'_>) -> (String, String) {
        let (name, place) = (fields.need_name("name"), fields.need_text("place"));
        if self.seen.contains(&name) {
            fields.fault("name", Problem::Duplicate(name.clone()));
        }
        self.seen.push(name.clone());
        let places = self.links.places();
        if fields.has("place") && !places.contains(&place) {
            let (value, allowed) = (place.clone(), places.to_vec());
            fields.fault("place", Problem::NotOneOf { value, allowed });
        } else if self.links.medium().is_some() {
            // Stations of a medium have no place of their own.
            fields.fault("place", Problem::Excludes("a shared link"));
        }
        (name, place)
    }
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
