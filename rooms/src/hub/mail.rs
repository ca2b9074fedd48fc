//! What waits for a participant that is away.

use crate::limits::{Budget, Share};
use crate::protocol::signalling::{ParticipantId, ServerMessage};

/// Messages kept for a client that is away. A renegotiation with all its candidates fits.
pub const MAILBOX_MAX: usize = 128;

/// What a message takes beside the texts of others in it, in bytes.
const MESSAGE_BYTES: usize = 512;

/// Messages in the order they came, each with the memory it takes.
#[derive(Debug, Default)]
pub(super) struct Mailbox(Vec<(ServerMessage, Share)>);

impl Mailbox {
    /// Puts a message behind the others; false when there is no room for it. Who comes and goes, or
    /// is lost and found, again and again, takes no more room than once.
    pub(super) fn put(&mut self, message: ServerMessage, budget: &Budget) -> bool {
        match &message {
            ServerMessage::ParticipantPresence { id, .. } => {
                self.0.retain(|(m, _)| !is_presence_of(m, id));
            }
            ServerMessage::ParticipantLeft { id, .. } => {
                let joined = self.0.iter().any(|(m, _)| is_arrival_of(m, id));
                self.0.retain(|(m, _)| !is_about(m, id));
                if joined {
                    return true;
                }
            }
            ServerMessage::Room { .. } => {
                self.0.retain(|(m, _)| !matches!(m, ServerMessage::Room { .. }));
            }
            ServerMessage::KnockEnded { id } => {
                let knocked = self.0.iter().any(|(m, _)| is_knock_of(m, id));
                self.0.retain(|(m, _)| !is_knock_of(m, id));
                if knocked {
                    return true;
                }
            }
            _ => {}
        }
        let share = (self.0.len() < MAILBOX_MAX).then(|| budget.lend(bytes(&message))).flatten();
        let Some(share) = share else { return false };
        self.0.push((message, share));
        true
    }

    /// Everything, in order.
    pub(super) fn empty(self) -> impl Iterator<Item = ServerMessage> {
        self.0.into_iter().map(|(message, _)| message)
    }
}

fn is_presence_of(message: &ServerMessage, who: &ParticipantId) -> bool {
    matches!(message, ServerMessage::ParticipantPresence { id, .. } if id == who)
}

fn is_arrival_of(message: &ServerMessage, who: &ParticipantId) -> bool {
    matches!(message, ServerMessage::ParticipantJoined { participant } if participant.id == *who)
}

fn is_knock_of(message: &ServerMessage, who: &ParticipantId) -> bool {
    matches!(message, ServerMessage::Knock { id, .. } if id == who)
}

fn is_about(message: &ServerMessage, who: &ParticipantId) -> bool {
    let said_by = match message {
        ServerMessage::Description(description) => description.peer == *who,
        ServerMessage::Candidate(candidate) => candidate.peer == *who,
        _ => false,
    };
    said_by || is_presence_of(message, who) || is_arrival_of(message, who)
}

/// About what a message takes.
fn bytes(message: &ServerMessage) -> usize {
    let texts = match message {
        ServerMessage::Description(description) => {
            let labels = description.tracks.iter().map(|(mid, label)| {
                mid.len() + label.participant.as_ref().map_or(0, |id| id.0.len())
            });
            description.description.sdp.len() + labels.sum::<usize>()
        }
        ServerMessage::Candidate(candidate) => {
            candidate.candidate.as_ref().map_or(0, |candidate| candidate.candidate.len())
        }
        _ => 0,
    };
    texts + MESSAGE_BYTES
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::signalling::{LeaveReason, Participant};

    fn id(name: &str) -> ParticipantId {
        ParticipantId(name.to_owned())
    }

    #[test]
    fn coming_and_going_takes_no_room() {
        let budget = Budget::new(1 << 20);
        let mut mail = Mailbox::default();
        for _ in 0..1_000 {
            let participant = Participant { id: id("eve"), name: "Eve".to_owned() };
            assert!(mail.put(ServerMessage::ParticipantJoined { participant }, &budget));
            for present in [false, true] {
                let id = id("eve");
                assert!(mail.put(ServerMessage::ParticipantPresence { id, present }, &budget));
            }
            let reason = LeaveReason::Left;
            assert!(mail.put(ServerMessage::ParticipantLeft { id: id("eve"), reason }, &budget));
        }
        assert_eq!(mail.empty().count(), 0);
    }

    #[test]
    fn mail_is_bounded_in_bytes() {
        let budget = Budget::new(MESSAGE_BYTES * 2);
        let mut mail = Mailbox::default();
        let taken = (0..9).filter(|n| mail.put(ServerMessage::Pong { n: *n }, &budget)).count();
        assert_eq!(taken, 2);
        drop(mail);
        assert!(budget.lend(MESSAGE_BYTES * 2).is_some(), "all was given back");
    }
}
