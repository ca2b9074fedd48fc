//! A certificate that is made once and kept, so that a browser has to be told of it once.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::net::IpAddr;
use std::path::Path;

use openssl::asn1::Asn1Time;
use openssl::pkey::{PKey, Private};
use openssl::x509::X509;

use super::acceptor::Tls;
use super::certificate::make;
use super::files::{certificates, private_key};
use crate::server::error::ServeError;

/// A certificate with less time left is made anew, so that none ends while the server runs for
/// weeks.
const DAYS_LEFT_MIN: u32 = 30;

const CERTIFICATE: &str = "self-signed.crt";
const KEY: &str = "self-signed.key";

/// TLS by the certificate kept in `folder`. It is made anew when there is none that is good for
/// another month and for all these addresses.
///
/// # Errors
/// OpenSSL's, and [`ServeError::State`] when the folder cannot be used.
pub fn kept(folder: &Path, addresses: &[IpAddr]) -> Result<Tls, ServeError> {
    if let Some((certificate, key)) = load(folder, addresses) {
        return Tls::new(&certificate, &[], &key).map_err(ServeError::Tls);
    }
    let (certificate, key) = make(addresses).map_err(ServeError::Tls)?;
    let tls = Tls::new(&certificate, &[], &key).map_err(ServeError::Tls)?;
    let pem = certificate.to_pem().map_err(ServeError::Tls)?;
    let key_pem = key.private_key_to_pem_pkcs8().map_err(ServeError::Tls)?;
    let stored = make_folder(folder).and_then(|()| {
        store(&folder.join(KEY), &key_pem)?;
        store(&folder.join(CERTIFICATE), &pem)
    });
    stored.map_err(|error| ServeError::State(folder.to_owned(), error))?;
    Ok(tls)
}

/// What is kept, if it is still of use. A key that others can read is not.
fn load(folder: &Path, addresses: &[IpAddr]) -> Option<(X509, PKey<Private>)> {
    let certificate = certificates(&folder.join(CERTIFICATE)).ok()?.into_iter().next()?;
    let key = private_key(&folder.join(KEY)).ok()?;
    let fits = certificate.public_key().ok()?.public_eq(&key);
    let soon = Asn1Time::days_from_now(DAYS_LEFT_MIN).ok()?;
    let lasts = *certificate.not_after() > *soon;
    let names = certificate.subject_alt_names()?;
    let covers = |address: &IpAddr| {
        let bytes = match address {
            IpAddr::V4(address) => address.octets().to_vec(),
            IpAddr::V6(address) => address.octets().to_vec(),
        };
        names.iter().any(|name| name.ipaddress() == Some(&bytes[..]))
    };
    (fits && lasts && addresses.iter().all(covers)).then_some((certificate, key))
}

fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Writes a file beside its place and moves it there, so that no half of one is ever read.
fn store(path: &Path, contents: &[u8]) -> io::Result<()> {
    let fresh = path.with_extension(format!("{}.new", std::process::id()));
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&fresh)?;
    let written = file.write_all(contents).and_then(|()| fs::rename(&fresh, path));
    if written.is_err() {
        // The first fault is told; what is left over does no harm.
        let _ = fs::remove_file(&fresh);
    }
    written
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn it_is_the_same_until_an_address_is_new_or_its_key_lies_open() {
        let base = tempfile::tempdir().expect("a folder");
        let folder = base.path().join("state").join("lapwing");
        let (one, two) = (IpAddr::from([192, 0, 2, 1]), "2001:db8::1".parse().expect("an address"));
        let print = |addresses: &[IpAddr]| {
            kept(&folder, addresses).expect("the folder is ours").fingerprint().to_owned()
        };
        let first = print(&[one]);
        assert_eq!(first.len(), 32 * 3 - 1);
        assert_eq!(print(&[one]), first);
        let mode = |path: &Path| fs::metadata(path).expect("it is there").permissions().mode();
        assert_eq!(mode(&folder) & 0o777, 0o700);
        assert_eq!(mode(&folder.join(KEY)) & 0o777, 0o600);
        let second = print(&[one, two]);
        assert_ne!(second, first);
        assert_eq!(print(&[two]), second, "an address that is gone for a while changes nothing");
        let open = fs::Permissions::from_mode(0o644);
        fs::set_permissions(folder.join(KEY), open).expect("it is ours");
        assert_ne!(print(&[two]), second);
        assert_eq!(fs::read_dir(&folder).expect("a folder").count(), 2, "nothing is left over");
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_named() {
        let base = tempfile::tempdir().expect("a folder");
        let file = base.path().join("file");
        fs::write(&file, "").expect("written");
        assert!(matches!(kept(&file.join("x"), &[]), Err(ServeError::State(..))));
    }
}
