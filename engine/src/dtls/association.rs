//! A DTLS association: the library with what it lacks around it.
//!
//! The way of a datagram in: [`Sieve`] keeps out what is none, [`fault`](super::fault) judges what
//! looks like the end, [`Translation`](super::translation::Translation) puts it in the library's
//! words, in DTLS 1.3 from within its ciphers.

use std::time::{Duration, Instant};

use dimpl::{Dtls, DtlsCertificate, Error, Output, ProtocolVersion};
use rand_chacha::ChaCha20Rng;

use super::at_work::Loan;
use super::fault::{self, Health};
use super::flights::{FlightClock, Flights};
use super::greetings::Greetings;
use super::origin::Origin;
use super::prepared;
use super::sieve::Sieve;
use super::translation::Translation;
use crate::config::DtlsVersion;
use crate::dtls_fault::DtlsFault;

/// Datagrams that wait for one before them: a certificate is in no more.
const WAITING_MAX: usize = 8;

/// How far ahead an association that wants nothing says so.
const FAR: Duration = Duration::from_secs(86_400);

/// How an association is set up.
pub(crate) struct Settings {
    pub(crate) version: DtlsVersion,
    pub(crate) certificate: DtlsCertificate,
    /// The largest datagram, in bytes; the library's own choice without one.
    pub(crate) mtu: Option<usize>,
    /// Everything random is drawn from here.
    pub(crate) entropy: ChaCha20Rng,
    /// Keep the secrets of the handshake for [`Association::key_log`].
    pub(crate) key_log: bool,
    /// How the handshake is sent again.
    pub(crate) flights: Flights,
    /// What a certificate without a key signs: see [`Association::signatures`].
    pub(crate) signatures: Vec<Vec<u8>>,
}

/// One association with one peer.
///
/// Bytes go in by [`Self::handle_packet`], time by [`Self::handle_timeout`]; after each,
/// [`Self::poll_output`] is called until it gives [`Output::Timeout`].
pub(crate) struct Association {
    pub(super) library: Dtls,
    pub(super) loan: Loan,
    now: Instant,
    /// The library's, where it is not the true one.
    clock: Option<FlightClock>,
    /// What the handshake began with, while it may begin anew.
    pub(super) origin: Option<Box<Origin>>,
    pub(super) health: Health,
    fault: Option<DtlsFault>,
    /// What is still to be said after a fault.
    farewell: Option<fault::Farewell>,
    sieve: Sieve,
    /// Datagrams that cannot be translated yet.
    pub(super) waiting: Vec<Vec<u8>>,
    /// Where packets of the handshake are rewritten.
    scratch: Vec<u8>,
    key_log: Option<String>,
}

impl Association {
    /// An association in which nothing was said yet. Its clock begins with the first
    /// [`Self::handle_timeout`].
    pub(crate) fn new(settings: Settings, now: Instant) -> Result<Self, Error> {
        let Settings { version, certificate, mtu, entropy, key_log, flights, signatures } =
            settings;
        let mut loan = Loan::new(entropy, key_log);
        loan.get().signed.to_come = signatures.into();
        let seed = u64::from_be_bytes(loan.draw());
        let config = loan.lend(|| prepared::config(seed, mtu, flights))?;
        let origin = Origin {
            version,
            certificate,
            config,
            // After the settings were made, whose proof of the provider draws too.
            entropy: loan.entropy(),
            key_log,
            born: now,
            began: None,
            greetings: Greetings::default(),
            cookie: None,
        };
        let library = loan.lend(|| origin.library());
        let is_measured = flights != Flights::Library;
        Ok(Association {
            library,
            loan,
            now,
            clock: is_measured.then(|| FlightClock::new(now)),
            origin: is_measured.then(|| Box::new(origin)),
            health: Health::default(),
            fault: None,
            farewell: None,
            sieve: Sieve::new(version),
            waiting: Vec::new(),
            scratch: Vec::new(),
            key_log: None,
        })
    }

    /// Whether this side begins the handshake.
    pub(crate) fn set_client(&mut self, client: bool) {
        self.loan.get().translation = Translation::new(client);
        self.within(|library| library.set_active(client));
    }

    pub(crate) fn is_client(&self) -> bool {
        self.library.is_active()
    }

    /// Tells the time before the handshake may begin. No deadline counts from it.
    pub(crate) fn hold(&mut self, now: Instant) -> Result<(), Error> {
        self.now = now;
        let at = self.clock.as_mut().map_or(now, |clock| clock.stand(now));
        self.note_begin(at);
        self.within(|library| library.handle_timeout(at))
    }

