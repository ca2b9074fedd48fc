//! The course of a demonstration.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use lapwing_conformance::browser::{Kind, available};
use lapwing_rooms::disk::{self, Secrecy};

use super::args::Args;
use super::browser::Guest;
use super::children::Part;
use super::error::DemoError;
use super::model::{View, faults, not_relayed};
use super::native;
use super::report::{Extras, terminal, write};
use crate::outcome::Outcome;

/// The clip that native peers send, and its sound.
const CLIP: &[u8] = include_bytes!("../../../media/assets/bunny-640x360.vp8.ivf");
const SPEECH: &[u8] = include_bytes!("../../../media/assets/speech.opus");

/// How long a part may take to say that it is ready.
const READY_WITHIN: Duration = Duration::from_secs(60);

/// Native peers: a name and the video codec of each, and whether it is reached by the server's
/// relay only.
const PEERS: [(&str, &str, bool); 2] = [("ada", "av1", false), ("bob", "vp8", true)];

/// Runs it and writes the report.
///
/// # Errors
/// See [`DemoError`].
pub fn run(args: Args) -> Outcome {
    let stage = Stage::new(&args)?;
    let without_browser = match (args.no_browser, available(Kind::Chromium)) {
        (true, _) => Some("it was left out".to_owned()),
        (_, Err(mistake)) if mistake.is_mistake() => {
            return Err(DemoError::Browser(mistake.to_string()).into());
        }
        (_, Err(reason)) => Some(reason.to_string()),
        _ => None,
    };
    let mut server = stage.server()?;
    let room = stage.room(&mut server)?;
    let mut peers = Vec::new();
    for (name, codec, by_relay) in PEERS {
        let how = if by_relay { ", by the relay only" } else { "" };
        stage.say(&format!("{name} joins with {codec} and Opus{how}"));
        peers.push((name, stage.peer(name, codec, by_relay, &room)?));
    }
    for (_, peer) in &mut peers {
        native::await_connected(peer, READY_WITHIN)?;
    }
    let mut guest = None;
    if without_browser.is_none() {
        stage.say("Chromium joins with its fake camera and microphone");
        guest = Some(Guest::join(&room, PEERS.len() + 1)?);
    }
    stage.wait(args.seconds);
    let picture = stage.folder.join("browser.png");
    let mut views = Vec::new();
    let mut logs = Vec::new();
    if let Some(guest) = &mut guest {
        views.push(guest.view(&picture)?);
        logs.push(("the browser's story".to_owned(), guest.story()));
    }
    for (name, peer) in peers {
        let lines = peer.finish()?;
        views.insert(views.len().min(PEERS.len()), native::view(name, &lines)?);
        logs.push((format!("what {name} told"), lines.join("\n")));
    }
    logs.push(("what the server told".to_owned(), server.finish()?.join("\n")));
    let by_relay = PEERS.iter().filter(|(.., by_relay)| *by_relay).map(|(name, ..)| *name);
    let faults = [faults(&views), not_relayed(&views, by_relay)].concat();
    let recordings = recordings(&stage.folder);
    let extras = Extras {
        without_browser: without_browser.as_deref(),
        faults: &faults,
        picture: guest.is_some().then_some(picture.as_path()),
        recordings: &recordings,
        logs: &logs,
    };
    let report = stage.folder.join("report.html");
    write(&report, &views, &extras)?;
    show(&args, &views, without_browser.as_deref(), &report)?;
    if faults.is_empty() { Ok(()) } else { Err(DemoError::NotFlowing(faults).into()) }
}

fn show(args: &Args, views: &[View], without: Option<&str>, report: &Path) -> Outcome {
    if args.json {
        println!("{}", serde_json::to_string_pretty(views)?);
    } else {
        print!("{}", terminal(views));
    }
    if let Some(why) = without {
        eprintln!("no browser took part: {why}");
    }
    eprintln!("report: {}", report.display());
    Ok(())
}

/// Names of the recordings in a folder, in order.
fn recordings(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let mut names: Vec<String> = names.filter(|name| name.ends_with(".webm")).collect();
    names.sort();
    names
}

/// The report's folder, and what the parts need.
struct Stage {
    folder: PathBuf,
    clip: PathBuf,
    speech: PathBuf,
}

impl Stage {
    fn new(args: &Args) -> Result<Self, DemoError> {
        let folder = args.report.clone();
        let stage =
            Stage { clip: folder.join("clip.ivf"), speech: folder.join("speech.opus"), folder };
        for old in recordings(&stage.folder) {
            let path = stage.folder.join(old);
            std::fs::remove_file(&path).map_err(|error| DemoError::File(path, error))?;
        }
        let file = |path: &Path, error| DemoError::File(path.to_owned(), error);
        std::fs::create_dir_all(&stage.folder).map_err(|error| file(&stage.folder, error))?;
        for (path, bytes) in [(&stage.clip, CLIP), (&stage.speech, SPEECH)] {
            disk::write(path, bytes, Secrecy::Open).map_err(|error| file(path, error))?;
        }
        Ok(stage)
    }

    fn say(&self, what: &str) {
        eprintln!("{what}");
    }

    fn server(&self) -> Result<Part, DemoError> {
        self.say("the room server starts");
        let arguments = [
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--turn",
            "127.0.0.1:0",
            "--turn-allow-peer",
            "127.0.0.0/8",
            "--allow-control",
            "--json",
        ];
        Part::start("the room server", arguments, &self.folder.join("server.log"))
    }

    /// The room's address, once the server tells it.
    fn room(&self, server: &mut Part) -> Result<String, DemoError> {
        let url = server.await_line("its address", READY_WITHIN, |line| {
            let listening = line["event"] == "listening";
            listening.then(|| line["url"].as_str().map(str::to_owned)).flatten()
        })?;
        Ok(format!("{url}r/demo"))
    }

    fn peer(
        &self,
        name: &'static str,
        codec: &str,
        by_relay: bool,
        room: &str,
    ) -> Result<Part, DemoError> {
        let path = |path: &Path| path.display().to_string();
        let relay: &[&str] = if by_relay { &["--ice-relay"] } else { &[] };
        let (clip, speech, folder) = (path(&self.clip), path(&self.speech), path(&self.folder));
        let arguments = [
            "call", room, "--name", name, "--codec", codec, "--json", "--video", &clip, "--audio",
            &speech, "--record", &folder,
        ];
        let arguments = arguments.iter().chain(relay);
        Part::start(name, arguments, &self.folder.join(format!("{name}.log")))
    }

    /// Lets the call go on, with a sign of life each second.
    fn wait(&self, seconds: u64) {
        let end = Instant::now() + Duration::from_secs(seconds);
        while let Some(left) = end.checked_duration_since(Instant::now()) {
            eprint!("\rthe call goes on for {:2} s ", left.as_secs() + 1);
            // A terminal that cannot be written to shows no progress.
            let _ = std::io::stderr().flush();
            std::thread::sleep(left.min(Duration::from_secs(1)));
        }
        eprintln!("\rthe call is over            ");
    }
}
