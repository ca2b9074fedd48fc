//! What the page decides, as functions of what it sees.

use lapwing_conformance::browser::{Browser, Kind, Options, stage};
use serde_json::{Value, json};

use super::program::{Outcome, Program, SOON, await_tracks, page};

fn lobby() -> Outcome<(Program, Browser)> {
    let (server, room) = Program::server()?;
    let mut page = Browser::launch(Kind::Chromium, &room, &Options::default())?;
    page.wait_for("lapwing.state().view === 'lobby'", SOON)?;
    Ok((server, page))
}

/// What a function of one of the page's modules gives for these arguments.
fn call(page: &mut Browser, module: &str, function: &str, arguments: &Value) -> Outcome<Value> {
    let js = format!("import('/web/{module}.js').then((all) => all.{function}(...{arguments}))");
    Ok(page.eval(&js)?)
}

#[test]
fn a_busy_machine_falls_to_the_cheaper_codec() {
    let test = "rooms::a_busy_machine_falls_to_the_cheaper_codec";
    stage(test, &[Kind::Chromium], || {
        let (_server, mut page) = lobby()?;
        let sample = |codec: &str, limited: Value, encode_ms: Value, frame_ms: Value| {
            json!({ "sending": [
                { "codec": codec, "limitedBy": limited, "encodeMs": encode_ms, "frameMs": frame_ms },
            ] })
        };
        let busy = sample("av1", json!("cpu"), json!(5), json!(33));
        let easy = sample("av1", json!("none"), json!(5), json!(33));
        let idle = json!({ "sending": [] });
        let decides = [
            // Limited by the processor for long enough; what was before does not matter.
            (vec![busy.clone(); 6], json!("vp8")),
            ([vec![easy.clone(); 3], vec![busy.clone(); 6]].concat(), json!("vp8")),
            // Not for long enough, or not all the time, or nothing is sent.
            (vec![busy.clone(); 5], Value::Null),
            ([vec![busy.clone(); 5], vec![easy.clone()]].concat(), Value::Null),
            ([vec![busy.clone(); 5], vec![idle]].concat(), Value::Null),
            (vec![easy; 6], Value::Null),
            // A browser that does not say what limits it says how long it takes.
            (vec![sample("av1", Value::Null, json!(30), json!(33)); 6], json!("vp8")),
            (vec![sample("vp9", Value::Null, json!(30), Value::Null); 6], Value::Null),
            (vec![sample("vp9", Value::Null, json!(60), Value::Null); 6], json!("vp8")),
            (vec![sample("av1", Value::Null, json!(60), json!(1000)); 6], json!("vp8")),
            (vec![sample("av1", json!("bandwidth"), json!(9), json!(33)); 6], Value::Null),
            // It sends by the cheapest already.
            (vec![sample("vp8", json!("cpu"), json!(30), json!(33)); 6], Value::Null),
        ];
        for (samples, expected) in decides {
            let samples = json!([samples]);
            assert_eq!(call(&mut page, "busy", "cheaperCodec", &samples)?, expected, "{samples}");
        }
        Ok(())
    });
}

