//! Files between a page and native peers.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use lapwing_conformance::browser::{Kind, stage};
use serde_json::json;

use super::program::{Program, page};

/// Size of the file.
const BYTES: usize = 64 << 20;

/// Files of a folder, enough that some wait while four are under way.
const FILES: usize = 11;

/// How long it may take in each direction.
const WITHIN: Duration = Duration::from_secs(240);

/// Has a page send a file of noise, which is then `window.sent`.
fn send_noise() -> String {
    format!(
        "void (async () => {{
          const bytes = new Uint8Array({BYTES});
          for (let at = 0; at < bytes.length; at += 65536) {{
            crypto.getRandomValues(bytes.subarray(at, at + 65536));
          }}
          window.sent = await lapwing.sendFile(new Blob([bytes]), 'large.bin');
        }})()"
    )
}

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
        page.eval(&send_noise())?;
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

const MIB: usize = 1 << 20;

#[test]
fn of_a_spoiled_part_a_page_sends_only_that_block_and_the_rest() {
    let test = "rooms::of_a_spoiled_part_a_page_sends_only_that_block_and_the_rest";
    stage(test, &[Kind::Chromium], || {
        let (_server, room) = Program::server()?;
        let folder = tempfile::tempdir()?;
        let path = folder.path().display().to_string();
        let receive = ["receive", &room, "--name", "ada", "--out", &path, "--json"];
        let mut first = Program::start(receive.into_iter().chain(["--count", "0"]))?;
        let mut page = page(Kind::Chromium, &room, "guest", None)?;
        page.wait_for("lapwing.state().participants?.length >= 1", WITHIN)?;
        page.eval(&send_noise())?;
        let end = Instant::now() + WITHIN;
        let part = loop {
            if let Some(part) = part(folder.path())? {
                break part;
            }
            assert!(Instant::now() < end, "some megabytes arrive");
            std::thread::yield_now();
        };
        first.report()?;
        let whole = std::fs::metadata(&part)?.len() as usize / MIB;
        let mut bytes = std::fs::read(&part)?;
        bytes[MIB + 77] ^= 1;
        std::fs::write(&part, bytes)?;
        let mut second = Program::start(receive)?;
        let report = second.await_event("report", WITHIN)?;
        page.wait_for("window.sent?.isOver", WITHIN)?;
        let there = (whole - 1) * MIB;
        let file = &report["files"][0];
        assert_eq!(file["resumedFrom"], there);
        assert_eq!(file["carried"], BYTES - there);
        assert_eq!(
            page.eval("[window.sent.status, window.sent.resumedFrom]")?,
            json!(["done", there])
        );
        assert_eq!(page.eval("window.sent.sha256")?, file["sha256"]);
        Ok(())
    });
}

/// The part in a folder, once it has a few blocks.
fn part(folder: &Path) -> std::io::Result<Option<PathBuf>> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let is_part = entry.path().extension().is_some_and(|extension| extension == "part");
        if is_part && entry.metadata()?.len() > 3 * MIB as u64 {
            return Ok(Some(entry.path()));
        }
    }
    Ok(None)
}

/// What is in a folder, by path: every file holds its own path, some of them often.
fn contents() -> Vec<(String, Vec<u8>)> {
    let folders = ["top", "top/deep", "top/deep/er"];
    let file = |number: usize| {
        let path = format!("{}/{number}.txt", folders[number % 3]);
        let bytes = path.repeat(1 + number * 4_000).into_bytes();
        (path, bytes)
    };
    (0..FILES).map(file).collect()
}

/// Drops a folder on the page, as a person does: its entries are those of a file system of the
/// browser.
const DROP_FOLDER: &str = "void (async () => {
  const call = (on, name, ...given) => new Promise((good, bad) => on[name](...given, good, bad));
  const system = await new Promise((good, bad) =>
    window.webkitRequestFileSystem(window.TEMPORARY, 1 << 24, good, bad));
  const make = async (folder, name, text) => {
    let place = system.root;
    for (const part of folder.split('/')) {
      place = await call(place, 'getDirectory', part, { create: true });
    }
    const entry = await call(place, 'getFile', name, { create: true });
    const writer = await call(entry, 'createWriter');
    await new Promise((good, bad) => {
      Object.assign(writer, { onwriteend: good, onerror: bad });
      writer.write(new Blob([text]));
    });
  };
  const folders = ['top', 'top/deep', 'top/deep/er'];
  for (let number = 0; number < FILES; number += 1) {
    const [folder, name] = [folders[number % 3], `${number}.txt`];
    await make(folder, name, `${folder}/${name}`.repeat(1 + number * 4000));
  }
  const top = await call(system.root, 'getDirectory', 'top', {});
  lapwing.room.files.addEventListener('batch', ({ detail }) => { window.batch = detail; });
  const event = new Event('drop');
  event.dataTransfer = { items: [{ webkitGetAsEntry: () => top }], files: [] };
  document.querySelector('#send-file .drop').dispatchEvent(event);
})()";

