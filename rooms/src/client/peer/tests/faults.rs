//! What goes wrong, and who stands at the door.

use super::*;

#[test]
fn no_path_is_told_with_the_addresses_that_were_tried() {
    let mut room = Room::new(config(1, &[], true), config(2, &[], true));
    room.cut = true;
    room.join();
    let began = room.now;
    let warned =
        |room: &mut Room| room.ada.events.iter().any(|event| matches!(event, PeerEvent::NoPath(_)));
    assert!(room.run_until(warned));
    assert!(room.now < began + Duration::from_secs(15), "it is told in time");
    let told = room.ada.take(|event| match event {
        PeerEvent::NoPath(no_path) => Some(no_path.to_string()),
        _ => None,
    });
    assert!(told[0].contains("cannot be reached over UDP"), "{told:?}");
    assert!(told[0].contains("192.0.2.1:") && told[0].contains("192.0.2.2:"), "{told:?}");
    let failed = room.run_until(|room| {
        let failure = |event: &PeerEvent| matches!(event, PeerEvent::Failed(_));
        room.ada.events.iter().any(failure)
    });
    assert!(failed);
    let told = room.ada.take(|event| match event {
        PeerEvent::Failed(error) => Some(error.to_string()),
        _ => None,
    });
    assert!(told[0].contains("192.0.2.1:") && told[0].contains("192.0.2.2:"), "{told:?}");
}

#[test]
fn hostile_descriptions_are_refused_and_all_else_goes_on() {
    for sdp in ["", "v=0", "a=\r\n", &"m=audio 9 UDP 0\r\n".repeat(9)] {
        let mut room = Room::new(config(1, &[], true), config(2, &[], true));
        room.join();
        room.bob.turn(room.now);
        let description = Description {
            peer: id("ada"),
            description: crate::protocol::signalling::SessionDescription {
                kind: SdpType::Offer,
                sdp: sdp.to_owned(),
            },
            tracks: BTreeMap::new(),
        };
        room.bob.hear(ServerMessage::Description(description), room.now);
        room.bob.turn(room.now);
        let refused = room.bob.take(|event| match event {
            PeerEvent::DescriptionRefused(_) => Some(true),
            PeerEvent::Failed(_) => Some(false),
            _ => None,
        });
        assert_eq!(refused, [true], "{sdp:?}");
        // The right one afterwards is taken.
        room.connect();
    }
}

#[test]
fn the_door_is_told_and_kept() {
    let mut room = Room::new(config(1, &[], true), config(2, &[], true));
    room.join();
    let now = room.now;
    let lost = ServerMessage::ParticipantPresence { id: id("ada"), present: false };
    room.bob.hear(lost, now);
    room.ada.hear(ServerMessage::Room { host: id("ada"), locked: true }, now);
    room.ada.hear(ServerMessage::Knock { id: id("w1"), name: "Eve\u{202e}".to_owned() }, now);
    room.ada.turn(now);
    room.bob.turn(now);
    let seen = room.bob.take(|event| match event {
        PeerEvent::Presence(who, present) => Some((who.name.clone(), *present)),
        _ => None,
    });
    assert_eq!(seen, [("ADA".to_owned(), false)]);
    let seen = room.ada.take(|event| match event {
        PeerEvent::Knock(who) => Some(who.name.clone()),
        PeerEvent::Room { host: true, locked: true } => Some("room".to_owned()),
        _ => None,
    });
    assert_eq!(seen, ["room", "Eve\\u{202e}"]);
    let peer = &mut room.ada.peer;
    while peer.poll_message().is_some() {}
    assert!(!peer.admit("Bob", true) && peer.admit("Eve\\u{202e}", true));
    peer.lock(false);
    let said: Vec<ClientMessage> = std::iter::from_fn(|| peer.poll_message()).collect();
    let admit = ClientMessage::Admit { id: id("w1"), admit: true };
    assert_eq!(said, [admit, ClientMessage::Lock { locked: false }]);
}
