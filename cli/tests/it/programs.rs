//! The programs as processes of their own: what they log, how they end, what they say to people.

use std::fs::File;
use std::io::{BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// A bound on everything that is waited for here.
const LONG: Duration = Duration::from_secs(120);

/// A running `lapwing`, with all that it prints. Dropping it kills it.
struct Program {
    child: Child,
    input: Option<ChildStdin>,
    lines: Receiver<String>,
    said: Vec<String>,
}

impl Program {
    fn start(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        Program::start_with(folder, arguments, variables, None)
    }

    /// With its standard error on a terminal. What is written there is read in lines, and in
    /// parts of them where escapes are.
    fn start_on_terminal(folder: &Path, arguments: &[&str]) -> Self {
        let pair = nix::pty::openpty(None, None).expect("a terminal");
        Program::start_with(folder, arguments, &[], Some((pair.slave.into(), pair.master.into())))
    }

    fn start_with(
        folder: &Path,
        arguments: &[&str],
        variables: &[(&str, &str)],
        terminal: Option<(Stdio, File)>,
    ) -> Self {
        let (errors, seen) = terminal.map_or((Stdio::piped(), None), |(a, b)| (a, Some(b)));
        let mut child = Command::new(env!("CARGO_BIN_EXE_lapwing"))
            .args(arguments)
            .env("XDG_STATE_HOME", folder)
            .env_remove("LAPWING_LOG")
            .envs(variables.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(errors)
            .spawn()
            .expect("it starts");
        let (sender, lines) = channel();
        let output = child.stdout.take().expect("a pipe");
        let read = |from: Box<dyn Read + Send>, ends: &'static [u8]| {
            let sender = sender.clone();
            std::thread::spawn(move || {
                let mut part = Vec::new();
                let tell = |part: &mut Vec<u8>| {
                    let line = String::from_utf8_lossy(&std::mem::take(part)).into_owned();
                    sender.send(line).is_ok()
                };
                for byte in BufReader::new(from).bytes().map_while(Result::ok) {
                    if !ends.contains(&byte) {
                        part.push(byte);
                    } else if !tell(&mut part) {
                        return;
                    }
                }
                if !part.is_empty() {
                    tell(&mut part);
                }
            });
        };
        read(Box::new(output), b"\n");
        match (seen, child.stderr.take()) {
            (Some(seen), _) => read(Box::new(seen), b"\n\x1b"),
            (None, errors) => read(Box::new(errors.expect("a pipe")), b"\n"),
        }
        let input = child.stdin.take();
        Program { child, input, lines, said: Vec::new() }
    }

    fn await_line(&mut self, part: &str) -> String {
        let end = Instant::now() + LONG;
        loop {
            match self.lines.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(line) => {
                    self.said.push(line.clone());
                    if line.contains(part) {
                        return line;
                    }
                }
                Err(error) => panic!("no {part:?}: {error}; it said {:#?}", self.said),
            }
        }
    }

    /// Says something until another hears it: their chat channels open about when media do. Gives
    /// the line in which it was heard.
    fn say(&mut self, text: &str, to: &mut Program) -> String {
        let end = Instant::now() + LONG;
        while Instant::now() < end {
            self.type_line(text);
            let heard = Instant::now() + Duration::from_secs(1);
            let left = || heard.saturating_duration_since(Instant::now());
            while let Ok(line) = to.lines.recv_timeout(left()) {
                to.said.push(line.clone());
                if line.contains(text) {
                    return line;
                }
            }
        }
        panic!("it is not heard: {:#?}, {:#?}", self.said, to.said);
    }

    fn type_line(&mut self, line: &str) {
        let input = self.input.as_mut().expect("it is open");
        writeln!(input, "{line}").expect("it reads");
    }

    fn interrupt(&self) {
        let pid = self.child.id().to_string();
        let killed = Command::new("kill").args(["-INT", &pid]).status();
        assert!(killed.is_ok_and(|status| status.success()));
    }

    /// Waits for its end; gives its status and all that it printed.
    fn end(mut self) -> (Option<i32>, String) {
        let end = Instant::now() + LONG;
        loop {
            match self.lines.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(line) => self.said.push(line),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => panic!("no end; it said {:#?}", self.said),
            }
        }
        let status = self.child.wait().expect("it has ended");
        (status.code(), self.said.join("\n"))
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A server of its own; gives the link of a room too.
fn serve(folder: &TempDir, more: &[&str], variables: &[(&str, &str)]) -> (Program, String) {
    let arguments = ["serve", "--listen", "127.0.0.1:0", "--json"];
    let mut server = Program::start(folder.path(), &[&arguments[..], more].concat(), variables);
    let line = server.await_line("\"listening\"");
    let line: serde_json::Value = serde_json::from_str(&line).expect("JSON");
    let room = format!("{}r/tea", line["url"].as_str().expect("an address"));
    (server, room)
}

/// What stands after each of these words in a recording, up to the end of the line.
fn secrets(log: &[u8], word: &str) -> Vec<String> {
    let text = String::from_utf8_lossy(log);
    let found = text.match_indices(word).map(|(at, _)| {
        let rest = &text[at + word.len()..];
        rest.chars().take_while(|c| c.is_ascii_graphic()).collect::<String>()
    });
    let mut found: Vec<String> = found.filter(|secret| secret.len() >= 4).collect();
    found.sort();
    found.dedup();
    found
}

#[test]
fn no_secret_is_logged_whatever_is_asked_for() {
    const SAID: &str = "what nobody else may read 7f3a";
    const PASSWORD: &str = "the words at the door 91c2";
    let folder = tempfile::tempdir().expect("a folder");
    let loud =
        [("LAPWING_LOG", "trace"), ("RUST_LOG", "trace"), ("LAPWING_ROOM_PASSWORD", PASSWORD)];
    for mode in ["direct", "forward"] {
        let (server, room) = serve(&folder, &["--mode", mode], &loud);
        let log = folder.path().join(format!("{mode}.log")).display().to_string();
        let call = |name: &str, more: &[&str]| {
            let words =
                [&["call", &room, "--name", name, "--video", "none", "--wait", "60"][..], more];
            Program::start(folder.path(), &words.concat(), &loud)
        };
        let mut ada = call("ada", &["--log", &log]);
        ada.await_line("in room tea");
        let mut bob = call("bob", &[]);
        for program in [&mut ada, &mut bob] {
            program.await_line("sending microphone");
        }
        ada.say(SAID, &mut bob);
        for program in [&ada, &bob, &server] {
            program.interrupt();
        }
        let recorded = std::fs::read(&log).expect("it was recorded");
        let passwords = secrets(&recorded, "a=ice-pwd:");
        let fragments = secrets(&recorded, "a=ice-ufrag:");
        assert!(passwords.len() >= 2, "both sides' are in the recording: {passwords:?}");
        for (who, program) in [("ada", ada), ("bob", bob), ("the server", server)] {
            let (_, said) = program.end();
            let said: Vec<&str> =
                said.lines().filter(|line| *line != format!("ada: {SAID}")).collect();
            for secret in
                passwords.iter().chain(&fragments).map(String::as_str).chain([SAID, PASSWORD])
            {
                let line = said.iter().find(|line| line.contains(secret));
                assert!(line.is_none(), "{mode}: {who} logs {secret:?}: {line:?}");
            }
        }
    }
}

#[test]
fn a_broken_part_ends_the_program_with_words() {
    let folder = tempfile::tempdir().expect("a folder");
    let (_server, room) = serve(&folder, &[], &[]);
    let file = folder.path().join("file");
    std::fs::write(&file, "content").expect("written");
    let file = file.display().to_string();
    let out = folder.path().display().to_string();
    let call: &[&str] = &["call", "ROOM"];
    let send: &[&str] = &["send", &file, "ROOM"];
    let receive: &[&str] = &["receive", "ROOM", "--out", &out];
    for (part, arguments) in [
        ("signalling", call),
        ("signals", call),
        ("stdin", call),
        ("inbound", call),
        ("audio", call),
        ("video", call),
        ("signalling", send),
        ("signals", send),
        ("signalling", receive),
        ("signals", receive),
    ] {
        // A room for each: a broken program's seat stays for a while.
        let room = format!("{room}-{part}-{}", arguments[0]);
        let words: Vec<&str> =
            arguments.iter().map(|word| if *word == "ROOM" { &room } else { *word }).collect();
        let program = Program::start(folder.path(), &words, &[("LAPWING_TEST_BREAK", part)]);
        let (status, said) = program.end();
        assert_eq!(status, Some(101), "{part} of {arguments:?}: {said}");
        assert!(said.contains(&format!("its part \"{part}\" broke")), "{said}");
    }
}

#[test]
fn the_wrong_scheme_and_bad_certificates_are_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let (_plain, plain) = serve(&folder, &[], &[]);
    let (_secure, secure) = serve(&folder, &["--self-signed"], &[]);
    let enter = |room: &str, more: &[&str]| {
        let words = [&["receive", room, "--wait", "1"], more].concat();
        Program::start(folder.path(), &words, &[]).end()
    };
    let (status, said) = enter(&plain.replace("http:", "https:"), &[]);
    assert_eq!(status, Some(1));
    assert!(said.contains(&format!("this server speaks http; use {plain}")), "{said}");
    let (_, said) = enter(&secure.replace("https:", "http:"), &[]);
    assert!(said.contains(&format!("this server speaks https; use {secure}")), "{said}");
    let (_, said) = enter(&secure, &[]);
    assert!(said.contains("it is self-signed") && said.contains("localhost"), "{said}");
    let pin = said.split("--fingerprint ").nth(1).expect("it is named").trim().to_owned();
    let (_, said) = enter(&secure, &["--fingerprint", &pin]);
    assert!(said.contains("in room tea"), "{said}");
    let (_, said) = enter(&secure, &["--fingerprint", &"00".repeat(32)]);
    assert!(said.contains("it is another one than --fingerprint names"), "{said}");
    let (_, said) = enter(&secure, &["--insecure"]);
    assert!(said.contains("in room tea"), "{said}");
}

