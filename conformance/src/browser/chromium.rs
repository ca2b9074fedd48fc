//! Chromium's command line.

use super::{Kind, LaunchError, Options};
use std::path::Path;
use std::process::Command;

/// The folder of its profile, below its home.
pub(super) const PROFILE: &str = "profile";

const FLAGS: &[&str] = &[
    "--headless=new",
    // Needed by root, who makes namespaces.
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    // No traffic of its own, no dialogs, no crash reports.
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-extensions",
    "--disable-sync",
    "--disable-breakpad",
    "--no-first-run",
    "--no-default-browser-check",
    "--no-pings",
    "--password-store=basic",
    // A page that nobody looks at runs as fast as one that somebody does.
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
    "--use-fake-device-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
    "--mute-audio",
    "--allow-loopback-in-peer-connection",
    // Console messages of pages go to standard error.
    "--enable-logging=stderr",
    "--log-level=0",
    // Screenshots; the port lands in a file in the profile.
    "--remote-debugging-port=0",
];

/// No questions about devices. It also shows host addresses in candidates instead of multicast DNS
/// names.
const FAKE_UI: &str = "--use-fake-ui-for-media-stream";

/// The command that opens `url`.
pub(super) fn command(
    program: &Path,
    home: &Path,
    url: &str,
    options: &Options,
) -> Result<Command, LaunchError> {
    if !options.preferences.is_empty() {
        return Err(LaunchError::UnknownOption { kind: Kind::Chromium, option: "preferences" });
    }
    let mut command = Command::new(program);
    command.args(FLAGS);
    if !options.mdns {
        command.arg(FAKE_UI);
    }
    command.arg(format!("--user-data-dir={}", home.join(PROFILE).display()));
    command.arg(format!("--window-size={},{}", options.size.0, options.size.1));
    if let Some(file) = &options.fake_video {
        command.arg(format!("--use-file-for-fake-video-capture={}", file.display()));
    }
    if let Some(file) = &options.fake_audio {
        command.arg(format!("--use-file-for-fake-audio-capture={}", file.display()));
    }
    if !options.field_trials.is_empty() {
        command.arg(format!("--force-fieldtrials={}", options.field_trials.concat()));
    }
    if !options.trusted_keys.is_empty() {
        let keys = options.trusted_keys.join(",");
        command.arg(format!("--ignore-certificate-errors-spki-list={keys}"));
    }
    command.arg(url);
    Ok(command)
}
