//! Messages (RFC 1035 section 4, RFC 6762 section 18): questions and answers about addresses of
//! names of one label below `.local`. Everything else in a message is passed over.

use std::net::IpAddr;

use simple_dns::header_buffer;
use simple_dns::rdata::{NSEC, RData};
use simple_dns::{
    CLASS, Name, OPCODE, Packet, PacketFlag, QCLASS, QTYPE, RCODE, ResourceRecord, TYPE,
};

use super::name::LocalName;

/// Longest message that is read, in bytes (RFC 6762 section 17).
pub const MESSAGE_BYTES_MAX: usize = 9_000;

/// Questions and records of a message. That of a machine with many services has some forty; memory
/// for them is taken before they are read.
const ENTRIES_MAX: usize = 256;

/// How long a host's address may be remembered, in seconds (RFC 6762 section 10).
pub(super) const HOST_TTL: u32 = 120;

/// The same for askers who know nothing of multicast, in seconds (RFC 6762 section 6.7).
const LEGACY_TTL: u32 = 10;

/// What a message is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Message {
    Query(Query),
    Response(Vec<Record>),
}

/// Questions, and what whoever asks knows already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Query {
    pub(super) id: u16,
    pub(super) questions: Vec<Question>,
    pub(super) known: Vec<Record>,
}

/// What is asked of a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Question {
    pub(super) name: LocalName,
    pub(super) kind: Kind,
    /// The answer is wanted by whoever asks alone (RFC 6762 section 5.4).
    pub(super) unicast: bool,
}

/// Which addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    V4,
    V6,
    Any,
}

/// An address of a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) name: LocalName,
    pub(super) address: IpAddr,
    /// How long it may be remembered, in seconds; zero takes it back.
    pub(super) ttl: u32,
}

impl Message {
    /// `None` for what is no message, too long, of another operation, or an error.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        if bytes.len() > MESSAGE_BYTES_MAX || entries(bytes)? > ENTRIES_MAX {
            return None;
        }
        let packet = Packet::parse(bytes).ok()?;
        // RFC 6762 sections 18.3 and 18.11.
        if packet.opcode() != OPCODE::StandardQuery || packet.rcode() != RCODE::NoError {
            return None;
        }
        let answers = packet.answers.iter();
        Some(if packet.has_flags(PacketFlag::RESPONSE) {
            let all = answers.chain(&packet.additional_records);
            Message::Response(all.filter_map(Record::of).collect())
        } else {
            Message::Query(Query {
                id: packet.id(),
                questions: packet.questions.iter().filter_map(Question::of).collect(),
                known: answers.filter_map(Record::of).collect(),
            })
        })
    }
}

impl Question {
    fn of(question: &simple_dns::Question<'_>) -> Option<Self> {
        let kind = match question.qtype {
            QTYPE::TYPE(TYPE::A) => Kind::V4,
            QTYPE::TYPE(TYPE::AAAA) => Kind::V6,
            QTYPE::ANY => Kind::Any,
            _ => return None,
        };
        match question.qclass {
            QCLASS::ANY | QCLASS::CLASS(CLASS::IN) => {}
            QCLASS::CLASS(_) => return None,
        }
        Some(Question { name: local(&question.qname)?, kind, unicast: question.unicast_response })
    }

    fn put(&self) -> Option<simple_dns::Question<'_>> {
        let kind = match self.kind {
            Kind::V4 => QTYPE::TYPE(TYPE::A),
            Kind::V6 => QTYPE::TYPE(TYPE::AAAA),
            Kind::Any => QTYPE::ANY,
        };
        let class = QCLASS::CLASS(CLASS::IN);
        Some(simple_dns::Question::new(wire(&self.name)?, kind, class, self.unicast))
    }
}

impl Record {
    fn of(record: &ResourceRecord<'_>) -> Option<Self> {
        let address = match &record.rdata {
            RData::A(found) => IpAddr::V4(found.address.into()),
            RData::AAAA(found) => IpAddr::V6(found.address.into()),
            _ => return None,
        };
        (record.class == CLASS::IN).then_some(())?;
        Some(Record { name: local(&record.name)?, address, ttl: record.ttl })
    }
}

/// A question for the addresses of these names.
pub(super) fn write_query(names: &[LocalName]) -> Option<Vec<u8>> {
    let mut packet = Packet::new_query(0);
    let mut asked = Vec::new();
    for name in names {
        for kind in [Kind::V4, Kind::V6] {
            asked.push(Question { name: name.clone(), kind, unicast: false });
        }
    }
    packet.questions = asked.iter().filter_map(Question::put).collect();
    packet.build_bytes_vec_compressed().ok()
}

/// An answer: these names have these addresses and no others, for so many seconds.
pub(super) fn write_response(records: &[(&LocalName, IpAddr)], ttl: u32) -> Option<Vec<u8>> {
    let mut packet = Packet::new_reply(0);
    put_records(&mut packet, records, ttl, true);
    packet.build_bytes_vec_compressed().ok()
}

/// An answer for whoever knows nothing of multicast: with the question and its number.
pub(super) fn write_legacy(query: &Query, records: &[(&LocalName, IpAddr)]) -> Option<Vec<u8>> {
    let mut packet = Packet::new_reply(query.id);
    let asked = |question: &&Question| records.iter().any(|(name, _)| **name == question.name);
    packet.questions = query.questions.iter().filter(asked).filter_map(Question::put).collect();
    packet.questions.iter_mut().for_each(|question| question.unicast_response = false);
    put_records(&mut packet, records, LEGACY_TTL, false);
    packet.build_bytes_vec_compressed().ok()
}

/// The addresses, and that there are no others (RFC 6762 section 6.1).
fn put_records<'a>(
    packet: &mut Packet<'a>,
    records: &[(&'a LocalName, IpAddr)],
    ttl: u32,
    flush: bool,
) {
    packet.set_flags(PacketFlag::AUTHORITATIVE_ANSWER);
    for (name, address) in records {
        let Some(name) = wire(name) else { continue };
        let (kind, data) = match *address {
            IpAddr::V4(v4) => (TYPE::A, RData::A(v4.into())),
            IpAddr::V6(v6) => (TYPE::AAAA, RData::AAAA(v6.into())),
        };
        let none = RData::NSEC(NSEC::from_types(name.clone(), &[kind]));
        let record =
            |data| ResourceRecord::new(name.clone(), CLASS::IN, ttl, data).with_cache_flush(flush);
        packet.answers.push(record(data));
        packet.additional_records.push(record(none));
    }
}

/// How many entries its head says that a message has.
fn entries(bytes: &[u8]) -> Option<usize> {
    let counts = [
        header_buffer::questions(bytes).ok()?,
        header_buffer::answers(bytes).ok()?,
        header_buffer::name_servers(bytes).ok()?,
        header_buffer::additional_records(bytes).ok()?,
    ];
    Some(counts.into_iter().map(usize::from).sum())
}

fn local(name: &Name<'_>) -> Option<LocalName> {
    let [label, domain] = name.get_labels() else { return None };
    LocalName::of_labels([label.as_ref(), domain.as_ref()])
}

fn wire(name: &LocalName) -> Option<Name<'_>> {
    Name::new(name.as_str()).ok()
}
