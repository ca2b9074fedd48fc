//! Our names (RFC 6762 sections 6 and 8.3, draft-ietf-mmusic-mdns-ice-candidates section 3.1):
//!
//! 1. A name that is published is announced on the links of its interface: after a second, and
//!    again a second later. It is not probed for: nobody else has it, and nobody has an older
//!    address of it to forget. The first question comes sooner, as the name does that is signalled:
//!    an announcement at once would forbid its answer for a second.
//! 2. A question is answered by multicast, a second after the last time at the soonest; alone to
//!    whoever asks where the asker wants it so and the link has heard it lately, or where the asker
//!    knows nothing of multicast.
//! 3. A name that is withdrawn is taken back.

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use super::message::{HOST_TTL, Query, Question, write_legacy, write_response};
use super::name::LocalName;

/// Names of ours: one for each address that ICE uses. An answer with all of them fits a packet.
pub const PUBLISHED_MAX: usize = 8;

/// How often a name is announced.
const ANNOUNCEMENTS: u8 = 2;

/// The least time between two multicasts of a record on a link (RFC 6762 section 6).
const SPACING: Duration = Duration::from_secs(1);

/// For how long a link has heard a record lately: a quarter of its life (RFC 6762 section 5.4).
const LATELY: Duration = Duration::from_secs(HOST_TTL as u64 / 4);

/// Answers to single askers in one second, from all names and links together: what forty browsers
/// ask that join a call at once. Who floods us with questions is not answered more.
const UNICAST_PER_SECOND: u32 = 40;

/// The port of multicast DNS.
pub(super) const PORT: u16 = 5353;

/// What a link was told of a name.
#[derive(Debug)]
struct Told {
    link: SocketAddr,
    last: Option<Instant>,
    due: Option<Instant>,
    announcements: u8,
}

impl Told {
    fn new(link: SocketAddr, now: Instant) -> Self {
        Told { link, last: None, due: Some(now + SPACING), announcements: ANNOUNCEMENTS }
    }

    /// Wants it told as soon as may be.
    fn want(&mut self, now: Instant) {
        let soonest = self.last.map_or(now, |last| now.max(last + SPACING));
        self.due = Some(self.due.map_or(soonest, |due| due.min(soonest)));
    }

    fn told(&mut self, now: Instant) {
        self.announcements = self.announcements.saturating_sub(1);
        self.last = Some(now);
        self.due = (self.announcements > 0).then_some(now + SPACING);
    }
}

#[derive(Debug)]
struct Published {
    name: LocalName,
    address: IpAddr,
    interface: String,
    told: Vec<Told>,
}

/// Something to be sent: from this link, to one asker or to all.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) link: SocketAddr,
    pub(super) to: Option<SocketAddr>,
    pub(super) contents: Vec<u8>,
}

/// Our names, and whom they were told.
#[derive(Debug, Default)]
pub(super) struct Responder {
    published: Vec<Published>,
    /// When the second of the budget began, and what was answered in it.
    second: Option<(Instant, u32)>,
}

impl Responder {
    /// False where there are too many.
    pub(super) fn publish(
        &mut self,
        name: &LocalName,
        address: IpAddr,
        interface: &str,
        links: impl Iterator<Item = SocketAddr>,
        now: Instant,
    ) -> bool {
        if self.published.iter().any(|known| known.name == *name) {
            return true;
        }
        if self.published.len() == PUBLISHED_MAX {
            return false;
        }
        self.published.push(Published {
            name: name.clone(),
            address,
            interface: interface.to_owned(),
            told: links.map(|link| Told::new(link, now)).collect(),
        });
        true
    }

    pub(super) fn is_empty(&self) -> bool {
        self.published.is_empty()
    }

    pub(super) fn open(&mut self, link: SocketAddr, interface: &str, now: Instant) {
        for one in self.published.iter_mut().filter(|one| one.interface == interface) {
            one.told.push(Told::new(link, now));
        }
    }

    pub(super) fn close(&mut self, link: SocketAddr) {
        self.published.iter_mut().for_each(|one| one.told.retain(|told| told.link != link));
    }

    /// Takes names back; gives what tells so (RFC 6762 section 10.1).
    pub(super) fn withdraw(&mut self, which: impl Fn(&LocalName) -> bool) -> Vec<Answer> {
        let gone: Vec<Published> = self.published.extract_if(.., |one| which(&one.name)).collect();
        let mut links: Vec<SocketAddr> = Vec::new();
        let heard = |one: &Published, link| {
            one.told.iter().any(|told| told.link == link && told.last.is_some())
        };
        for told in gone.iter().flat_map(|one| &one.told) {
            if told.last.is_some() && !links.contains(&told.link) {
                links.push(told.link);
            }
        }
        let farewell = |link| {
            let of_it = gone.iter().filter(|one| heard(one, link));
            let records: Vec<_> = of_it.map(|one| (&one.name, one.address)).collect();
            Some(Answer { link, to: None, contents: write_response(&records, 0)? })
        };
        links.into_iter().filter_map(farewell).collect()
    }

    /// Looks at questions that came over a link; gives what is answered at once.
    pub(super) fn on_query(
        &mut self,
        query: &Query,
        (link, source): (SocketAddr, SocketAddr),
        now: Instant,
    ) -> Option<Answer> {
        let is_legacy = source.port() != PORT;
        let mut alone = Vec::new();
        for one in &mut self.published {
            // Of any kind: that there is no address of the other family is an answer too.
            let asks = |question: &&Question| question.name == one.name;
            let mut questions = query.questions.iter().filter(asks).peekable();
            let told = one.told.iter_mut().find(|told| told.link == link);
            let (Some(_), Some(told)) = (questions.peek(), told) else { continue };
            let is_known = query.known.iter().any(|known| {
                (&known.name, known.address) == (&one.name, one.address)
                    && known.ttl >= HOST_TTL / 2
            });
            if is_known && !is_legacy {
                continue;
            }
            let is_fresh = told.last.is_some_and(|last| now < last + LATELY);
            if is_legacy || is_fresh && questions.all(|question| question.unicast) {
                alone.push((&one.name, one.address));
            } else {
                told.want(now);
            }
        }
        if alone.is_empty() || !take(&mut self.second, now) {
            return None;
        }
        let contents = match is_legacy {
            true => write_legacy(query, &alone)?,
            false => write_response(&alone, HOST_TTL)?,
        };
        Some(Answer { link, to: Some(source), contents })
    }

    pub(super) fn next_timeout(&self) -> Option<Instant> {
        self.published.iter().flat_map(|one| &one.told).filter_map(|told| told.due).min()
    }

    /// What is to be told to all on this link now.
    pub(super) fn due(&mut self, link: SocketAddr, now: Instant) -> Option<Answer> {
        let mut records = Vec::new();
        for one in &mut self.published {
            let of_it =
                |told: &&mut Told| told.link == link && told.due.is_some_and(|at| at <= now);
            if let Some(told) = one.told.iter_mut().find(of_it) {
                told.told(now);
                records.push((&one.name, one.address));
            }
        }
        if records.is_empty() {
            return None;
        }
        Some(Answer { link, to: None, contents: write_response(&records, HOST_TTL)? })
    }
}

/// Takes one answer from the budget of this second.
fn take(second: &mut Option<(Instant, u32)>, now: Instant) -> bool {
    let (began, count) = second.filter(|(began, _)| now < *began + SPACING).unwrap_or((now, 0));
    *second = Some((began, count + 1));
    count < UNICAST_PER_SECOND
}
