//! The links of a scenario and the network that they make: a tree of places.
//!
//! 1. The place where the first link begins is the root.
//! 2. Each next link of the file that touches a place of the tree joins its other place to it, and
//!    takes the link that leads back with it.
//! 3. What closes a ring, runs beside another link or stays apart is a fault.

use std::ops::{Deref, DerefMut};

use crate::scenario::{Fields, FlowDirection, Link, Problem};

/// The links of a scenario, in the order of the file: a slice of them, with what follows from how
/// they are joined. What a link does to packets may be changed, which ones there are may not.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Links {
    links: Vec<Link>,
    places: Vec<String>,
    /// From where to where each link leads; `None` for a shared medium.
    ends: Vec<Option<(usize, usize)>>,
    joints: Vec<Joint>,
    medium: Option<usize>,
    forward: Vec<usize>,
    backward: Vec<usize>,
}

/// A link as it is read, and the names of the places that it leads from and to; `None` for a shared
/// medium.
pub(super) type Named = (Link, Option<[String; 2]>);

/// A place that joins the tree, and by what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Joint {
    /// The link that joins it.
    pub(super) link: usize,
    /// The link between the same places that leads the other way.
    pub(super) back: Option<usize>,
    /// The place that was there.
    pub(super) parent: usize,
    /// The place that joins.
    pub(super) child: usize,
}

/// Links on one way: packets make 64 hops at most, some of them through boxes.
const MAX_WAY: usize = 40;
/// Links of a scenario: every host's address is told to all places above it.
const MAX_LINKS: usize = 200;

impl Links {
    /// Takes what was read, and notes what is wrong with the network that it makes.
    pub(super) fn read(fields: &mut Fields<'_>, named: Vec<Named>) -> Links {
        fields.at_most("link", named.len(), MAX_LINKS);
        let mut made = Links::default();
        for (link, ends) in named {
            made.links.push(link);
            let ends = ends.map(|names| names.map(|name| made.place(name)));
            made.ends.push(ends.map(Into::into));
        }
        // What follows from faults of a link is none of its own.
        if !fields.is_faulty_in("link") {
            made.find_medium(fields);
            made.join(fields);
            made.forward = made.walk(FlowDirection::Forward);
            made.backward = made.walk(FlowDirection::Backward);
        }
        made
    }

    fn place(&mut self, name: String) -> usize {
        let known = self.places.iter().position(|place| *place == name);
        known.unwrap_or_else(|| {
            self.places.push(name);
            self.places.len() - 1
        })
    }

    /// The names of the places, in the order in which the file has them.
    pub fn places(&self) -> &[String] {
        &self.places
    }

    /// The places that a link leads from and to, by their index; `None` for a shared medium.
    pub fn ends(&self, link: usize) -> Option<(usize, usize)> {
        self.ends.get(link).copied().flatten()
    }

