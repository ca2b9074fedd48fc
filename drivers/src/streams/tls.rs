//! TLS by OpenSSL, over bytes instead of a socket.

use std::io::{self, Read, Write};
use std::net::IpAddr;
use std::sync::OnceLock;

use lapwing_engine::{SocketFault, TlsRequest, TlsTrust};
use openssl::error::ErrorStack;
use openssl::ssl::{
    ErrorCode, ShutdownResult, Ssl, SslContext, SslMethod, SslOptions, SslStream, SslVerifyMode,
    SslVersion,
};
use openssl::x509::store::{X509Store, X509StoreBuilder};
use openssl::x509::verify::X509CheckFlags;
use openssl::x509::{X509, X509VerifyResult};

use super::outgoing::Outgoing;

/// Settings with the system's authorities: some hundred certificates, which take 30 ms to read and
/// are read once.
static SYSTEM: OnceLock<SslContext> = OnceLock::new();

/// A connection's end before it begins, which knows whom it wants to speak to.
pub(super) fn prepare(request: &TlsRequest) -> Result<Ssl, SocketFault> {
    try_prepare(request).map_err(|error| {
        tracing::debug!(%error, "TLS cannot begin");
        SocketFault::Other
    })
}

fn try_prepare(request: &TlsRequest) -> Result<Ssl, ErrorStack> {
    let context = context(&request.trust)?;
    let mut ssl = Ssl::new(&context)?;
    let name = &request.server_name;
    let address = name.parse::<IpAddr>();
    // An address is no server name (RFC 6066 section 3).
    if address.is_err() {
        ssl.set_hostname(name)?;
    }
    if request.trust != TlsTrust::Anyone {
        let parameters = ssl.param_mut();
        parameters.set_hostflags(X509CheckFlags::NO_PARTIAL_WILDCARDS);
        match address {
            Ok(address) => parameters.set_ip(address)?,
            Err(_) => parameters.set_host(name)?,
        }
    }
    Ok(ssl)
}

fn context(trust: &TlsTrust) -> Result<SslContext, ErrorStack> {
    let known = SYSTEM.get().filter(|_| *trust == TlsTrust::System);
    if let Some(context) = known {
        return Ok(context.clone());
    }
    let mut builder = SslContext::builder(SslMethod::tls_client())?;
    builder.set_min_proto_version(Some(SslVersion::TLS1_2))?;
    builder.set_options(SslOptions::NO_COMPRESSION | SslOptions::NO_RENEGOTIATION);
    builder.set_verify(SslVerifyMode::PEER);
    match trust {
        TlsTrust::System => builder.set_default_verify_paths()?,
        TlsTrust::Roots(pem) => builder.set_cert_store(roots(pem)?),
        TlsTrust::Anyone => builder.set_verify(SslVerifyMode::NONE),
    }
    let context = builder.build();
    Ok(match trust {
        TlsTrust::System => SYSTEM.get_or_init(|| context).clone(),
        TlsTrust::Roots(_) | TlsTrust::Anyone => context,
    })
}

fn roots(pem: &[u8]) -> Result<X509Store, ErrorStack> {
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
