//! Files go from one native peer to another, through a server in this process.

use std::path::Path;
use std::thread;
use std::time::Instant;

use lapwing::join::{Console, Interrupt};
use lapwing::transfer::{ReceiveArgs, SendArgs, TransferError, receive_files, send_files};
use lapwing_rooms::client::Bell;
use lapwing_rooms::protocol::signalling::Mode;
use lapwing_rooms::transfer::TransferReport;

use crate::call::{make_call, track};
use crate::running::{LONG, Running, typed};

fn send(words: &[&str]) -> Result<TransferReport, TransferError> {
    let mut files = send_all(words)?;
    assert_eq!(files.len(), 1, "one was named");
    Ok(files.remove(0))
}

fn send_all(words: &[&str]) -> Result<Vec<TransferReport>, TransferError> {
    let args = typed::<SendArgs>(words);
    send_files(&args, &mut Console::silent(), Bell::default(), &Interrupt::default())
}

fn receive(words: &[&str]) -> Result<Vec<TransferReport>, TransferError> {
    let args = typed::<ReceiveArgs>(words);
    receive_files(&args, &mut Console::silent(), Bell::default(), &Interrupt::default())
}

/// Bytes that repeat nowhere near each other.
fn noise(bytes: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut data = Vec::with_capacity(bytes + 8);
    while data.len() < bytes {
        // xorshift64 (Marsaglia 2003).
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        data.extend_from_slice(&state.to_le_bytes());
    }
    data.truncate(bytes);
    data
}

#[test]
fn a_file_goes_over_in_both_modes() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("noise.bin");
    let data = noise(8 << 20);
    std::fs::write(&path, &data).expect("written");
    for (mode, driver) in [(Mode::Direct, "mio"), (Mode::Forward, "smol")] {
        let server = Running::start(mode);
        let room = server.room("file");
        let (file, out) = (path.display().to_string(), folder.path().join(mode.to_string()));
        let out = out.display().to_string();
        let (sent, received) = thread::scope(|scope| {
            let sent = scope.spawn(|| send(&[&file, &room, "--name", "ada", "--wait", "60"]));
            let received =
                [&room, "--name", "bob", "--out", &out, "--wait", "60", "--driver", driver];
            let received = scope.spawn(move || receive(&received));
            (sent.join().expect("no panic"), received.join().expect("no panic"))
        });
        let (sent, received) = (sent.expect("it is sent"), received.expect("it is received"));
        assert_eq!((sent.size, sent.peer.as_str()), (8 << 20, "bob"));
        assert_eq!(received.len(), 1);
        assert_eq!(received[0].sha256, sent.sha256);
        let arrived = std::fs::read(&received[0].path).expect("it is there");
        assert!(arrived == data, "{mode}: the file is the same");
        assert_eq!(std::fs::read_dir(&out).expect("a folder").count(), 1, "no part is left");
    }
}

#[test]
fn folders_go_over_as_they_are() {
    let folder = tempfile::tempdir().expect("a folder");
    let top = folder.path().join("top");
    std::fs::create_dir_all(top.join("deep/er")).expect("made");
    let mut sizes = Vec::new();
    for number in 0..12_u32 {
        let name = ["", "deep", "deep/er"][number as usize % 3];
        let bytes = number as usize * 40_000;
        std::fs::write(top.join(name).join(format!("{number}.bin")), noise(bytes))
            .expect("written");
        sizes.push(bytes as u64);
    }
    let single = folder.path().join("single.txt");
    std::fs::write(&single, "by itself").expect("written");
    for mode in [Mode::Direct, Mode::Forward] {
        let server = Running::start(mode);
        let room = server.room("folders");
        let out = folder.path().join(mode.to_string());
        let [top, single, into] = [&top, &single, &out].map(|path| path.display().to_string());
        let (sent, received) = thread::scope(|scope| {
            let words = [&top, &single, &room, "--name", "ada", "--wait", "60"];
            let sent = scope.spawn(move || send_all(&words));
            let received = [&room, "--name", "bob", "--out", &into, "--wait", "60"];
            let received = scope.spawn(move || receive(&received));
            (sent.join().expect("no panic"), received.join().expect("no panic"))
        });
        let (sent, received) = (sent.expect("they are sent"), received.expect("they arrive"));
        assert_eq!((sent.len(), received.len()), (13, 13), "{mode}");
        for report in &sent {
            let name = report.path.to_str().expect("of letters");
            let source = folder.path().join(name);
            let arrived = std::fs::read(out.join(name)).expect("it is where it was");
            assert!(arrived == std::fs::read(source).expect("it is there"), "{mode}: {name}");
        }
        let total: u64 = received.iter().map(|report| report.size).sum();
        assert_eq!(total, sizes.iter().sum::<u64>() + 9);
        let entries = std::fs::read_dir(&out).expect("a folder");
        assert_eq!(entries.count(), 2, "{mode}: no part is left");
    }
}