    /// Time passed.
    pub(crate) fn handle_timeout(&mut self, now: Instant) -> Result<(), Error> {
        self.now = now;
        if let Some(fault) = self.health.tick(now) {
            self.fail(fault);
        }
        if self.fault.is_some() {
            return Ok(());
        }
        if self.clock.as_ref().is_some_and(|clock| clock.is_due(now)) {
            self.believe_cookie();
        }
        let at = self.clock.as_mut().map_or(now, |clock| clock.tick(now));
        self.note_begin(at);
        let result = self.within(|library| library.handle_timeout(at));
        if let Some(fault) = fault_of(&result).filter(|_| !self.health.is_over()) {
            self.fail(fault);
            return Ok(());
        }
        result
    }

    /// Takes a datagram. An empty one has a client begin.
    pub(crate) fn handle_packet(&mut self, packet: &[u8]) -> Result<(), Error> {
        if self.fault.is_some() {
            return Ok(());
        }
        if self.health.is_over() {
            let result = self.pass(packet);
            // With keys there, only the peer can say so: it judges our last words after we are
            // done.
            if let Some(alert @ DtlsFault::Alert(_)) = fault_of(&result) {
                self.fail(alert);
            }
            return result;
        }
        let sifted = self.sieve.sift(packet, self.library.is_active());
        if let Some(alert) = sifted.alert {
            self.health.suspect(DtlsFault::Alert(alert));
        }
        if let Some(fault) = sifted.fault {
            self.health.suspect(fault);
        }
        if sifted.kept.is_empty() && !packet.is_empty() {
            return Ok(());
        }
        if !self.heeds(&sifted.kept, self.library.is_active()) {
            return Ok(());
        }
        let result = self.pass(&sifted.kept);
        match fault_of(&result) {
            // None of those in the clear came through: it was encrypted.
            Some(alert @ DtlsFault::Alert(_)) => self.fail(alert),
            Some(fault) => self.health.suspect(fault),
            None => {}
        }
        result
    }

