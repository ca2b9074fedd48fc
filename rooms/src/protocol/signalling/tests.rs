use super::*;

fn client(text: &str) -> ClientMessage {
    let message: ClientMessage = serde_json::from_str(text).expect("the example parses");
    assert_eq!(serde_json::to_string(&message).expect("it can be written"), text);
    message
}

fn server(text: &str) -> ServerMessage {
    let message: ServerMessage = serde_json::from_str(text).expect("the example parses");
    assert_eq!(serde_json::to_string(&message).expect("it can be written"), text);
    message
}

#[test]
fn client_messages_read_as_documented() {
    assert_eq!(
        client(r#"{"type":"join","version":1,"name":"Ada"}"#),
        ClientMessage::Join {
            version: 1,
            name: "Ada".into(),
            resume: None,
            password: None,
            owner: None,
        }
    );
    client(concat!(
        r#"{"type":"join","version":1,"name":"Ada","password":"milk first","#,
        r#""owner":"0f2c-77aa_19BD-e4"}"#
    ));
    client(r#"{"type":"lock","locked":true}"#);
    client(r#"{"type":"admit","id":"q4z7h0c2xe","admit":true}"#);
    client(r#"{"type":"join","version":1,"name":"Ada","resume":"5f0c"}"#);
    client(concat!(
        r#"{"type":"description","peer":"server","description":{"type":"offer","sdp":"v=0"},"#,
        r#""tracks":{"0":{"source":"microphone"},"1":{"source":"camera"}}}"#
    ));
    client(concat!(
        r#"{"type":"candidate","peer":"k3v9x2m4qa","candidate":{"candidate":"candidate:1 1 udp "#,
        r#"2122260223 192.0.2.1 54321 typ host","sdpMid":"0","sdpMLineIndex":0,"#,
        r#""usernameFragment":"abcd"}}"#
    ));
    let last = client(r#"{"type":"candidate","peer":"server","candidate":null}"#);
    let ClientMessage::Candidate(last) = last else { panic!("a candidate was parsed") };
    assert_eq!((last.peer.is_server(), last.candidate), (true, None));
    client(r#"{"type":"ping","n":4}"#);
    client(r#"{"type":"leave"}"#);
}

#[test]
fn server_messages_read_as_documented() {
    let welcome = server(concat!(
        r#"{"type":"welcome","version":1,"id":"k3v9x2m4qa","room":"tea","mode":"direct","#,
        r#""participants":[{"id":"b7n1d8s5wz","name":"Bob"}],"polite":true,"resumed":false,"#,
        r#""resume":"5f0c","iceServers":[{"urls":["stun:192.0.2.9"]}],"host":"b7n1d8s5wz","#,
        r#""locked":false,"limits":{"participants":2,"#,
        r#""messageBytes":196608,"sdpBytes":131072,"messagesPerSecond":20,"messagesBurst":120,"#,
        r#""idleSeconds":45,"resumeSeconds":30}}"#
    ));
    let ServerMessage::Welcome(welcome) = welcome else { panic!("a welcome was parsed") };
    assert_eq!(welcome.mode, Mode::Direct);
    server(r#"{"type":"participant-joined","participant":{"id":"b7n1d8s5wz","name":"Bob"}}"#);
    server(r#"{"type":"participant-left","id":"b7n1d8s5wz","reason":"lost"}"#);
    server(concat!(
        r#"{"type":"description","peer":"server","description":{"type":"offer","sdp":"v=0"},"#,
        r#""tracks":{"3":{"participant":"b7n1d8s5wz","source":"camera"}}}"#
    ));
    server(r#"{"type":"participant-presence","id":"b7n1d8s5wz","present":false}"#);
    server(r#"{"type":"room","host":"b7n1d8s5wz","locked":true}"#);
    server(r#"{"type":"waiting","id":"q4z7h0c2xe"}"#);
    server(r#"{"type":"knock","id":"q4z7h0c2xe","name":"Eve"}"#);
    server(r#"{"type":"knock-ended","id":"q4z7h0c2xe"}"#);
    server(r#"{"type":"pong","n":4}"#);
    server(concat!(
        r#"{"type":"error","code":"room-full","message":"the room holds 2","#,
        r#""hint":"open another room","fatal":true}"#
    ));
}

#[test]
fn unknown_fields_are_passed_over_and_unknown_types_are_not() {
    let message = r#"{"type":"leave","later":1}"#;
    assert_eq!(serde_json::from_str::<ClientMessage>(message).ok(), Some(ClientMessage::Leave));
    assert!(serde_json::from_str::<ClientMessage>(r#"{"type":"dance"}"#).is_err());
}
