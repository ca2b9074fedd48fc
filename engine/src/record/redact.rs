//! What is left out of a recording that is to hold no keys, or nothing of what was said.

use std::sync::Arc;

use super::digest::digest;
use super::entry::Entry;
use super::options::RecordOptions;
use crate::command::{Blob, Command};
use crate::demux::PacketKind;
use crate::sdp::without_passwords;

impl Entry<'_> {
    /// Without what the options leave out.
    pub(super) fn redacted(mut self, options: RecordOptions) -> Self {
        if !options.keys {
            match &mut self {
                Entry::Start { config } => {
                    let config = config.to_mut();
                    config.seed = [0; 32];
                    for server in &mut config.ice_servers {
                        *server = server.without_credential();
                    }
                    if let Some(proxy) = &mut config.http_proxy {
                        Arc::make_mut(proxy).credentials = None;
                    }
                }
                Entry::Command(
                    Command::SetLocal { description } | Command::SetRemote { description },
                ) => {
                    let text = without_passwords(&description.sdp);
                    description.to_mut().sdp = text;
                }
                _ => {}
            }
        }
        if !options.payload {
            match &mut self {
                // Checks carry names and addresses, nothing of what is said.
                Entry::Datagram { contents: Blob::Whole(bytes), .. }
                    if PacketKind::of(bytes) == Some(PacketKind::Stun) => {}
                Entry::Datagram { contents: blob, .. }
                | Entry::Command(
                    Command::WriteFrame { data: blob, .. }
                    | Command::WritePacket { payload: blob, .. }
                    | Command::WriteRtcp { packet: blob }
                    | Command::WriteChannel { data: blob, .. }
                    | Command::WritePart { data: blob, .. },
                ) => *blob = without_bytes(*blob),
                _ => {}
            }
        }
        self
    }
}

fn without_bytes(blob: Blob<'_>) -> Blob<'_> {
    match blob.whole() {
        Some(bytes) => Blob::LeftOut { length: bytes.len() as u64, digest: digest(bytes) },
        None => blob,
    }
}
