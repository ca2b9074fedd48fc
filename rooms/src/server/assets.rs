//! The page's files, built into the program.

use std::path::Path;

/// A file of the page.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asset {
    /// Its name under `/web/`.
    pub(super) name: &'static str,
    /// Its media type.
    pub(super) mime: &'static str,
    bytes: &'static [u8],
}

macro_rules! assets {
    ($($name:literal $mime:expr),* $(,)?) => {
        &[$(Asset {
            name: $name,
            mime: $mime,
            bytes: include_bytes!(concat!("../../web/", $name)),
        }),*]
    };
}

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const JS: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";

/// The page itself.
pub(super) const PAGE: &str = "index.html";

/// Only served when tests may steer the page.
pub(super) const CONTROL: &str = "control.js";

/// Every file there is: nothing else is served, whatever a path says.
const ASSETS: &[Asset] = assets![
    "index.html" HTML,
    "style.css" CSS,
    "icon.svg" SVG,
    "api.js" JS,
    "ascii.js" JS,
    "batch.js" JS,
    "blocks.js" JS,
    "busy.js" JS,
    "capture.js" JS,
    "channels.js" JS,
    "codecs.js" JS,
    "control.js" JS,
    "controls.js" JS,
    "counters.js" JS,
    "devices.js" JS,
    "door-view.js" JS,
    "door.js" JS,
    "files-view.js" JS,
    "files.js" JS,
    "folders.js" JS,
    "graphs.js" JS,
    "lobby.js" JS,
    "log.js" JS,
    "main.js" JS,
    "media.js" JS,
    "names.js" JS,
    "owner.js" JS,
    "panel.js" JS,
    "path.js" JS,
    "peer.js" JS,
    "receiver.js" JS,
    "room.js" JS,
    "sender.js" JS,
    "settings.js" JS,
    "sha256.js" JS,
    "signalling.js" JS,
    "stats.js" JS,
    "tile.js" JS,
    "tiles.js" JS,
    "transfer.js" JS,
    "ui.js" JS,
    "words.js" JS,
];

impl Asset {
    /// The file of this name.
    pub(super) fn find(name: &str) -> Option<Asset> {
        ASSETS.iter().find(|asset| asset.name == name).copied()
    }

    /// Its bytes: from `folder` when given, so that a page under work needs no new build.
    pub(super) fn bytes(self, folder: Option<&Path>) -> Vec<u8> {
        let fresh = folder.and_then(|folder| std::fs::read(folder.join(self.name)).ok());
        fresh.unwrap_or_else(|| self.bytes.to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_page_is_built_in() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("web");
        let entries = std::fs::read_dir(folder).expect("the page's folder is there");
        for entry in entries {
            let name = entry.expect("it can be listed").file_name();
            let name = name.to_str().expect("names are ASCII");
            assert!(Asset::find(name).is_some(), "{name} is not in ASSETS");
        }
    }
}
