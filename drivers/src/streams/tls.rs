//! TLS by OpenSSL, over bytes instead of a socket.

use std::io::{self, Read, Write};
use std::net::IpAddr;
use std::sync::Arc;

use lapwing_engine::{SocketFault, TlsRequest, TlsTrust};
use openssl::error::ErrorStack;
use openssl::ssl::{
    ErrorCode, ShutdownResult, Ssl, SslConnector, SslMethod, SslStream, SslVerifyMode, SslVersion,
};
use openssl::x509::store::X509StoreBuilder;
use openssl::x509::{X509, X509VerifyResult};

use super::outgoing::Outgoing;

/// What TLS needs before it begins: settings are read once where that is possible, because the
/// system's authorities are a file of some hundred certificates.
#[derive(Default)]
pub(super) struct Settings {
    system: Option<SslConnector>,
}

impl Settings {
    /// A connection's end, which knows whom it wants to speak to.
    pub(super) fn prepare(&mut self, request: &TlsRequest) -> Result<Ssl, SocketFault> {
        self.try_prepare(request).map_err(|error| {
            tracing::debug!(%error, "TLS cannot begin");
            SocketFault::Other
        })
    }

    fn try_prepare(&mut self, request: &TlsRequest) -> Result<Ssl, ErrorStack> {
        let connector = match (&request.trust, &self.system) {
            (TlsTrust::System, Some(connector)) => connector.clone(),
            (trust, _) => connector(trust)?,
        };
        if request.trust == TlsTrust::System {
            self.system = Some(connector.clone());
        }
        let is_address = request.server_name.parse::<IpAddr>().is_ok();
        connector
            .configure()?
            // An address is no server name (RFC 6066 section 3).
            .use_server_name_indication(!is_address)
            .verify_hostname(request.trust != TlsTrust::Anyone)
            .into_ssl(&request.server_name)
    }
}

fn connector(trust: &TlsTrust) -> Result<SslConnector, ErrorStack> {
    let mut builder = SslConnector::builder(SslMethod::tls_client())?;
    builder.set_min_proto_version(Some(SslVersion::TLS1_2))?;
    match trust {
        TlsTrust::System => {}
        TlsTrust::Roots(pem) => builder.set_cert_store(roots(pem)?),
        TlsTrust::Anyone => builder.set_verify(SslVerifyMode::NONE),
    }
    Ok(builder.build())
}

fn roots(pem: &Arc<[u8]>) -> Result<openssl::x509::store::X509Store, ErrorStack> {
    let mut store = X509StoreBuilder::new()?;
    for certificate in X509::stack_from_pem(pem)? {
        store.add_cert(certificate)?;
    }
    Ok(store.build())
}

/// What OpenSSL takes for its socket.
#[derive(Debug, Default)]
struct Pipe {
    incoming: Vec<u8>,
    /// So many of them were read.
    read: usize,
    outgoing: Vec<u8>,
}

impl Read for Pipe {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = (&self.incoming[self.read..]).read(buffer)?;
        self.read += count;
        if self.read == self.incoming.len() {
            self.incoming.clear();
            self.read = 0;
        }
        // The end of a connection is told by the socket; here there is only more to come.
        if count == 0 && !buffer.is_empty() {
            Err(io::ErrorKind::WouldBlock.into())
        } else {
            Ok(count)
        }
    }
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.outgoing.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Our end of a TLS connection.
#[derive(Debug)]
pub(super) struct Tls(SslStream<Pipe>);

impl Tls {
    pub(super) fn new(ssl: Ssl) -> Result<Self, SocketFault> {
        let stream = SslStream::new(ssl, Pipe::default());
        stream.map(Tls).map_err(|_| SocketFault::Other)
    }

    /// Takes what came from the other end.
    pub(super) fn feed(&mut self, bytes: &[u8]) {
        self.0.get_mut().incoming.extend_from_slice(bytes);
    }

    /// Goes on with the handshake; true when it is done.
    pub(super) fn handshake(&mut self) -> Result<bool, SocketFault> {
        match self.0.connect() {
            Ok(()) => Ok(true),
            Err(error) if error.code() == ErrorCode::WANT_READ => Ok(false),
            Err(error) => {
                tracing::debug!(%error, "no agreement on TLS");
                Err(fault_of(self.0.ssl().verify_result()))
            }
        }
    }

    /// Decrypts into `buffer`; `None` when more has to come first.
    pub(super) fn read(&mut self, buffer: &mut [u8]) -> Result<Option<usize>, SocketFault> {
        match self.0.ssl_read(buffer) {
            Ok(count) => Ok(Some(count)),
            Err(error) if error.code() == ErrorCode::WANT_READ => Ok(None),
            Err(_) => Err(SocketFault::Closed),
        }
    }

    /// Encrypts.
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), SocketFault> {
        self.0.write_all(bytes).map_err(|_| SocketFault::Closed)
    }

    /// Says that nothing more comes.
    pub(super) fn close(&mut self) {
        // What the other end says to it is heard by nobody.
        let _: Result<ShutdownResult, _> = self.0.shutdown();
    }

    /// Moves what is to go to the other end to where it waits for the system.
    pub(super) fn take_out(&mut self, out: &mut Outgoing) {
        let outgoing = &mut self.0.get_mut().outgoing;
        out.push(outgoing);
        outgoing.clear();
    }
}

/// The numbers of OpenSSL for what is wrong with a certificate (`X509_V_ERR_*` in `x509_vfy.h`).
const CERT_NOT_YET_VALID: i32 = 9;
const CERT_HAS_EXPIRED: i32 = 10;
const HOSTNAME_MISMATCH: i32 = 62;
const IP_ADDRESS_MISMATCH: i32 = 64;

fn fault_of(verified: X509VerifyResult) -> SocketFault {
    match verified.as_raw() {
        HOSTNAME_MISMATCH | IP_ADDRESS_MISMATCH => SocketFault::TlsName,
        CERT_NOT_YET_VALID | CERT_HAS_EXPIRED => SocketFault::TlsExpired,
        _ if verified == X509VerifyResult::OK => SocketFault::TlsHandshake,
        _ => SocketFault::TlsUntrusted,
    }
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Settings")
    }
}