const MIB: u64 = 1 << 20;

/// Receives as these arguments say, until more than so many bytes are there.
fn receive_and_stop(words: &[&str], out: &Path, bytes: u64) {
    thread::scope(|scope| {
        let (bell, interrupt) = (Bell::default(), Interrupt::default());
        let stopped = scope.spawn({
            let (args, bell) = (typed::<ReceiveArgs>(words), bell.clone());
            let interrupt = interrupt.clone();
            move || receive_files(&args, &mut Console::silent(), bell, &interrupt)
        });
        let some_is_there = until(|| part_length(out) > bytes);
        interrupt.raise();
        bell.ring();
        assert!(some_is_there, "more than {bytes} bytes arrive");
        let stopped = stopped.join().expect("no panic");
        assert!(matches!(stopped, Err(TransferError::Interrupted)), "{stopped:?}");
    });
}

#[test]
fn a_receiver_that_comes_back_gets_the_rest() {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, out) = (folder.path().join("large.bin"), folder.path().join("out"));
    let data = noise(48 << 20);
    std::fs::write(&path, &data).expect("written");
    let server = Running::start(Mode::Direct);
    let (room, file) = (server.room("resume"), path.display().to_string());
    let out_text = out.display().to_string();
    let words = [&room[..], "--name", "bob", "--out", &out_text, "--wait", "60"];
    let (sent, received) = thread::scope(|scope| {
        let sent = scope.spawn(|| send(&[&file, &room, "--name", "ada", "--wait", "60"]));
        receive_and_stop(&words, &out, MIB);
        let received = scope.spawn(|| receive(&words));
        (sent.join().expect("no panic"), received.join().expect("no panic"))
    });
    let (sent, received) = (sent.expect("it is sent"), received.expect("it is received"));
    assert!(sent.resumed_from >= 1 << 20, "{sent:?}");
    assert_eq!(sent.interruptions, 1);
    assert_eq!(received[0].resumed_from, sent.resumed_from);
    assert!(std::fs::read(&received[0].path).expect("it is there") == data, "the file is whole");
}

#[test]
fn of_a_spoiled_part_only_that_block_and_the_rest_go_over() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("large.bin");
    let (data, size) = (noise(32 << 20), 32 * MIB);
    std::fs::write(&path, &data).expect("written");
    for mode in [Mode::Direct, Mode::Forward] {
        let server = Running::start(mode);
        let (room, file) = (server.room("spoiled"), path.display().to_string());
        let out = folder.path().join(mode.to_string());
        let out_text = out.display().to_string();
        let words = [&room[..], "--name", "bob", "--out", &out_text, "--wait", "60"];
        let (sent, received, whole) = thread::scope(|scope| {
            let sent = scope.spawn(|| send(&[&file, &room, "--name", "ada", "--wait", "60"]));
            receive_and_stop(&words, &out, 3 * MIB);
            let whole = part_length(&out) / MIB;
            spoil(&out, MIB as usize + 77);
            let received = scope.spawn(|| receive(&words));
            (sent.join().expect("no panic"), received.join().expect("no panic"), whole)
        });
        let (sent, received) = (sent.expect("it is sent"), received.expect("it is received"));
        // What is there, but the block that was spoiled.
        let there = (whole - 1) * MIB;
        assert_eq!((sent.resumed_from, sent.carried), (there, size - there), "{mode}: {sent:?}");
        assert_eq!((received[0].resumed_from, received[0].carried), (there, size - there));
        assert_eq!(sent.interruptions, 1);
        let arrived = std::fs::read(&received[0].path).expect("it is there");
        assert!(arrived == data, "{mode}: the file is whole");
    }
}

