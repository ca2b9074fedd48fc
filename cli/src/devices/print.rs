//! Devices in words, and as JSON by the names of W3C.

use std::fmt::Display;

use lapwing_devices::DeviceInfo;
use lapwing_devices::constraints::{Capabilities, Span};
use serde_json::{Map, Value, json};

/// A device with what it can do, as an object.
pub(super) fn to_json(info: &DeviceInfo, can: &Capabilities) -> Value {
    json!({
        "kind": info.kind.name(),
        "deviceId": info.device_id,
        "groupId": info.group_id,
        "label": info.label,
        "capabilities": capabilities(can),
    })
}

fn capabilities(can: &Capabilities) -> Value {
    let mut map = Map::new();
    let mut add = |name: &str, value: Option<Value>| {
        map.extend(value.map(|value| (name.to_owned(), value)));
    };
    add("width", can.width.map(span));
    add("height", can.height.map(span));
    add("aspectRatio", can.aspect_ratio.map(span));
    add("frameRate", can.frame_rate.map(span));
    let facing: Vec<&str> = can.facing_mode.iter().map(|mode| mode.name()).collect();
    add("facingMode", (!facing.is_empty()).then(|| json!(facing)));
    let resize: Vec<&str> = can.resize_mode.iter().map(|mode| mode.name()).collect();
    add("resizeMode", (!resize.is_empty()).then(|| json!(resize)));
    add("displaySurface", can.display_surface.map(|surface| json!(surface.name())));
    add("sampleRate", can.sample_rate.map(span));
    add("channelCount", can.channel_count.map(span));
    let switch = |values: &[bool]| (!values.is_empty()).then(|| json!(values));
    add("echoCancellation", switch(&can.echo_cancellation));
    add("noiseSuppression", switch(&can.noise_suppression));
    add("autoGainControl", switch(&can.auto_gain_control));
    Value::Object(map)
}

fn span<T: serde::Serialize>(span: Span<T>) -> Value {
    json!({ "min": span.min, "max": span.max })
}

/// A device in one line: kind, id, label and the most that it can do.
pub(super) fn line(info: &DeviceInfo, can: &Capabilities) -> String {
    let size = can.width.zip(can.height);
    let size = size.map(|(width, height)| format!("{}x{}", width.max, height.max));
    let rate = can.sample_rate.map(|_| "48000 Hz".to_owned());
    let most = size.or(rate).unwrap_or_default();
    format!("{:<12}{most:<11}{:<32} {}", info.kind.name(), info.device_id, info.label)
}

/// All that a device can do, a line for each property.
pub(super) fn lines(info: &DeviceInfo, can: &Capabilities) -> Vec<String> {
    let mut lines = vec![
        format!("{}  {}", info.device_id, info.label),
        format!("  kind              {}", info.kind.name()),
        format!("  groupId           {}", info.group_id),
    ];
    let Value::Object(map) = capabilities(can) else { return lines };
    for (name, value) in map {
        lines.push(format!("  {name:<17} {}", words(&value)));
    }
    lines
}

fn words(value: &Value) -> String {
    let list = |values: &[Value]| values.iter().map(words).collect::<Vec<_>>().join(", ");
    match value {
        Value::Object(map) => {
            let of = |name: &str| map.get(name).map(|value| rounded(value).to_string());
            let (min, max) = (of("min").unwrap_or_default(), of("max").unwrap_or_default());
            if min == max { max } else { format!("{min} to {max}") }
        }
        Value::Array(values) => list(values),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Three decimals are enough for people.
fn rounded(value: &Value) -> impl Display + use<> {
    let number = value.as_f64().unwrap_or_default();
    (number * 1_000.0).round() / 1_000.0
}

#[cfg(test)]
mod tests {
    use lapwing_devices::DeviceKind;
    use lapwing_devices::constraints::ResizeMode;

    use super::*;

    fn camera() -> (DeviceInfo, Capabilities) {
        let info = DeviceInfo {
            kind: DeviceKind::VideoInput,
            device_id: "v4l2:video0".to_owned(),
            group_id: "usb-1".to_owned(),
            label: "HD Webcam".to_owned(),
        };
        let can = Capabilities {
            width: Some(Span { min: 1, max: 1_280 }),
            height: Some(Span { min: 1, max: 720 }),
            frame_rate: Some(Span { min: 0.0, max: 30_000.0 / 1_001.0 }),
            resize_mode: vec![ResizeMode::None, ResizeMode::CropAndScale],
            ..Capabilities::default()
        };
        (info, can)
    }

    #[test]
    fn a_device_is_told_by_the_names_of_w3c() {
        let (info, can) = camera();
        let value = to_json(&info, &can);
        assert_eq!(value["kind"], "videoinput");
        assert_eq!(value["capabilities"]["width"], json!({ "min": 1, "max": 1_280 }));
        assert_eq!(value["capabilities"]["resizeMode"], json!(["none", "crop-and-scale"]));
        assert!(value["capabilities"].get("sampleRate").is_none());
    }

    #[test]
    fn and_in_words() {
        let (info, can) = camera();
        let line = line(&info, &can);
        assert!(line.starts_with("videoinput  1280x720   v4l2:video0 "), "{line}");
        let lines = lines(&info, &can);
        assert!(lines.contains(&"  frameRate         0 to 29.97".to_owned()), "{lines:?}");
        assert!(lines.contains(&"  resizeMode        none, crop-and-scale".to_owned()));
    }
}
