//! Certificates for servers over TLS.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{Laboratory, NatError, system};

/// An authority that has signed one certificate, for the server's address. Its folder goes away on
/// drop.
#[derive(Debug)]
pub struct Authority {
    folder: TempDir,
    roots: String,
    key: String,
}

impl Authority {
    /// Makes it.
    ///
    /// # Errors
    /// Without the program `openssl`, or a folder.
    pub fn create() -> Result<Self, NatError> {
        let told = |error: std::io::Error| NatError::Failed("a folder".into(), error.to_string());
        let folder = tempfile::tempdir().map_err(told)?;
        let at = folder.path();
        let request = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"];
        let request = [&request[..], &["-nodes", "-days", "2"]].concat();
        openssl(at, &request, &["-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=laboratory"])?;
        let name = format!("subjectAltName=IP:{}", Laboratory::server_address());
        let signed = ["-CA", "ca.pem", "-CAkey", "ca.key", "-subj", "/CN=server", "-addext", &name];
        let leaf = ["-addext", "basicConstraints=critical,CA:FALSE"];
        let files = ["-keyout", "server.key", "-out", "server.pem"];
        openssl(at, &request, &[&signed[..], &leaf, &files].concat())?;
        openssl(at, &["x509"], &["-in", "server.pem", "-noout", "-pubkey", "-out", "server.pub"])?;
        openssl(at, &["pkey"], &["-pubin", "-in", "server.pub", "-outform", "DER", "-out", "der"])?;
        openssl(at, &["dgst"], &["-sha256", "-binary", "-out", "hash", "der"])?;
        let key = openssl(at, &["base64"], &["-in", "hash"])?.trim().to_owned();
        let roots = std::fs::read_to_string(at.join("ca.pem")).map_err(told)?;
        Ok(Self { folder, roots, key })
    }

    /// What makes a stack believe it: the option `trust` of the protocol.
    pub fn trust(&self) -> Value {
        json!({ "roots": self.roots, "key": self.key })
    }

    /// The server's certificate and its key, in PEM.
    pub fn files(&self) -> [PathBuf; 2] {
        ["server.pem", "server.key"].map(|name| self.folder.path().join(name))
    }
}

fn openssl(at: &Path, verb: &[&str], words: &[&str]) -> Result<String, NatError> {
    let mut command = Command::new(system::find("openssl", "openssl")?);
    command.current_dir(at).args(verb).args(words);
    Ok(String::from_utf8_lossy(&system::run(command, "")?).into_owned())
}

#[cfg(test)]
mod tests {
    use super::Authority;
    use crate::skip;

    #[test]
    fn the_server_has_a_key_that_can_be_told_by_its_hash() {
        let authority = match Authority::create() {
            Ok(authority) => authority,
            Err(lack) if lack.is_lack() => {
                return skip::note(
                    "nat::authority::tests::the_server_has_a_key_that_can_be_told_by_its_hash",
                    &lack,
                );
            }
            Err(fault) => panic!("{fault}"),
        };
        let trust = authority.trust();
        assert_eq!(trust["key"].as_str().map(str::len), Some(44), "{trust}");
        assert!(trust["roots"].as_str().is_some_and(|pem| pem.contains("BEGIN CERTIFICATE")));
        assert!(authority.files().iter().all(|file| file.is_file()));
    }
}