/// Changes a byte of the part in a folder.
fn spoil(folder: &Path, at: usize) {
    let entries = std::fs::read_dir(folder).expect("a folder").flatten();
    let part = entries
        .map(|entry| entry.path())
        .find(|path| path.extension().is_some_and(|extension| extension == "part"));
    let part = part.expect("there is one");
    let mut bytes = std::fs::read(&part).expect("readable");
    bytes[at] ^= 1;
    std::fs::write(&part, bytes).expect("writable");
}

#[test]
fn of_a_changed_file_only_changed_blocks_go_over() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("versions.bin");
    let mut data = noise(9 << 20);
    for mode in [Mode::Direct, Mode::Forward] {
        let server = Running::start(mode);
        let file = path.display().to_string();
        let out = folder.path().join(mode.to_string()).display().to_string();
        let mut carried = Vec::new();
        for version in 0..3_usize {
            let room = server.room(&format!("version-{version}"));
            data[4 << 20] = 0x55;
            data[(4 << 20) + version] ^= 0xff;
            std::fs::write(&path, &data).expect("written");
            let (sent, received) = thread::scope(|scope| {
                let sent = scope.spawn(|| send(&[&file, &room, "--name", "ada", "--wait", "60"]));
                let words = [&room[..], "--name", "bob", "--out", &out, "--wait", "60", "--reuse"];
                let received = scope.spawn(move || receive(&words));
                (sent.join().expect("no panic"), received.join().expect("no panic"))
            });
            let received = received.expect("it is received");
            let arrived = std::fs::read(&received[0].path).expect("it is there");
            assert!(arrived == data, "{mode}: the file is the same");
            carried.push((sent.expect("it is sent").carried, received[0].carried));
        }
        let expected = [9 * MIB, MIB, MIB].map(|bytes| (bytes, bytes));
        assert_eq!(carried, expected, "{mode}");
    }
}

/// Length of the part in a folder.
fn part_length(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let parts = entries.filter(|entry| entry.path().extension().is_some_and(|e| e == "part"));
    parts.filter_map(|part| part.metadata().ok()).map(|part| part.len()).max().unwrap_or(0)
}

/// Whether it comes to hold.
fn until(mut holds: impl FnMut() -> bool) -> bool {
    let end = Instant::now() + LONG;
    while Instant::now() < end {
        if holds() {
            return true;
        }
        thread::yield_now();
    }
    false
}

#[test]
fn a_caller_takes_a_file_and_the_sender_needs_no_media() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("small.bin");
    std::fs::write(&path, noise(300_000)).expect("written");
    let out = folder.path().join("out").display().to_string();
    let server = Running::start(Mode::Direct);
    let (room, file) = (server.room("both"), path.display().to_string());
    let (report, sent) = thread::scope(|scope| {
        let report = scope.spawn(|| {
            make_call(&[
                &room,
                "--name",
                "ada",
                "--files",
                &out,
                "--seconds",
                "4",
                "--wait",
                "60",
                "--expect-tracks",
                "0",
            ])
        });
        let sent = scope.spawn(|| send(&[&file, &room, "--name", "bob", "--wait", "60"]));
        (report.join().expect("no panic"), sent.join().expect("no panic"))
    });
    assert!(report.ok, "{:?}", report.problems);
    assert_eq!(report.files.len(), 1);
    assert_eq!(report.files[0].sha256, sent.expect("it is sent").sha256);
    assert_eq!(track(&report, "outbound", "video").frames_sent, 0, "nobody wants pictures");
}
