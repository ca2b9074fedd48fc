//! Firefox's command line and preferences.

use super::{Kind, LaunchError, Options};
use std::path::Path;
use std::process::Command;

/// Preferences, values in JavaScript.
const PREFERENCES: &[(&str, &str)] = &[
    // Devices that are not there, and no questions about them.
    ("media.navigator.streams.fake", "true"),
    ("media.navigator.permission.disabled", "true"),
    ("media.getusermedia.insecure.enabled", "true"),
    ("media.devices.insecure.enabled", "true"),
    ("media.autoplay.default", "0"),
    ("media.autoplay.blocking_policy", "0"),
    ("media.autoplay.block-webaudio", "false"),
    // Candidates of the loopback interface too.
    ("media.peerconnection.ice.loopback", "true"),
    // H264 comes as a download.
    ("media.gmp-manager.updateEnabled", "false"),
    ("media.gmp-provider.enabled", "false"),
    // Console messages of pages go to standard output.
    ("devtools.console.stdout.content", "true"),
    // No special treatment of others' sites, which prints hundreds of lines.
    ("extensions.webcompat.enable_interventions", "false"),
    ("extensions.webcompat.perform_injections", "false"),
    ("extensions.webcompat.perform_ua_overrides", "false"),
    ("extensions.webcompat.enable_shims", "false"),
    // No traffic of its own.
    ("app.normandy.enabled", "false"),
    ("app.update.disabledForTesting", "true"),
    ("browser.newtabpage.enabled", "false"),
    ("browser.region.network.url", "\"\""),
    ("browser.safebrowsing.downloads.enabled", "false"),
    ("browser.safebrowsing.malware.enabled", "false"),
    ("browser.safebrowsing.phishing.enabled", "false"),
    ("browser.safebrowsing.update.enabled", "false"),
    ("browser.search.update", "false"),
    ("browser.shell.checkDefaultBrowser", "false"),
    ("browser.startup.homepage_override.mstone", "\"ignore\""),
    ("browser.startup.page", "0"),
    ("browser.tabs.unloadOnLowMemory", "false"),
    ("datareporting.healthreport.uploadEnabled", "false"),
    ("datareporting.policy.dataSubmissionEnabled", "false"),
    ("dom.push.connection.enabled", "false"),
    ("extensions.systemAddon.update.enabled", "false"),
    ("extensions.update.enabled", "false"),
    ("network.captive-portal-service.enabled", "false"),
    ("network.connectivity-service.enabled", "false"),
    ("network.trr.mode", "5"),
    ("services.settings.server", "\"data:,none\""),
    ("toolkit.telemetry.enabled", "false"),
    ("toolkit.telemetry.server", "\"data:,none\""),
    ("toolkit.telemetry.unified", "false"),
    // A page that nobody looks at runs as fast as one that somebody does.
    ("dom.min_background_timeout_value", "4"),
    ("dom.timeout.enable_budget_timer_throttling", "false"),
];

/// The command that opens `url`, after writing the profile.
pub(super) fn command(
    program: &Path,
    home: &Path,
    url: &str,
    options: &Options,
) -> Result<Command, LaunchError> {
    let unknown = [
        (options.fake_video.is_some(), "fake_video"),
        (options.fake_audio.is_some(), "fake_audio"),
        (!options.field_trials.is_empty(), "field_trials"),
        (!options.trusted_keys.is_empty(), "trusted_keys"),
    ];
    if let Some((_, option)) = unknown.into_iter().find(|(given, _)| *given) {
        return Err(LaunchError::UnknownOption { kind: Kind::Firefox, option });
    }
    let profile = home.join("profile");
    std::fs::create_dir_all(&profile)?;
    std::fs::write(profile.join("user.js"), preferences(options))?;
    let mut command = Command::new(program);
    command.args(["--headless", "--no-remote", "--new-instance", "--profile"]).arg(&profile);
    command.env("MOZ_HEADLESS_WIDTH", options.size.0.to_string());
    command.env("MOZ_HEADLESS_HEIGHT", options.size.1.to_string());
    command.env("MOZ_CRASHREPORTER_DISABLE", "1");
    command.arg(url);
    Ok(command)
}

fn preferences(options: &Options) -> String {
    let hidden = if options.mdns { "true" } else { "false" };
    let names = [("media.peerconnection.ice.obfuscate_host_addresses", hidden)];
    let own = options.preferences.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let all = PREFERENCES.iter().copied().chain(names).chain(own);
    all.map(|(name, value)| format!("user_pref(\"{name}\", {value});\n")).collect()
}