    /// The next thing that comes out, in a buffer that has room for the largest record.
    /// [`Output::Timeout`] ends a round.
    pub(crate) fn poll_output<'a>(&mut self, buf: &'a mut [u8]) -> Output<'a> {
        if self.fault.is_some() {
            return self.poll_failed(buf);
        }
        let output = match self.health.is_over() {
            true => self.within(|library| library.poll_output(buf)),
            false => self.poll_translated(buf),
        };
        if let Some(secrets) = &mut self.loan.get().secrets {
            match &output {
                Output::Packet(packet) => secrets.see(packet),
                Output::Connected => self.key_log = Some(secrets.to_lines()),
                _ => {}
            }
        }
        match &output {
            Output::Packet(packet) => self.note_sent(packet),
            Output::Connected => self.origin = None,
            _ => {}
        }
        match output {
            Output::Connected => {
                self.health.end();
                self.scratch = Vec::new();
            }
            Output::Timeout(at) => {
                let flight = match &mut self.clock {
                    Some(clock) => clock.due(at).unwrap_or(self.now + FAR),
                    None => at,
                };
                let own = self.health.wake(self.now);
                return Output::Timeout(own.map_or(flight, |own| own.min(flight)));
            }
            _ => {}
        }
        output
    }

    /// Encrypts data of the application; what it is in comes with the next outputs.
    pub(crate) fn send(&mut self, data: &[u8]) -> Result<usize, Error> {
        self.within(|library| library.send_application_data(data))
    }

    /// Says farewell (`close_notify`).
    pub(crate) fn close(&mut self) -> Result<(), Error> {
        self.within(Dtls::close)
    }

    pub(crate) fn is_closing(&self) -> bool {
        self.library.is_closing()
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.library.is_closed()
    }

    /// The version that was agreed on, once it was.
    pub(crate) fn protocol_version(&self) -> Option<ProtocolVersion> {
        self.library.protocol_version()
    }

    /// With what the handshake has failed.
    pub(crate) fn fault(&self) -> Option<DtlsFault> {
        self.fault
    }

    /// What our key signed so far, in its order.
    pub(crate) fn signatures(&self) -> &[Vec<u8>] {
        &self.loan.peek().signed.made
    }

    /// The secrets of the handshake once it is over, where they are kept, as lines of an NSS key
    /// log.
    pub(crate) fn key_log(&self) -> Option<&str> {
        self.key_log.as_deref()
    }

    fn note_begin(&mut self, at: Instant) {
        if let Some(origin) = &mut self.origin {
            origin.began.get_or_insert(at);
        }
    }

    /// Runs a step of the library with everything at hand that its provider needs.
    pub(super) fn within<T>(&mut self, step: impl FnOnce(&mut Dtls) -> T) -> T {
        let Association { library, loan, .. } = self;
        loan.lend(|| step(library))
    }

    /// Hands a datagram to the library.
    pub(super) fn pass(&mut self, packet: &[u8]) -> Result<(), Error> {
        if let Some(secrets) = &mut self.loan.get().secrets {
            secrets.see(packet);
        }
        if self.health.is_over() {
            return self.within(|library| library.handle_packet(packet));
        }
        let packet = self.loan.get().translation.incoming(packet);
        self.pass_translated(&packet)?;
        loop {
            let count = self.waiting.len();
            for packet in std::mem::take(&mut self.waiting) {
                self.pass_translated(&packet)?;
            }
            if self.waiting.is_empty() || self.waiting.len() == count {
                return Ok(());
            }
        }
    }

    fn pass_translated(&mut self, packet: &[u8]) -> Result<(), Error> {
        let result = self.within(|library| library.handle_packet(packet));
        if self.loan.get().translation.take_waits() && self.waiting.len() < WAITING_MAX {
            self.waiting.push(packet.to_vec());
        }
        result
    }

    /// As the library's, with packets of the handshake rewritten on their way out.
    pub(super) fn poll_translated<'a>(&mut self, buf: &'a mut [u8]) -> Output<'a> {
        let mut scratch = std::mem::take(&mut self.scratch);
        scratch.resize(buf.len(), 0);
        let output = match self.within(|library| library.poll_output(&mut scratch)) {
            Output::Packet(packet) => {
                self.sieve.sent(packet);
                let packet = self.loan.get().translation.outgoing(packet);
                match packet.len() <= buf.len() {
                    true => Output::Packet(placed(&packet, buf)),
                    false => Output::BufferTooSmall { needed: packet.len() },
                }
            }
            Output::PeerCert(certificate) => {
                let certificate = self.loan.get().translation.certificate(certificate);
                Output::PeerCert(placed(&certificate, buf))
            }
            other => moved(other, buf, self.now + FAR),
        };
        self.scratch = scratch;
        output
    }

    /// The handshake has failed: the peer is told if it can be.
    fn fail(&mut self, fault: DtlsFault) {
        self.health.end();
        if self.fault.is_none() {
            self.fault = Some(fault);
            self.farewell = fault::farewell(fault);
        }
    }

    /// What is left to do after a fault.
    fn poll_failed<'a>(&mut self, buf: &'a mut [u8]) -> Output<'a> {
        match self.farewell.take() {
            None => Output::Timeout(self.now + FAR),
            Some(record) if record.len() > buf.len() => {
                Output::BufferTooSmall { needed: record.len() }
            }
            Some(record) => Output::Packet(placed(&record, buf)),
        }
    }
}

impl std::fmt::Debug for Association {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Association").field("fault", &self.fault).finish_non_exhaustive()
    }
}

fn fault_of(result: &Result<(), Error>) -> Option<DtlsFault> {
    result.as_ref().err().and_then(fault::fault_of)
}

/// An output in another buffer, which has room for it. What the library may come to say holds
/// nothing of ours, and reads as a timeout then.
pub(crate) fn moved<'a>(output: Output<'_>, buf: &'a mut [u8], then: Instant) -> Output<'a> {
    match output {
        Output::Packet(packet) => Output::Packet(placed(packet, buf)),
        Output::PeerCert(certificate) => Output::PeerCert(placed(certificate, buf)),
        Output::ApplicationData(data) => Output::ApplicationData(placed(data, buf)),
        Output::KeyingMaterial(keys, profile) => Output::KeyingMaterial(keys, profile),
        Output::BufferTooSmall { needed } => Output::BufferTooSmall { needed },
        Output::Timeout(at) => Output::Timeout(at),
        Output::Connected => Output::Connected,
        Output::CloseNotify => Output::CloseNotify,
        _ => Output::Timeout(then),
    }
}

fn placed<'a>(bytes: &[u8], buf: &'a mut [u8]) -> &'a [u8] {
    let place = &mut buf[..bytes.len()];
    place.copy_from_slice(bytes);
    place
}