#[test]
fn chat_stands_under_the_pictures() {
    const SAID: &str = "can you read this";
    let folder = tempfile::tempdir().expect("a folder");
    let (_server, room) = serve(&folder, &[], &[]);
    let call = |name: &str, more: &[&str]| {
        let words = [&["call", &room, "--name", name, "--size", "64x64"][..], more].concat();
        Program::start(folder.path(), &words, &[])
    };
    let mut bob = call("bob", &["--ascii", "--video", "none"]);
    bob.await_line("in room tea");
    let mut ada = call("ada", &[]);
    ada.await_line("sending camera");
    // The picture's first line follows on what clears the screen.
    bob.await_line("\u{1b}[2J");
    let line = ada.say(SAID, &mut bob);
    assert_eq!(line, format!("\u{1b}[Kada: {SAID}"), "it is a line of the board");
}

#[test]
fn levels_are_shown_on_a_terminal_alone() {
    /// The tone has a peak of -20 dBFS.
    const TONE: &str = "[#######···]  -23 dB";
    let folder = tempfile::tempdir().expect("a folder");
    let (_server, room) = serve(&folder, &[], &[]);
    let words = |name| ["call", &room, "--name", name, "--video", "none"];
    let on_terminal = |name, more: &[&str]| {
        Program::start_on_terminal(folder.path(), &[&words(name)[..], more].concat())
    };
    let mut ada = on_terminal("ada", &[]);
    ada.await_line("in room tea");
    let mut bob = Program::start(folder.path(), &[&words("bob")[..], &["--levels"]].concat(), &[]);
    let mut eve = on_terminal("eve", &["--levels", "--no-levels"]);
    ada.await_line(&format!("[?7lyou {TONE}"));
    ada.await_line(&format!("bob {TONE}"));
    ada.await_line(&format!("eve {TONE}"));
    // In place of the line before.
    ada.await_line("[2K");
    eve.await_line("bob's microphone");
    bob.await_line("eve's microphone");
    for program in [bob, eve] {
        program.interrupt();
        let (_, said) = program.end();
        assert!(!said.contains("you [") && !said.contains("[2K"), "{said:?}");
    }
    ada.await_line("eve left");
    ada.interrupt();
    let (_, said) = ada.end();
    // It gives way to what is told.
    assert!(said.contains("[J"), "{said:?}");
}

