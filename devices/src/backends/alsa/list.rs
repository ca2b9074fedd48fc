//! Which devices ALSA's configuration names.

use alsa::Direction;
use alsa::device_name::HintIter;

use crate::device::{AudioMode, Device, DeviceInfo, DeviceKind, Formats};
use crate::error::DeviceError;

/// Most devices that are listed.
const MAX_DEVICES: usize = 128;

/// Names with these beginnings are other ways to a device that is listed already, parts of one, or
/// filters that need one.
const PASSED_OVER: &[&str] = &[
    "center_lfe",
    "dmix",
    "dsnoop",
    "front",
    "hw",
    "iec958",
    "jack",
    "lavrate",
    "modem",
    "null",
    "oss",
    "phoneline",
    "plughw",
    "rear",
    "samplerate",
    "side",
    "speex",
    "surround",
    "upmix",
    "usbstream",
    "vdownmix",
];

const INPUT: &str = "alsa:in:";
const OUTPUT: &str = "alsa:out:";

/// What a microphone is called in ALSA.
pub(super) fn capture_name(device_id: &str) -> Option<&str> {
    device_id.strip_prefix(INPUT)
}

/// What a speaker is called in ALSA.
pub(super) fn playback_name(device_id: &str) -> Option<&str> {
    device_id.strip_prefix(OUTPUT)
}

/// All devices, the default first.
pub(super) fn devices() -> Result<Vec<Device>, DeviceError> {
    let hints = HintIter::new(None, c"pcm");
    let hints = hints.map_err(|error| DeviceError::System(error.to_string()))?;
    let mut devices = Vec::new();
    for hint in hints.take(MAX_DEVICES) {
        let Some(name) = hint.name.filter(|name| !is_passed_over(name)) else { continue };
        let label = label(&name, hint.desc.as_deref());
        // Without a direction it goes both ways.
        if hint.direction != Some(Direction::Playback) {
            devices.push(device(DeviceKind::AudioInput, &name, &label));
        }
        if hint.direction != Some(Direction::Capture) {
            devices.push(device(DeviceKind::AudioOutput, &name, &label));
        }
    }
    devices.sort_by_key(|device| !device.info.device_id.ends_with(":default"));
    Ok(devices)
}

fn is_passed_over(name: &str) -> bool {
    let kind = name.split(':').next().unwrap_or(name);
    PASSED_OVER.iter().any(|begin| kind.starts_with(begin))
}

/// The description in one line.
fn label(name: &str, description: Option<&str>) -> String {
    let lines = description.unwrap_or_default().lines().map(str::trim);
    let text = lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join(", ");
    if text.is_empty() { name.to_owned() } else { text }
}

fn device(kind: DeviceKind, name: &str, label: &str) -> Device {
    let is_input = kind == DeviceKind::AudioInput;
    let device_id = format!("{}{name}", if is_input { INPUT } else { OUTPUT });
    // Microphone and speaker of one card belong together.
    let card = name.split_once("CARD=").map(|(_, rest)| rest.split(',').next().unwrap_or(rest));
    let group_id = format!("alsa:{}", card.unwrap_or(name));
    // ALSA converts to what is asked for; voices have one channel.
    let modes = [1, 2].map(|channels| AudioMode { rate: 48_000, channels }).to_vec();
    let formats =
        if is_input { Formats::Audio { modes, is_microphone: true } } else { Formats::Output };
    Device { info: DeviceInfo { kind, device_id, group_id, label: label.to_owned() }, formats }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_person_would_choose_is_listed() {
        for name in ["default", "pulse", "pipewire", "sysdefault:CARD=PCH", "mine"] {
            assert!(!is_passed_over(name), "{name}");
        }
        for name in ["hw:CARD=PCH,DEV=0", "surround51:CARD=PCH", "null", "speexrate"] {
            assert!(is_passed_over(name), "{name}");
        }
    }

    #[test]
    fn devices_of_a_card_belong_together() {
        let name = "sysdefault:CARD=PCH,DEV=1";
        let microphone = device(DeviceKind::AudioInput, name, "PCH");
        let speaker = device(DeviceKind::AudioOutput, name, "PCH");
        assert_eq!(microphone.info.group_id, speaker.info.group_id);
        assert_eq!(capture_name(&microphone.info.device_id), Some(name));
        assert_eq!(playback_name(&speaker.info.device_id), Some(name));
        assert_eq!(capture_name(&speaker.info.device_id), None);
        assert_eq!(
            label("a", Some("HDA Intel\nDefault Audio Device\n")),
            "HDA Intel, Default Audio Device"
        );
        assert_eq!(label("a", None), "a");
    }
}
