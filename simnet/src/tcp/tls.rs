//! A model of TLS 1.3: its round trip, its sizes, and whom certificates name. Nothing is encrypted.
//!
//! 1. The client says hello, with the name that it wants.
//! 2. The server answers with its names: a flight of about three segments.
//! 3. The client is done when it has judged them; it may send at once.

use lapwing_engine::{SocketFault, TlsRequest, TlsTrust};

/// Bytes that a record adds to what it carries: header, type and tag (RFC 8446 section 5.2).
pub const RECORD_EXTRA_BYTES: usize = HEADER_BYTES + TRAILER_BYTES;

const HEADER_BYTES: usize = 5;
const TRAILER_BYTES: usize = 17;
/// What one record may carry.
const PLAIN_BYTES_MAX: usize = 16_384;
/// A client's first message, padded.
const HELLO_BYTES: usize = 512;
/// A server's first flight: its hello, two certificates, a signature.
const FLIGHT_BYTES: usize = 3_000;
/// A client's last message of the handshake.
const FINISHED_BYTES: usize = 53;

const ALERT: u8 = 21;
const HANDSHAKE: u8 = 22;
const DATA: u8 = 23;

/// What is to be thought of a server's certificate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TlsCertificate {
    /// It is valid, by an authority that everybody trusts.
    #[default]
    Good,
    /// It is by an authority that nobody trusts.
    Untrusted,
    /// It was valid once.
    Expired,
}

/// Who a server says it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TlsIdentity {
    /// Names and addresses in its certificate.
    pub names: Vec<String>,
    /// What is to be thought of it.
    pub certificate: TlsCertificate,
}

impl TlsIdentity {
    /// A server with these names, whose certificate is good.
    pub fn new<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let names = names.into_iter().map(str::to_owned).collect();
        TlsIdentity { names, certificate: TlsCertificate::Good }
    }

    fn bytes(&self) -> Vec<u8> {
        let mut bytes = vec![self.certificate as u8];
        bytes.extend(self.names.join("\n").bytes());
        bytes.push(0);
        bytes.resize(bytes.len().max(FLIGHT_BYTES), 0);
        bytes
    }
}

/// One end.
#[derive(Debug)]
pub(super) struct Tls {
    state: State,
    /// A record whose end has not come.
    partial: Vec<u8>,
}

#[derive(Debug)]
enum State {
    /// A client that said hello.
    Greeted(TlsRequest),
    /// A server that waits for a hello.
    Waiting(TlsIdentity),
    /// A server that answered.
    Answered,
    Open,
}

impl Tls {
    pub(super) fn client(request: TlsRequest, out: &mut Vec<u8>) -> Self {
        let mut hello = request.server_name.clone().into_bytes();
        hello.resize(hello.len().max(HELLO_BYTES), 0);
        record(HANDSHAKE, &hello, 0, out);
        Tls { state: State::Greeted(request), partial: Vec::new() }
    }

    pub(super) fn server(identity: TlsIdentity) -> Self {
        Tls { state: State::Waiting(identity), partial: Vec::new() }
    }

    pub(super) fn is_open(&self) -> bool {
        matches!(self.state, State::Open)
    }

    /// Takes what came; `out` goes back, `plain` is what it carried.
    pub(super) fn received(
        &mut self,
        bytes: &[u8],
        out: &mut Vec<u8>,
        plain: &mut Vec<u8>,
    ) -> Result<(), SocketFault> {
        self.partial.extend_from_slice(bytes);
        let mut taken = 0;
        while let Some((&[kind, major, _, high, low], rest)) =
            self.partial[taken..].split_first_chunk::<HEADER_BYTES>()
        {
            let length = usize::from(u16::from_be_bytes([high, low]));
            if major != 3 || length > PLAIN_BYTES_MAX + TRAILER_BYTES {
                return Err(SocketFault::TlsHandshake);
            }
            let Some(body) = rest.get(..length) else { break };
            taken += HEADER_BYTES + length;
            match (&self.state, kind) {
                (State::Greeted(request), HANDSHAKE) => {
                    if let Err(fault) = judge(request, body) {
                        record(ALERT, &[2, 0], TRAILER_BYTES, out);
                        return Err(fault);
                    }
                    record(HANDSHAKE, &[0; FINISHED_BYTES], 0, out);
                    self.state = State::Open;
                }
                (State::Waiting(identity), HANDSHAKE) => {
                    record(HANDSHAKE, &identity.bytes(), 0, out);
                    self.state = State::Answered;
                }
                (State::Answered, HANDSHAKE) => self.state = State::Open,
                (State::Open, DATA) => {
                    let end = length.checked_sub(TRAILER_BYTES).ok_or(SocketFault::Closed)?;
                    plain.extend_from_slice(&body[..end]);
                }
                (State::Open | State::Answered, _) => return Err(SocketFault::Closed),
                (State::Greeted(_) | State::Waiting(_), _) => {
                    return Err(SocketFault::TlsHandshake);
                }
            }
        }
        self.partial.drain(..taken);
        Ok(())
    }

    pub(super) fn write(&self, bytes: &[u8], out: &mut Vec<u8>) {
        for part in bytes.chunks(PLAIN_BYTES_MAX) {
            record(DATA, part, TRAILER_BYTES, out);
        }
    }
}

fn record(kind: u8, body: &[u8], trailer: usize, out: &mut Vec<u8>) {
    let length = (body.len() + trailer) as u16;
    out.extend([kind, 3, 3]);
    out.extend(length.to_be_bytes());
    out.extend_from_slice(body);
    out.resize(out.len() + trailer, 0);
}

/// What a client makes of a server's flight.
fn judge(request: &TlsRequest, flight: &[u8]) -> Result<(), SocketFault> {
    let Some((certificate, rest)) = flight.split_first() else {
        return Err(SocketFault::TlsHandshake);
    };
    if request.trust == TlsTrust::Anyone {
        return Ok(());
    }
    match certificate {
        0 => {}
        1 => return Err(SocketFault::TlsUntrusted),
        2 => return Err(SocketFault::TlsExpired),
        _ => return Err(SocketFault::TlsHandshake),
    }
    let names = rest.split(|byte| *byte == 0).next().unwrap_or_default();
    let wanted = request.server_name.as_bytes();
    let mut names = names.split(|byte| *byte == b'\n');
    let named = names.any(|name| name.eq_ignore_ascii_case(wanted));
    if named { Ok(()) } else { Err(SocketFault::TlsName) }
}
