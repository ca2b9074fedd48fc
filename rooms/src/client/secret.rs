//! What others must not see: the password of a room, the secret by which a seat is got back.

use std::fmt;
use std::io::{self, Read};
use std::path::Path;
use std::str::FromStr;

use super::url::RoomUrl;
use crate::disk::{self, Secrecy};
use crate::protocol::signalling::PASSWORD_BYTES_MAX;

/// The environment variable in which programs look for a room's password.
pub const PASSWORD_VARIABLE: &str = "LAPWING_ROOM_PASSWORD";

/// Random bytes of an owner's secret; as text it is twice as long.
const OWNER_BYTES: usize = 24;

/// A text that is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// For the server.
    pub(super) fn reveal(&self) -> String {
        self.0.clone()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// Reads a room's password.
impl FromStr for Secret {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.len() {
            1..=PASSWORD_BYTES_MAX => Ok(Secret(text.to_owned())),
            _ => Err(format!("a password has 1 to {PASSWORD_BYTES_MAX} bytes")),
        }
    }
}

/// The secret of a participant's seat in a room, which is kept in this folder: the one from an
/// earlier start, or a new one.
pub(super) fn owner(folder: &Path, url: &RoomUrl, name: &str) -> io::Result<Secret> {
    let folder = folder.join("seats");
    std::fs::create_dir_all(&folder)?;
    let seat = format!("{}\n{}\n{name}", url.authority(), url.room);
    let path = folder.join(hexadecimal(&openssl::sha::sha256(seat.as_bytes())));
    match read(&path) {
        Ok(secret) => Ok(secret),
        Err(_) => {
            let mut bytes = [0; OWNER_BYTES];
            openssl::rand::rand_bytes(&mut bytes).map_err(io::Error::other)?;
            let secret = hexadecimal(&bytes);
            disk::write(&path, secret.as_bytes(), Secrecy::Secret)?;
            Ok(Secret(secret))
        }
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A secret that was kept and that nobody else could read.
fn read(path: &Path) -> io::Result<Secret> {
    use std::os::unix::fs::PermissionsExt;
    let file = disk::open(path)?;
    let secret = file.metadata()?.permissions().mode() & 0o077 == 0;
    let mut text = String::new();
    file.take(2 * OWNER_BYTES as u64 + 1).read_to_string(&mut text)?;
    let whole = text.len() == 2 * OWNER_BYTES && text.bytes().all(|b| b.is_ascii_hexdigit());
    match secret && whole {
        true => Ok(Secret(text)),
        false => Err(io::Error::from(io::ErrorKind::InvalidData)),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_seat_is_got_back_by_its_room_and_name_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let url = |text: &str| text.parse::<RoomUrl>().expect("a link");
        let of = |room: &str, name: &str| owner(folder.path(), &url(room), name).expect("kept");
        let first = of("http://127.0.0.1:1/r/a", "bob");
        assert_eq!(first.reveal().len(), 48);
        assert_eq!(of("http://127.0.0.1:1/r/a?mode=direct", "bob"), first);
        for (room, name) in [
            ("http://127.0.0.1:1/r/a", "ada"),
            ("http://127.0.0.1:1/r/b", "bob"),
            ("http://127.0.0.1:2/r/a", "bob"),
        ] {
            assert_ne!(of(room, name), first);
        }
        assert_eq!(format!("{first:?}"), "Secret");
    }

    #[test]
    fn a_secret_that_others_could_read_or_that_is_cut_is_replaced() {
        let folder = tempfile::tempdir().expect("a folder");
        let url: RoomUrl = "http://127.0.0.1:1/r/a".parse().expect("a link");
        let mut last = owner(folder.path(), &url, "bob").expect("kept");
        let seats = std::fs::read_dir(folder.path().join("seats")).expect("there");
        let path = seats.flatten().next().expect("one").path();
        let alter: [&dyn Fn(); 2] = [
            &|| {
                std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644))
                    .expect("ours");
            },
            &|| disk::write(&path, b"short", Secrecy::Secret).expect("ours"),
        ];
        for alter in alter {
            alter();
            let next = owner(folder.path(), &url, "bob").expect("kept");
            assert_ne!(next, last);
            let mode = std::fs::metadata(&path).expect("there").permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
            last = next;
        }
    }

    #[test]
    fn passwords_have_a_length() {
        assert!("".parse::<Secret>().is_err());
        assert!("x".repeat(129).parse::<Secret>().is_err());
        assert_eq!("tea".parse::<Secret>().map(|secret| secret.reveal()), Ok("tea".to_owned()));
    }
}
