use super::*;

fn round_trip(text: &str) -> FileMessage {
    let message: FileMessage = serde_json::from_str(text).expect("the example parses");
    assert_eq!(serde_json::to_string(&message).expect("it can be written"), text);
    message
}

#[test]
fn file_messages_read_as_documented() {
    let offer = round_trip(
        r#"{"type":"offer","id":7,"to":"k3v9x2m4qa","name":"a.txt","size":3,"sha256":"ba78"}"#,
    );
    assert_eq!(offer.id(), 7);
    for (text, id) in [
        (r#"{"type":"accept","id":8,"offset":0}"#, 8),
        (r#"{"type":"reject","id":9,"reason":"declined"}"#, 9),
        (r#"{"type":"list","id":13}"#, 13),
        (r#"{"type":"want","id":14,"ranges":[[3,1],[5,2]]}"#, 14),
        (r#"{"type":"ack","id":10,"received":262144}"#, 10),
        (r#"{"type":"done","id":11,"ok":true,"sha256":"ba78"}"#, 11),
        (r#"{"type":"cancel","id":12,"reason":"peer-left"}"#, 12),
    ] {
        assert_eq!(round_trip(text).id(), id);
    }
}

#[test]
fn chat_without_origin_parses() {
    let message: ChatMessage =
        serde_json::from_str(r#"{"type":"message","text":"hi"}"#).expect("from is optional");
    assert_eq!(message, ChatMessage::Message { from: None, text: "hi".into() });
}

#[test]
fn the_longest_chat_fits_a_text_message_however_it_is_escaped() {
    let text = "\u{1}".repeat(CHAT_BYTES_MAX);
    let message = ChatMessage::Message { from: Some(ParticipantId("k3v9x2m4qa".into())), text };
    assert!(serde_json::to_string(&message).expect("it can be written").len() <= TEXT_BYTES_MAX);
}

#[test]
fn chunks_out_of_bounds_are_refused() {
    let header = ChunkHeader { id: 1, offset: 0 };
    assert_eq!(ChunkHeader::split(&[0; 15]), None);
    assert_eq!(ChunkHeader::split(&header.with_data(&[])), None);
    assert!(ChunkHeader::split(&header.with_data(&[0; CHUNK_BYTES_MAX])).is_some());
    assert_eq!(ChunkHeader::split(&header.with_data(&[0; CHUNK_BYTES_MAX + 1])), None);
    let far = ChunkHeader { id: 1, offset: u64::MAX };
    assert_eq!(ChunkHeader::split(&far.with_data(&[0])), None);
    let big = ChunkHeader { id: u64::MAX, offset: 0 };
    assert_eq!(ChunkHeader::split(&big.with_data(&[0])), None);
}