#[test]
fn a_program_that_starts_again_shows_the_same_secret() {
    let folder = tempfile::tempdir().expect("a folder");
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let room = format!("http://{}/r/tea", listener.local_addr().expect("bound"));
    let out = folder.path().display().to_string();
    let variables = [("LAPWING_ROOM_PASSWORD", "milk first")];
    let mut joins = Vec::new();
    for (name, more) in [("rob", &[][..]), ("rob", &["--password", "sugar"]), ("sue", &[])] {
        let words = [&["receive", &room, "--name", name, "--out", &out][..], more].concat();
        let _program = Program::start(folder.path(), &words, &variables);
        let (stream, _) = listener.accept().expect("it comes");
        let mut socket = tokio_tungstenite::tungstenite::accept(stream).expect("a WebSocket");
        let join = socket.read().expect("the first message").into_text().expect("text");
        joins.push(serde_json::from_str::<serde_json::Value>(join.as_str()).expect("JSON"));
    }
    let passwords: Vec<_> = joins.iter().map(|join| join["password"].clone()).collect();
    assert_eq!(passwords, ["milk first", "sugar", "milk first"]);
    let owners: Vec<_> = joins.iter().map(|join| join["owner"].as_str()).collect();
    assert!(owners[0].is_some_and(|owner| owner.len() == 48), "{owners:?}");
    assert_eq!(owners[0], owners[1], "the same program again");
    assert_ne!(owners[0], owners[2], "another one");
}
