//! What both sides agreed on is taken whole, or nothing changes.

use super::fingerprints::usable;
use super::lines::Lines;
use super::session::OwnSession;
use crate::ids::Mid;
use crate::session::agreed::{AgreeError, Agreed};

impl OwnSession {
    pub(super) fn take(&mut self, agreed: &Agreed) -> Result<(), AgreeError> {
        let lines = self.check(agreed)?;
        let fresh = self.handshake.client.is_none();
        if fresh {
            self.handshake.client = Some(agreed.dtls_client);
            self.handshake.fingerprints = usable(&agreed.remote.fingerprints);
        }
        self.streams_in.agree(&lines);
        self.streams_out.agree(&lines);
        self.lines = lines;
        self.control.agree(&self.lines, self.now);
        self.feedback.agree(self.lines.telling(), self.control.clock, self.now);
        if fresh {
            self.agree_sped(&agreed.remote.ice_options);
        }
        self.agree_checks(agreed);
        self.follow_checks();
        self.begin_if_there_is_a_path();
        self.agree_channels(agreed.sctp.as_ref());
        self.agreed_at = Some(self.now);
        self.settle();
        Ok(())
    }

    fn begin_if_there_is_a_path(&mut self) {
        if self.checks.path().is_some() {
            self.begin_handshake();
        }
    }

    fn check(&self, agreed: &Agreed) -> Result<Lines, AgreeError> {
        if self.outputs.is_full() {
            return Err(AgreeError::NotDrained);
        }
        if !self.life.is_running() || (self.config.ice_lite && agreed.remote.ice_lite) {
            return Err(AgreeError::Refused);
        }
        let fingerprints = usable(&agreed.remote.fingerprints);
        if let Some(client) = self.handshake.client {
            let known = &self.handshake.fingerprints;
            if fingerprints.len() != known.len()
                || !fingerprints.iter().all(|one| known.contains(one))
            {
                return Err(AgreeError::FingerprintChanged);
            }
            if client != agreed.dtls_client {
                return Err(AgreeError::DtlsRoleChanged);
            }
            self.check_credentials(agreed)?;
        }
        if fingerprints.is_empty() {
            return Err(AgreeError::NoUsableFingerprint);
        }
        self.check_lines(agreed)?;
        Lines::new(&agreed.media)
    }

    /// Both sides restart, or neither (RFC 8445 section 9).
    fn check_credentials(&self, agreed: &Agreed) -> Result<(), AgreeError> {
        let ours = self.checks.credentials() != agreed.local;
        let theirs = self
            .checks
            .remote_ufrag()
            .is_some_and(|known| known != agreed.remote.credentials.ufrag);
        match ours == theirs {
            true => Ok(()),
            false => Err(AgreeError::Refused),
        }
    }

    /// Names can be carried, the delivery is ours, and a line keeps its kind.
    fn check_lines(&self, agreed: &Agreed) -> Result<(), AgreeError> {
        let bytes_max = self.capabilities.mid_bytes_max;
        let is_long = |name: &str| name.len() > bytes_max;
        for line in &agreed.media {
            let encodings = line.send.encodings.iter().chain(&line.receive.encodings);
            let mut rids = encodings.filter_map(|encoding| encoding.rid);
            if is_long(line.mid.as_str()) || rids.any(|rid| is_long(rid.as_str())) {
                return Err(AgreeError::MidTooLong(line.mid));
            }
            if line.delivery != self.config.delivery {
                return Err(AgreeError::Refused);
            }
            if self.kind_changed(line.mid, line.kind) {
                return Err(AgreeError::Unchangeable(line.mid));
            }
        }
        Ok(())
    }

    fn kind_changed(&self, mid: Mid, kind: crate::codec::MediaKind) -> bool {
        self.lines.all().iter().any(|line| line.media.mid == mid && line.media.kind != kind)
    }
}
