//! Cameras that are none: nodes of the kernel's test drivers.

use std::fs;

use lapwing_devices::backends::V4l2;
use lapwing_devices::constraints::StreamConstraints;
use lapwing_devices::{DeviceKind, MediaDevices, Permission};

use crate::support::{await_item, skipped};

/// Names of drivers whose cameras see nobody.
const VIRTUAL: [&str; 2] = ["vivid", "Dummy video device"];

/// The first camera of such a driver, without opening any.
fn virtual_camera() -> Option<String> {
    let mut nodes: Vec<_> = fs::read_dir("/sys/class/video4linux").ok()?.flatten().collect();
    nodes.sort_by_key(|node| node.file_name());
    let is_virtual = |node: &&fs::DirEntry| {
        let name = fs::read_to_string(node.path().join("name")).unwrap_or_default();
        VIRTUAL.iter().any(|begin| name.starts_with(begin))
    };
    let found = nodes.iter().find(is_virtual)?;
    Some(format!("v4l2:{}", found.file_name().to_string_lossy()))
}

#[test]
fn a_camera_of_the_kernels_test_driver_gives_pictures() {
    let Some(camera) = virtual_camera() else {
        skipped("v4l2::a_camera", "no camera of the drivers vivid or v4l2loopback");
        return;
    };
    let wanted = camera.clone();
    let mut devices = MediaDevices::builder()
        .backend(V4l2::default())
        .permission(move |_| Permission::Chosen(wanted.clone()))
        .build();
    let stream = devices.get_user_media(&StreamConstraints::video()).expect("the test has it");
    let track = stream.video().expect("the test has it");
    assert_eq!((track.device().kind, &track.device().device_id), (DeviceKind::VideoInput, &camera));
    let settings = track.get_settings();
    let mut source = track.video_source().expect("the test has it");
    let picture = await_item(&mut source, |_| true).expect("the test has it");
    assert_eq!(settings.width.zip(settings.height), Some(picture.size()));
}
