//! A certificate and a key that are given as files.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use openssl::pkey::{PKey, Private};
use openssl::x509::X509;

use super::acceptor::Tls;
use super::fault::FileFault;
use crate::server::error::ServeError;

/// Largest file that is read: a chain of a dozen certificates has about 30 KiB.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// TLS by a certificate chain and a key, both in PEM. The key's file must be its owner's alone; one
/// of root's may be read by its group, which is how systems lend keys to services.
///
/// # Errors
/// [`ServeError::Certificate`] with the file and what is wrong with it.
pub fn from_files(cert: &Path, key: &Path) -> Result<Tls, ServeError> {
    let at = |path: &Path| {
        let path = path.to_owned();
        move |fault| ServeError::Certificate(path, fault)
    };
    let chain = certificates(cert).map_err(at(cert))?;
    let private = private_key(key).map_err(at(key))?;
    let (first, above) = chain.split_first().ok_or_else(|| at(cert)(FileFault::NoCertificate))?;
    let fits = first.public_key().is_ok_and(|public| public.public_eq(&private));
    if !fits {
        return Err(at(key)(FileFault::WrongKey));
    }
    Tls::new(first, above, &private).map_err(ServeError::Tls)
}

pub(super) fn certificates(path: &Path) -> Result<Vec<X509>, FileFault> {
    let text = read(&open(path)?)?;
    let chain = X509::stack_from_pem(&text).map_err(|_| FileFault::NoCertificate)?;
    if chain.is_empty() { Err(FileFault::NoCertificate) } else { Ok(chain) }
}

pub(super) fn private_key(path: &Path) -> Result<PKey<Private>, FileFault> {
    let file = open(path)?;
    check_permissions(&file)?;
    let text = read(&file)?;
    // Without the callback OpenSSL would ask for a password at the terminal.
    PKey::private_key_from_pem_callback(&text, |_| Ok(0)).map_err(|_| FileFault::NoKey)
}

fn open(path: &Path) -> Result<File, FileFault> {
    File::open(path).map_err(FileFault::Unreadable)
}

fn read(file: &File) -> Result<Vec<u8>, FileFault> {
    let mut text = Vec::new();
    file.take(FILE_BYTES_MAX).read_to_end(&mut text).map_err(FileFault::Unreadable)?;
    Ok(text)
}

#[cfg(unix)]
fn check_permissions(file: &File) -> Result<(), FileFault> {
    use std::os::unix::fs::MetadataExt;
    let metadata = file.metadata().map_err(FileFault::Unreadable)?;
    let others = if metadata.uid() == 0 { 0o037 } else { 0o077 };
    // What is no file, such as a pipe from a keeper of secrets, is read once and gone.
    let ok = !metadata.is_file() || metadata.mode() & others == 0;
    if ok { Ok(()) } else { Err(FileFault::Open(metadata.mode() & 0o777)) }
}

#[cfg(not(unix))]
fn check_permissions(_: &File) -> Result<(), FileFault> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::server::tls::certificate::make;

    struct Files(tempfile::TempDir);

    impl Files {
        fn new() -> Self {
            let files = Files(tempfile::tempdir().expect("a folder"));
            for name in ["one", "two"] {
                let (certificate, key) = make(&[]).expect("OpenSSL makes a certificate");
                let pem = certificate.to_pem().expect("PEM");
                fs::write(files.path(&format!("{name}.crt")), pem).expect("written");
                let pem = key.private_key_to_pem_pkcs8().expect("PEM");
                fs::write(files.path(&format!("{name}.key")), pem).expect("written");
                files.allow(&format!("{name}.key"), 0o600);
            }
            files
        }

        fn path(&self, name: &str) -> std::path::PathBuf {
            self.0.path().join(name)
        }

        fn allow(&self, name: &str, mode: u32) {
            let permissions = fs::Permissions::from_mode(mode);
            fs::set_permissions(self.path(name), permissions).expect("it is ours");
        }

        fn fault(&self, cert: &str, key: &str) -> (String, String) {
            match from_files(&self.path(cert), &self.path(key)) {
                Err(ServeError::Certificate(path, fault)) => {
                    let name = path.file_name().expect("a name").to_string_lossy().into_owned();
                    (name, fault.to_string())
                }
                other => panic!("a fault of a file is expected, not {other:?}"),
            }
        }
    }

    #[test]
    fn each_fault_names_its_file_in_words() {
        let files = Files::new();
        assert!(from_files(&files.path("one.crt"), &files.path("one.key")).is_ok());
        for (cert, key, at, words) in [
            ("none.crt", "one.key", "none.crt", "cannot be read"),
            ("one.crt", "none.key", "none.key", "cannot be read"),
            ("one.key", "one.key", "one.key", "no certificate"),
            ("one.crt", "two.crt", "two.crt", "others can read it"),
            ("one.crt", "two.key", "two.key", "not the key of this certificate"),
        ] {
            let (file, text) = files.fault(cert, key);
            assert!(file == at && text.contains(words), "{cert} {key}: {file}: {text}");
        }
        files.allow("two.crt", 0o600);
        assert!(files.fault("one.crt", "two.crt").1.contains("no private key"));
    }

    #[test]
    fn a_key_that_others_can_read_is_refused() {
        let files = Files::new();
        for mode in [0o644, 0o604, 0o666, 0o660, 0o620] {
            files.allow("one.key", mode);
            let (file, text) = files.fault("one.crt", "one.key");
            assert!(file == "one.key" && text.contains(&format!("{mode:o}")), "{text}");
        }
        for mode in [0o400, 0o600] {
            files.allow("one.key", mode);
            assert!(from_files(&files.path("one.crt"), &files.path("one.key")).is_ok());
        }
    }
}
