//! `lapwing devices`, on a machine whose only microphone is a file.

use std::fs;
use std::process::{Command, Output};

use tempfile::TempDir;

const CONFIGURATION: &str = r#"
pcm.mine {
    type plug
    slave.pcm {
        type file
        file "/dev/null"
        infile "FOLDER/heard.raw"
        format raw
        slave.pcm { type null }
    }
    hint { show on description "A file that is heard" device_input 0 }
}
"#;

fn lapwing(arguments: &[&str]) -> Output {
    let folder = TempDir::new().expect("the test has it");
    let text = CONFIGURATION.replace("FOLDER", &folder.path().display().to_string());
    let path = folder.path().join("asound.conf");
    fs::write(&path, text).expect("the test has it");
    // Five seconds of half of full scale.
    fs::write(folder.path().join("heard.raw"), [0, 0x40].repeat(240_000)).expect("the test has it");
    let mut command = Command::new(env!("CARGO_BIN_EXE_lapwing"));
    command.arg("devices").args(arguments).env("ALSA_CONFIG_PATH", path).env_remove("DISPLAY");
    command.output().expect("the test has it")
}

fn said(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).expect("the test has it")
}

#[test]
fn devices_are_listed_for_people_and_programs() {
    let text = said(&lapwing(&["list", "--kind", "microphone"]));
    let line = "audioinput  48000 Hz   alsa:in:mine";
    assert!(text.starts_with(line) && text.trim_end().ends_with("A file that is heard"), "{text}");
    let text = said(&lapwing(&["list", "--kind", "microphone", "--json"]));
    let value: serde_json::Value = serde_json::from_str(text.trim()).expect("the test has it");
    assert_eq!(value["deviceId"], "alsa:in:mine");
    assert_eq!(value["capabilities"]["channelCount"]["max"], 2);
    assert_eq!(value["capabilities"]["echoCancellation"].as_array().map(Vec::len), Some(2));
}

#[test]
fn one_that_is_tried_says_what_came() {
    let text = said(&lapwing(&["show", "heard", "--try"]));
    assert!(text.contains("  sampleRate        8000 to 96000"), "{text}");
    assert!(text.contains("In a second came"), "{text}");
}

#[test]
fn what_is_not_there_is_said() {
    let output = lapwing(&["show", "no such thing"]);
    assert_eq!(output.status.code(), Some(1));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(errors.contains("no device is, or is called, \"no such thing\""), "{errors}");
}
