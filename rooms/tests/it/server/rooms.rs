//! Joining, passing messages on, limits, and coming back.

use lapwing_rooms::protocol::signalling::{
    ClientMessage, Description, ErrorCode, MESSAGE_BYTES_MAX, Mode, ParticipantId, SDP_BYTES_MAX,
    SdpType, ServerMessage, SessionDescription,
};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use super::client::{Running, config, join};

fn offer(peer: &ParticipantId, sdp: String) -> ClientMessage {
    ClientMessage::Description(Description {
        peer: peer.clone(),
        description: SessionDescription { kind: SdpType::Offer, sdp },
        tracks: Default::default(),
    })
}

#[tokio::test]
async fn two_meet_and_a_third_finds_the_room_full() {
    let server = Running::start(config()).await;
    let (mut ada, first) = server.join("/ws/tea?mode=direct", None).await;
    let (mut bob, second) = server.join("/ws/tea", None).await;
    assert_eq!((first.mode, second.participants[0].id.clone()), (Mode::Direct, first.id));
    let ServerMessage::ParticipantJoined { participant } = ada.next().await else {
        panic!("Ada hears of Bob")
    };
    assert_eq!(participant.id, second.id);
    let mut eve = server.client("/ws/tea").await;
    eve.send(&join("Eve", None)).await;
    assert_eq!(eve.error().await, ErrorCode::RoomFull);
    assert_eq!(eve.close_code().await, Some(CloseCode::Policy));
    ada.send(&offer(&second.id, "x".repeat(SDP_BYTES_MAX))).await;
    let ServerMessage::Description(description) = bob.next().await else {
        panic!("Bob gets the offer")
    };
    assert_eq!(description.description.sdp.len(), SDP_BYTES_MAX);
    server.stop().await;
}

#[tokio::test]
async fn messages_too_big_for_the_socket_close_it() {
    let server = Running::start(config()).await;
    let (mut ada, _) = server.join("/ws/tea", None).await;
    ada.text(&"x".repeat(MESSAGE_BYTES_MAX + 1)).await;
    assert!(matches!(ada.close_code().await, Some(CloseCode::Size) | None));
    server.stop().await;
}

#[tokio::test]
async fn garbage_and_messages_out_of_order_are_answered_with_errors() {
    let server = Running::start(config()).await;
    let (mut ada, welcome) = server.join("/ws/tea", None).await;
    ada.text("{").await;
    assert_eq!(ada.error().await, ErrorCode::BadMessage);
    ada.raw(Message::binary(vec![1, 2, 3])).await;
    assert_eq!(ada.error().await, ErrorCode::BadMessage);
    ada.send(&offer(&welcome.id, "v=0".to_owned())).await;
    assert_eq!(ada.error().await, ErrorCode::UnknownParticipant);
    ada.send(&join("Ada", None)).await;
    assert_eq!(ada.error().await, ErrorCode::AlreadyJoined);
    let mut early = server.client("/ws/tea").await;
    early.send(&ClientMessage::Leave).await;
    assert_eq!(early.error().await, ErrorCode::NotJoined);
    let mut lost = server.client("/ws/a%20b").await;
    assert_eq!(lost.error().await, ErrorCode::BadRoom);
    server.stop().await;
}

#[tokio::test]
async fn a_flood_is_cut_off() {
    let server = Running::start(config()).await;
    let (mut ada, welcome) = server.join("/ws/tea", None).await;
    let burst = u64::from(welcome.limits.messages_burst);
    for n in 0..burst * 2 {
        ada.send(&ClientMessage::Ping { n }).await;
    }
    let mut pongs = 0;
    let code = loop {
        match ada.next().await {
            ServerMessage::Pong { .. } => pongs += 1,
            ServerMessage::Error(error) => break error.code,
            other => panic!("not expected: {other:?}"),
        }
    };
    assert_eq!(code, ErrorCode::RateLimited);
    assert!(pongs < burst * 2);
    server.stop().await;
}

#[tokio::test]
async fn a_lost_socket_is_replaced_with_the_token_and_gets_its_mail() {
    let server = Running::start(config()).await;
    let (mut ada, _) = server.join("/ws/tea", None).await;
    let (bob, second) = server.join("/ws/tea", None).await;
    let ServerMessage::ParticipantJoined { .. } = ada.next().await else {
        panic!("Ada hears of Bob")
    };
    drop(bob);
    ada.send(&offer(&second.id, "v=0".to_owned())).await;
    ada.send(&ClientMessage::Ping { n: 1 }).await;
    // That Bob is lost is told at some moment.
    while ada.next().await != (ServerMessage::Pong { n: 1 }) {}
    let (mut bob, again) = server.join("/ws/tea", Some(second.resume)).await;
    assert!(again.resumed);
    assert_eq!(again.id, second.id);
    // What was sent into the old socket before the server saw it end is lost with it, as the
    // protocol says; Ada sends again.
    ada.send(&offer(&second.id, "v=0".to_owned())).await;
    let ServerMessage::Description(description) = bob.next().await else {
        panic!("Bob gets the offer")
    };
    assert_eq!(description.description.sdp, "v=0");
    server.stop().await;
}

#[tokio::test]
async fn everyone_is_told_when_the_server_ends() {
    let server = Running::start(config()).await;
    let (mut ada, welcome) = server.join("/ws/tea", None).await;
    let client = async {
        assert_eq!(ada.error().await, ErrorCode::ShuttingDown);
        assert_eq!(ada.close_code().await, Some(CloseCode::Away));
    };
    tokio::join!(server.stop(), client);
    // A new server knows nothing of old tokens.
    let server = Running::start(config()).await;
    let (_, fresh) = server.join("/ws/tea", Some(welcome.resume)).await;
    assert!(!fresh.resumed);
    server.stop().await;
}
