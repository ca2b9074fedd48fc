//! What is not as it should be, in words.

use lapwing_rooms::client::PeerEvent;
use lapwing_rooms::text::line;

/// What a person is to know of an event, where something is not as it should be and the program
/// goes on.
pub(crate) fn warning(event: &PeerEvent) -> Option<String> {
    Some(match event {
        PeerEvent::Refused(error) => {
            format!("the server says: {} {}", line(&error.message), line(&error.hint))
        }
        PeerEvent::Dropped(what) => {
            format!("{what} that breaks the protocol was passed over")
        }
        PeerEvent::NoAnswer => "the other side has not answered yet; it may be gone".to_owned(),
        PeerEvent::NoPath(no_path) => format!("still connecting: {no_path}"),
        PeerEvent::DescriptionRefused(why) => format!(
            "the other side's description cannot be taken: {}; all else goes on as it was",
            line(why)
        ),
        _ => return None,
    })
}
