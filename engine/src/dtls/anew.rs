//! A handshake of ours that begins anew, as if nothing had come: from the same seed, at the same
//! time, so with the same greeting.
//!
//! A client that is asked for a cookie waits a little before it believes that, until its greeting
//! would go out again: a server that asks for none has answered by then. Whoever follows a forged
//! HelloVerifyRequest says what the true server does not understand.

use dimpl::{Error, Output};

use super::association::Association;
use super::at_work::Loan;
use super::greetings::{Says, answers, says};
use crate::config::DtlsVersion;

/// Outputs of a round that nobody hears. One flight has a few.
const ROUND_MAX: usize = 64;

/// Room for the largest record.
const RECORD_BYTES_MAX: usize = 2_048 + 16_384;

impl Association {
    /// Judges a datagram of the server's; false where it is not to be taken.
    pub(super) fn heeds(&mut self, datagram: &[u8], client: bool) -> bool {
        let Some(origin) = self.origin.as_mut().filter(|_| client) else { return true };
        match says(datagram) {
            Says::Cookie => {
                if origin.version != DtlsVersion::V1_3 && !origin.greetings.has_hello() {
                    origin.cookie = Some(datagram.to_vec());
                }
                return false;
            }
            Says::Hello => origin.cookie = None,
            Says::Nothing => return true,
        }
        if let Some(before) = origin.greetings.judge(datagram)
            && let Err(error) = self.begin_anew(&before)
        {
            tracing::debug!(%error, "a handshake that began anew");
        }
        true
    }

    /// The greeting would go out again: a request for a cookie that came is believed.
    pub(super) fn believe_cookie(&mut self) {
        let Some(origin) = &mut self.origin else { return };
        let Some(datagram) = origin.cookie.take() else { return };
        let before = origin.greetings.judge(&datagram);
        let begun = before.map_or(Ok(()), |before| self.begin_anew(&before));
        if let Err(error) = begun.and_then(|()| self.pass(&datagram)) {
            tracing::debug!(%error, "a request for a cookie refused");
        }
    }

    /// What we send shows that the server's signature held, or that we are the server.
    pub(super) fn note_sent(&mut self, datagram: &[u8]) {
        if self.origin.is_some() && answers(datagram) {
            self.origin = None;
        }
    }

    fn begin_anew(&mut self, before: &[Vec<u8>]) -> Result<(), Error> {
        let Some(origin) = &self.origin else { return Ok(()) };
        let mut loan = Loan::new(origin.entropy.clone(), origin.key_log);
        loan.get().signed = std::mem::take(&mut self.loan.get().signed);
        let began = origin.began.unwrap_or(origin.born);
        self.library = loan.lend(|| origin.library());
        self.loan = loan;
        self.waiting.clear();
        self.health.trust();
        self.set_client(true);
        self.within(|library| library.handle_timeout(began))?;
        self.ignore_outputs();
        for datagram in before {
            self.pass(datagram)?;
            self.ignore_outputs();
        }
        Ok(())
    }

    /// All of it went out before.
    fn ignore_outputs(&mut self) {
        let mut buffer = vec![0; RECORD_BYTES_MAX];
        for _ in 0..ROUND_MAX {
            if let Output::Timeout(_) = self.poll_translated(&mut buffer) {
                return;
            }
        }
    }
}