#[test]
fn names_of_people_and_files_are_shown_plainly() {
    let test = "rooms::names_of_people_and_files_are_shown_plainly";
    stage(test, &[Kind::Chromium], || {
        let (_server, mut page) = lobby()?;
        let people = [
            ("Ada Lovelace", "Ada Lovelace"),
            ("  Ada\n\tL. ", "Ada L."),
            ("photo\u{202e}gpj.exe", "photogpj.exe"),
            ("a\u{2066}b\u{2069}c\u{200f}d\u{61c}e", "abcde"),
            ("\u{feff}\u{200b}\u{200d}\u{2060}\u{ad}", "somebody"),
            ("\u{3164}\u{115f}\u{2800}", "somebody"),
            ("x\u{1b}[31m\u{7f}\u{85}", "x[31m"),
            ("\u{e0041}\u{e000}\u{ffff}z", "z"),
            ("سارة", "سارة"),
            ("Zoë 👋", "Zoë 👋"),
        ];
        for (name, expected) in people {
            assert_eq!(
                call(&mut page, "names", "plainName", &json!([name]))?,
                expected,
                "{name:?}"
            );
        }
        let files = [
            ("report.pdf", "report.pdf"),
            ("../../etc/passwd", "passwd"),
            ("annex\u{202e}fdp.exe", "annexfdp.exe"),
            (".\u{200b}.\u{202e}profile", "profile"),
            ("\u{200b}", "file"),
        ];
        for (name, expected) in files {
            assert_eq!(
                call(&mut page, "transfer", "safeName", &json!([name]))?,
                expected,
                "{name:?}"
            );
        }
        Ok(())
    });
}

#[test]
fn descriptions_name_the_senders_codec_first() {
    let test = "rooms::descriptions_name_the_senders_codec_first";
    stage(test, &[Kind::Chromium], || {
        let (_server, mut page) = lobby()?;
        let sdp = |audio: &str, first: &str, second: &str| {
            format!(
                "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF {audio}\r\na=mid:0\r\na=rtpmap:111 opus/48000/2\r\n\
                 m=video 9 UDP/TLS/RTP/SAVPF {first}\r\na=mid:1\r\na=rtpmap:45 AV1/90000\r\n\
                 a=rtpmap:96 VP8/90000\r\na=rtpmap:97 rtx/90000\r\nm=video 9 UDP/TLS/RTP/SAVPF {second}\r\n\
                 a=mid:2\r\na=rtpmap:45 AV1/90000\r\na=rtpmap:96 VP8/90000\r\n"
            )
        };
        let offered = sdp("111", "45 96 97", "45 96");
        for (codecs, expected) in [
            (json!([["1", "vp8"]]), sdp("111", "96 45 97", "45 96")),
            (json!([["2", "VP8"], ["1", "av1"]]), sdp("111", "45 96 97", "96 45")),
            (json!([["1", "h264"], ["9", "vp8"], ["0", null]]), offered.clone()),
        ] {
            let js = format!(
                "import('/web/codecs.js').then(({{ withCodecFirst }}) =>
                   withCodecFirst({}, new Map({codecs})))",
                Value::from(offered.as_str())
            );
            assert_eq!(page.eval(&js)?, expected, "{codecs}");
        }
        Ok(())
    });
}

/// The codecs of the pictures that a page sends.
const SENT: &str =
    "lapwing.sample().then(({ sending }) => sending.map(({ codec }) => codec).join(' '))";

#[test]
fn the_links_codec_is_sent_in_forward_rooms_until_another_is_preferred() {
    let test = "rooms::the_links_codec_is_sent_in_forward_rooms_until_another_is_preferred";
    stage(test, &[Kind::Chromium], || {
        let (_server, room) = Program::server()?;
        let mut first = page(Kind::Chromium, &room, "carol", Some("vp9"))?;
        let mut second = page(Kind::Chromium, &room, "dan", Some("vp8"))?;
        for page in [&mut first, &mut second] {
            await_tracks(page, 1)?;
        }
        assert_eq!(first.eval(SENT)?, "vp9");
        assert_eq!(second.eval(SENT)?, "vp8");
        first.eval("lapwing.preferVideo('vp8')")?;
        first.wait_for(&format!("{SENT}.then((sent) => sent === 'vp8')"), SOON)?;
        let decoded = "lapwing.stats().then((all) => Object.values(all).flat()
            .find((entry) => entry.type === 'inbound-rtp' && entry.kind === 'video').framesDecoded)";
        let so_far = second.eval(decoded)?.as_u64().ok_or("a number")?;
        second.wait_for(&format!("{decoded}.then((count) => count >= {})", so_far + 20), SOON)?;
        Ok(())
    });
}