/// Chooses a folder of the browser's own to save all into, and reads it back.
const SAVE_FOLDER: &str = "void (async () => {
  const root = await navigator.storage.getDirectory();
  const chosen = await root.getDirectoryHandle('saved', { create: true });
  window.showDirectoryPicker = async () => chosen;
  [...document.querySelectorAll('#transfers button')]
    .find((button) => button.textContent === 'Save all').click();
  const read = async (folder, path, found) => {
    for await (const [name, handle] of folder.entries()) {
      if (handle.kind === 'directory') await read(handle, `${path}${name}/`, found);
      else found[path + name] = await (await handle.getFile()).text();
    }
    return found;
  };
  for (;;) {
    if (document.querySelector('#toasts')?.textContent.includes('All files are saved')) break;
    await new Promise((later) => setTimeout(later, 50));
  }
  window.saved = await read(chosen, '', {});
})()";

#[test]
fn a_folder_goes_from_page_to_native_peer_and_back() {
    let test = "rooms::a_folder_goes_from_page_to_native_peer_and_back";
    stage(test, &[Kind::Chromium], || {
        let (_server, room) = Program::server()?;
        let folder = tempfile::tempdir()?;
        let path = folder.path().display().to_string();
        let receive = ["receive", &room, "--name", "ada", "--out", &path, "--json"];
        let mut receiver = Program::start(receive)?;
        let mut page = page(Kind::Chromium, &room, "guest", None)?;
        page.wait_for("lapwing.state().participants?.length >= 1", WITHIN)?;
        page.eval(&DROP_FOLDER.replace("FILES", &FILES.to_string()))?;
        page.wait_for("window.batch?.isOver", WITHIN)?;
        assert_eq!(page.eval("[batch.done.length, batch.failed]")?, json!([FILES, 0]));
        assert_eq!(page.eval("batch.bytes === batch.size")?, true);
        receiver.await_event("report", WITHIN)?;
        for (name, bytes) in contents() {
            assert!(std::fs::read(folder.path().join(&name))? == bytes, "{name}");
        }

        let top = folder.path().join("top").display().to_string();
        let mut sender =
            Program::start(["send", &top, &room, "--name", "bob", "--to", "guest", "--json"])?;
        let accept = "[...document.querySelectorAll('#transfers button')]\
            .find((button) => button.textContent === 'Accept all')";
        page.wait_for(&format!("Boolean({accept})"), WITHIN)?;
        page.eval(&format!("{accept}.click()"))?;
        page.wait_for(&format!("lapwing.received.length === {FILES}"), WITHIN)?;
        sender.await_event("report", WITHIN)?;
        page.wait_for("batch.direction === 'in' && batch.isOver", WITHIN)?;
        let shown = "[...document.querySelectorAll('#transfers .title')]\
            .map((title) => title.textContent).includes('top/deep/er/5.txt')";
        assert_eq!(page.eval(shown)?, true);
        let names = "[...document.querySelectorAll('#transfers a[download]')]\
            .map((link) => link.download).includes('top - deep - er - 5.txt')";
        assert_eq!(page.eval(names)?, true);
        page.eval(SAVE_FOLDER)?;
        page.wait_for("Boolean(window.saved)", WITHIN)?;
        let saved = page.eval("window.saved")?;
        assert_eq!(saved.as_object().map(|saved| saved.len()), Some(FILES));
        for (name, bytes) in contents() {
            assert!(saved[&name].as_str().map(str::as_bytes) == Some(&bytes[..]), "{name}");
        }
        Ok(())
    });
}
