//! Who may use devices: the application's to say.

use crate::device::DeviceInfo;

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PermissionKind {
    /// To see by a camera.
    Camera,
    /// To hear by a microphone.
    Microphone,
    /// To see a screen or a window.
    Display,
}

/// Asks the application whether a device may be opened, and which.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PermissionRequest {
    /// What for.
    pub kind: PermissionKind,
    /// The devices that can do what is wanted, the nearest first; never empty.
    pub devices: Vec<DeviceInfo>,
}

/// The application's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Permission {
    /// The first of the devices may be opened.
    Granted,
    /// The device with this id may be opened. An id that is not among those asked for denies.
    Chosen(String),
    /// None may be opened: `NotAllowedError`.
    Denied,
}

/// Answers requests. It may ask a person, and take its time.
pub type PermissionHook = Box<dyn FnMut(&PermissionRequest) -> Permission + Send>;

/// The device of `request` that `answer` allows.
pub(crate) fn allowed<'a>(
    request: &'a PermissionRequest,
    answer: &Permission,
) -> Option<&'a DeviceInfo> {
    match answer {
        Permission::Granted => request.devices.first(),
        Permission::Chosen(id) => request.devices.iter().find(|device| device.device_id == *id),
        Permission::Denied => None,
    }
}
