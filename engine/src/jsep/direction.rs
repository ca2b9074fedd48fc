//! Rules of directions (RFC 3264 section 6.1, RFC 9429 sections 4.2.4, 5.3.1 and 5.9).

use crate::event::Direction;

/// The direction that sends and receives so.
pub(super) const fn from_parts(sends: bool, receives: bool) -> Direction {
    match (sends, receives) {
        (true, true) => Direction::SendRecv,
        (true, false) => Direction::SendOnly,
        (false, true) => Direction::RecvOnly,
        (false, false) => Direction::Inactive,
    }
}

/// As the other side sees it.
pub(super) const fn reversed(direction: Direction) -> Direction {
    from_parts(direction.receives(), direction.sends())
}

/// What both allow.
pub(super) const fn intersection(one: Direction, other: Direction) -> Direction {
    from_parts(one.sends() && other.sends(), one.receives() && other.receives())
}

/// What an answer says: what is wanted here, within what the offer takes.
pub(super) const fn answered(wanted: Direction, offered: Direction) -> Direction {
    intersection(wanted, reversed(offered))
}

/// What flows, as seen from here, when both descriptions are there.
pub(super) const fn agreed(local: Direction, remote: Direction) -> Direction {
    intersection(local, reversed(remote))
}

#[cfg(test)]
pub(super) const ALL: [Direction; 4] =
    [Direction::SendRecv, Direction::SendOnly, Direction::RecvOnly, Direction::Inactive];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_to_each_offer() {
        let rows = ALL.map(|offered| {
            let cells = ALL.map(|wanted| answered(wanted, offered).name());
            format!("{}: {}", offered.name(), cells.join(" "))
        });
        let expected = [
            "sendrecv: sendrecv sendonly recvonly inactive",
            "sendonly: recvonly inactive recvonly inactive",
            "recvonly: sendonly sendonly inactive inactive",
            "inactive: inactive inactive inactive inactive",
        ];
        assert_eq!(rows, expected);
    }

    /// 4 x 4 x 4: what the offerer wants, what it offered, what the answerer wants. Both see the
    /// same flow.
    #[test]
    fn both_sides_see_the_same_whatever_was_wanted() {
        for offered in ALL {
            for wanted in ALL {
                let answer = answered(wanted, offered);
                assert_eq!(agreed(answer, offered), answer);
                assert_eq!(agreed(offered, answer), reversed(answer));
                for other in ALL {
                    let both = intersection(intersection(offered, wanted), other);
                    assert_eq!(both.sends(), offered.sends() && wanted.sends() && other.sends());
                    assert_eq!(both, intersection(offered, intersection(wanted, other)));
                }
            }
            assert_eq!(reversed(reversed(offered)), offered);
        }
    }
}
