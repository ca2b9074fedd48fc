//! `lapwing conformance peer`, as the wall starts it.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

/// Gives a peer program these lines and the end of them; what it says, and the status that it ends
/// with.
fn peer(driver: &str, lines: &[String]) -> (Vec<Value>, Option<i32>) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_lapwing"))
        .args(["conformance", "peer", "--driver", driver])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut input = child.stdin.take().expect("it is piped");
    for line in lines {
        writeln!(input, "{line}").expect("it is read");
    }
    drop(input);
    let output = BufReader::new(child.stdout.take().expect("it is piped"));
    let said = output.lines().map(|line| {
        let line = line.expect("it is text");
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{line}: {error}"))
    });
    let said = said.collect();
    (said, child.wait().expect("it ends").code())
}

#[test]
fn a_peer_program_speaks_its_protocol_under_every_driver() {
    for driver in ["mio", "smol", "tokio"] {
        let requests = [
            json!({"id": 1, "do": "offer"}),
            json!({"id": 2, "do": "open", "srtp": ["SRTP_AES128_CM_HMAC_SHA1_80"]}),
            json!({"id": 3, "do": "open"}),
            json!({"id": 4, "do": "channel", "label": "chat"}),
            json!({"id": 5, "do": "offer"}),
            json!({"id": "six", "do": "accept", "sdp": "v=0"}),
        ];
        let mut lines: Vec<String> = requests.iter().map(Value::to_string).collect();
        lines.push("{".to_owned());
        let (said, status) = peer(driver, &lines);
        assert_eq!(status, Some(0), "the end of input is the end");
        let ready = &said[0];
        assert_eq!(
            (&ready["event"], &ready["peer"]),
            (&json!("ready"), &json!(format!("lapwing-{driver}")))
        );
        assert_eq!(ready["version"], env!("CARGO_PKG_VERSION"));
        let reply =
            |id: Value| said.iter().find(|line| line["id"] == id).expect("there is a reply");
        assert_eq!(reply(json!(1))["error"]["kind"], "failed");
        assert_eq!(reply(json!(2))["error"]["kind"], "unsupported");
        assert_eq!((&reply(json!(3))["ok"], &reply(json!(4))["ok"]), (&json!({}), &json!({})));
        assert_eq!(reply(json!(5))["ok"]["type"], "offer");
        assert_eq!(reply(json!("six"))["error"]["kind"], "refused");
        assert!(said.iter().any(|line| line["event"] == "log"), "a line that is no request");
    }
}
