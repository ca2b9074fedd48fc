//! Files between a page and native peers.

use std::time::Duration;

use lapwing_conformance::browser::{Kind, stage};

use super::program::{Program, page};

/// Size of the file.
const BYTES: usize = 64 << 20;

/// How long it may take in each direction.
const WITHIN: Duration = Duration::from_secs(240);

#[test]
fn a_large_file_goes_from_page_to_native_peer_and_back() {
    let test = "rooms::a_large_file_goes_from_page_to_native_peer_and_back";
    stage(test, &[Kind::Chromium], || {
        let (_server, room) = Program::server()?;
        let folder = tempfile::tempdir()?;
        let path = folder.path().display().to_string();
        let receive = ["receive", &room, "--name", "ada", "--out", &path, "--json"];
        let mut receiver = Program::start(receive)?;
        let mut page = page(Kind::Chromium, &room, "guest", None)?;
        page.wait_for("lapwing.state().participants?.length >= 1", WITHIN)?;
        page.eval(&format!(
            "void (async () => {{
              const bytes = new Uint8Array({BYTES});
              for (let at = 0; at < bytes.length; at += 65536) {{
                crypto.getRandomValues(bytes.subarray(at, at + 65536));
              }}
              window.sent = await lapwing.sendFile(new Blob([bytes]), 'large.bin');
            }})()"
        ))?;
        page.wait_for("window.sent?.isOver", WITHIN)?;
        assert_eq!(page.eval("window.sent.status")?, "done");
        let sent = page.eval("window.sent.sha256")?;
        receiver.await_event("report", WITHIN)?;
        let file = folder.path().join("large.bin");
        assert_eq!(std::fs::metadata(&file)?.len(), BYTES as u64);

        page.eval("lapwing.acceptAllFiles()")?;
        let file = file.display().to_string();
        let mut sender =
            Program::start(["send", &file, &room, "--name", "bob", "--to", "guest", "--json"])?;
        page.wait_for("lapwing.received.length === 1", WITHIN)?;
        sender.await_event("report", WITHIN)?;
        assert_eq!(page.eval("lapwing.received[0].ok")?, true);
        assert_eq!(page.eval("lapwing.received[0].size")?, BYTES);
        assert_eq!(page.eval("lapwing.received[0].sha256")?, sent);
        Ok(())
    });
}
