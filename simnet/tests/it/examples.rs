//! The commands of the crate's examples, as they are documented.

use std::path::Path;

use lapwing_simnet::capture::{Block, PcapngReader};

#[expect(dead_code, reason = "the program's own beginning is not needed here")]
#[path = "../../examples/capture.rs"]
mod capture;

const COMMAND: &str = "cargo run -p lapwing-simnet --example capture -- ";

#[test]
fn documented_commands_leave_captures_with_their_keys() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("capture-example");
    let text = include_str!("../../examples/capture.rs");
    let commands = text.lines().filter_map(|line| line.split_once(COMMAND));
    let mut tried = 0;
    for (_, words) in commands {
        // What an earlier run left would pass in place of what this one lacks.
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).expect("there is room");
        let in_folder = |word: &str| match word.starts_with("call.") {
            true => folder.join(word).display().to_string(),
            false => word.to_owned(),
        };
        capture::write(words.split(' ').map(in_folder)).expect("it is as documented");
        let packets = std::fs::read(folder.join("call.pcapng")).expect("it was written");
        let blocks = PcapngReader::new(&packets).expect("a capture");
        let packets = blocks.filter(|block| matches!(block, Ok(Block::Packet { .. }))).count();
        assert!(packets > 20, "{words}: {packets}");
        let keys = std::fs::read_to_string(folder.join("call.keys")).expect("they were written");
        let label = if words.ends_with("1.2") { "CLIENT_RANDOM " } else { "CLIENT_TRAFFIC_SECRET" };
        assert!(keys.contains(label), "{words}: {keys}");
        tried += 1;
    }
    assert!(tried >= 2, "{tried} commands are documented");
    assert!(capture::write([]).is_err());
    let words = ["call.pcapng", "call.keys", "1.1"].map(str::to_owned);
    assert!(capture::write(words).is_err());
}