    /// The index of the link of this name.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.links.iter().position(|link| link.name == name)
    }

    /// The links that a flow takes when it names none: forward, from where the first link starts,
    /// each next one that starts where the last ended; backward, from where that way ended back to
    /// where it began. Empty where no link leads that way.
    pub fn way(&self, direction: FlowDirection) -> &[usize] {
        match direction {
            FlowDirection::Forward => &self.forward,
            FlowDirection::Backward => &self.backward,
        }
    }

    /// The link that leads the other way between a link's places.
    pub fn back_of(&self, link: usize) -> Option<usize> {
        let (from, to) = self.ends(link)?;
        (0..self.links.len()).find(|other| self.ends(*other) == Some((to, from)))
    }

    /// The shared medium, and the place that is its access point: the root.
    pub(crate) fn medium(&self) -> Option<(usize, usize)> {
        Some((self.medium?, self.root()?))
    }

    /// The place where the first link begins.
    pub(super) fn root(&self) -> Option<usize> {
        self.ends.iter().flatten().next().map(|(from, _)| *from)
    }

    /// The places beside the root, in the order in which they join.
    pub(super) fn joints(&self) -> &[Joint] {
        &self.joints
    }

    fn find_medium(&mut self, fields: &mut Fields<'_>) {
        let shared = |link: &usize| self.ends(*link).is_none();
        let media: Vec<usize> = (0..self.links.len()).filter(shared).collect();
        for second in media.iter().skip(1) {
            fields.fault_in("link", *second, "shared", Problem::SecondMedium);
        }
        self.medium = media.first().copied();
        if let Some(medium) = self.medium.filter(|_| self.root().is_none()) {
            fields.fault_in("link", medium, "shared", Problem::NoAccessPoint);
        }
    }

    fn join(&mut self, fields: &mut Fields<'_>) {
        let Some(root) = self.root() else { return };
        let mut joined = vec![false; self.places.len()];
        joined[root] = true;
        let mut open: Vec<usize> =
            (0..self.links.len()).filter(|link| self.ends(*link).is_some()).collect();
        while !open.is_empty() {
            let touches = |link: &usize| {
                self.ends(*link).is_some_and(|(from, to)| joined[from] || joined[to])
            };
            let Some(next) = open.iter().position(touches) else {
                return fields.fault_in("link", open[0], "from", Problem::Apart);
            };
            let link = open.remove(next);
            let Some((from, to)) = self.ends(link) else { continue };
            if let Some(other) = self.joints.iter().find_map(|joint| self.beside(joint, link)) {
                let name = self.links[other].name.clone();
                fields.fault_in("link", link, "to", Problem::Parallel(name));
                continue;
            }
            if joined[from] && joined[to] {
                fields.fault_in("link", link, "to", Problem::Ring);
                continue;
            }
            let back = open.iter().position(|other| self.ends(*other) == Some((to, from)));
            let back = back.map(|at| open.remove(at));
            let (parent, child) = if joined[from] { (from, to) } else { (to, from) };
            joined[child] = true;
            self.joints.push(Joint { link, back, parent, child });
        }
    }

    /// The link of a joint that leads from and to the same places as this one.
    fn beside(&self, joint: &Joint, link: usize) -> Option<usize> {
        let same = |other: &usize| self.ends(*other) == self.ends(link);
        [Some(joint.link), joint.back].into_iter().flatten().find(same)
    }

    fn walk(&self, direction: FlowDirection) -> Vec<usize> {
        let Some(first) = self.root() else { return Vec::new() };
        match direction {
            FlowDirection::Forward => self.walk_to(first, None),
            FlowDirection::Backward => {
                let last = self.forward.last().and_then(|link| self.ends(*link));
                last.map_or(Vec::new(), |(_, last)| self.walk_to(last, Some(first)))
            }
        }
    }

    /// Follows links from a place to another, or as far as they lead to places not yet seen.
    fn walk_to(&self, from: usize, goal: Option<usize>) -> Vec<usize> {
        let mut seen = vec![false; self.places.len()];
        let (mut here, mut way) = (from, Vec::new());
        seen[from] = true;
        while goal != Some(here) {
            let next = (0..self.links.len()).find_map(|link| match self.ends(link) {
                Some((from, to)) if from == here && !seen[to] => Some((link, to)),
                _ => None,
            });
            match (next, goal) {
                (Some((link, to)), _) => {
                    way.push(link);
                    seen[to] = true;
                    here = to;
                }
                (None, None) => break,
                (None, Some(_)) => return Vec::new(),
            }
        }
        way
    }

    /// Resolves the path that a flow names, or that of its direction, and notes what is wrong.
    pub(super) fn resolve(
        &self,
        fields: &mut Fields<'_>,
        named: &[String],
        direction: FlowDirection,
    ) -> Vec<usize> {
        let path = if named.is_empty() {
            let way = self.way(direction).to_vec();
            let is_known = self.root().is_none() || !self.joints.is_empty();
            if way.is_empty() && is_known {
                fields.fault("direction", Problem::NoPath);
            }
            way
        } else {
            self.along(named).unwrap_or_else(|problem| {
                fields.fault("path", problem);
                Vec::new()
            })
        };
        fields.at_most("path", path.len(), MAX_WAY);
        path
    }

    fn along(&self, named: &[String]) -> Result<Vec<usize>, Problem> {
        let (mut path, mut seen): (Vec<usize>, Vec<usize>) = (Vec::new(), Vec::new());
        for name in named {
            let link = self.position(name).ok_or_else(|| Problem::NotOneOf {
                value: name.clone(),
                allowed: self.links.iter().map(|link| link.name.clone()).collect(),
            })?;
            let (from, to) = self.ends(link).ok_or(Problem::MediumOnPath(name.clone()))?;
            match seen.last() {
                None => seen.push(from),
                Some(last) if *last != from => return Err(Problem::BrokenPath(name.clone())),
                Some(_) => {}
            }
            if seen.contains(&to) {
                return Err(Problem::PathReturns(self.places[to].clone()));
            }
            seen.push(to);
            path.push(link);
        }
        Ok(path)
    }
}

impl Deref for Links {
    type Target = [Link];

    fn deref(&self) -> &[Link] {
        &self.links
    }
}

impl DerefMut for Links {
    fn deref_mut(&mut self) -> &mut [Link] {
        &mut self.links
    }
}

impl<'l> IntoIterator for &'l Links {
    type Item = &'l Link;
    type IntoIter = std::slice::Iter<'l, Link>;

    fn into_iter(self) -> Self::IntoIter {
        self.links.iter()
    }
}

impl<'l> IntoIterator for &'l mut Links {
    type Item = &'l mut Link;
    type IntoIter = std::slice::IterMut<'l, Link>;

    fn into_iter(self) -> Self::IntoIter {
        self.links.iter_mut()
    }
}
