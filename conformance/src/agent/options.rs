//! The options of `open`.

use std::path::PathBuf;
use std::time::Duration;

use lapwing_engine::{
    AudioRedundancy, Codec, Config, DtlsVersion, IceServer, IceTransportPolicy, MdnsPolicy,
    NegotiationRole, RecordOptions, Redundancy, TlsTrust, VideoFec,
};

use super::args::Args;
use super::fault::Fault;

/// How often the figures of a connection are taken: what `seen` tells is not older.
const STATS_INTERVAL: Duration = Duration::from_millis(200);

/// What a peer connection was asked to be.
#[derive(Clone, Debug, Default)]
pub(super) struct Options {
    /// Descriptions wait for all candidates.
    pub(super) whole: bool,
    dtls: Option<DtlsVersion>,
    lite: bool,
    polite: bool,
    redundancy: Redundancy,
    ccfb: bool,
    ecn: bool,
    snap: bool,
    sped: bool,
    ice_servers: Vec<IceServer>,
    relay_only: bool,
    ice_tcp: bool,
    mdns: bool,
    tls_trust: TlsTrust,
    pub(super) record: Option<PathBuf>,
    pub(super) key_log: Option<PathBuf>,
}

impl Options {
    pub(super) fn parse(args: Args<'_>) -> Result<Options, Fault> {
        let mut options = Options::default();
        for (name, value) in args.0.as_object().into_iter().flatten() {
            if !value.is_null() {
                options.read(name, args)?;
            }
        }
        Ok(options)
    }

    fn read(&mut self, name: &str, args: Args<'_>) -> Result<(), Fault> {
        let unsupported = |text: String| Err(Fault::Unsupported(text));
        match name {
            "id" | "do" => {}
            "trickle" => self.whole = args.truth(name)? == Some(false),
            "dtls" => {
                self.dtls = Some(match args.text(name)? {
                    "1.2" => DtlsVersion::V1_2,
                    "1.3" => DtlsVersion::V1_3,
                    other => return unsupported(format!("DTLS {other} is not spoken")),
                });
            }
            "certificate" if args.text(name)? == "ecdsa" => {}
            "certificate" => return unsupported("own certificates are ECDSA".to_owned()),
            // The answer to a=setup:actpass is always passive.
            "setup" if args.text(name)? == "passive" => {}
            "setup" => return unsupported("an answer is passive".to_owned()),
            "srtp" => return unsupported("the SRTP profiles are not to be chosen".to_owned()),
            "lite" => self.lite = args.truth(name)? == Some(true),
            "aggressive" if args.truth(name)? == Some(false) => {}
            "aggressive" => return unsupported("nomination is regular".to_owned()),
            "ice_tcp" => self.ice_tcp = args.truth(name)? == Some(true),
            "mdns" => self.mdns = args.truth(name)? == Some(true),
            "polite" => self.polite = args.truth(name)? == Some(true),
            "red" if args.truth(name)? == Some(true) => {
                self.redundancy.audio = AudioRedundancy::Send { distance: 1 };
            }
            "red" => self.redundancy.audio = AudioRedundancy::Off,
            "fec" => {
                self.redundancy.video = match args.text(name)? {
                    "flexfec-03" => VideoFec::FlexFec,
                    "ulpfec" => VideoFec::Ulpfec,
                    other => return unsupported(format!("no parity {other:?} is known")),
                };
            }
            "ccfb" => self.ccfb = args.truth(name)? == Some(true),
            "ecn" => self.ecn = args.truth(name)? == Some(true),
            "snap" => self.snap = args.truth(name)? == Some(true),
            "sped" => self.sped = args.truth(name)? == Some(true),
            "ice_servers" => self.ice_servers = args.ice_servers(name)?,
            "relay_only" => self.relay_only = args.truth(name)? == Some(true),
            "trust" => {
                let roots = Args(&args.0[name]).text("roots")?;
                self.tls_trust = TlsTrust::Roots(roots.as_bytes().into());
            }
            "record" => self.record = Some(args.text(name)?.into()),
            "key_log" => self.key_log = Some(args.text(name)?.into()),
            other => return unsupported(format!("no option {other:?} is known")),
        }
        Ok(())
    }

    pub(super) fn config(&self, seed: [u8; 32], unix_time: Duration, codecs: Vec<Codec>) -> Config {
        let mut config = Config::new(seed, unix_time).with_codecs(codecs);
        config.stats_interval = STATS_INTERVAL;
        config.dtls = self.dtls.unwrap_or(config.dtls);
        config.ice_lite = self.lite;
        config.redundancy = self.redundancy;
        config.ccfb = self.ccfb;
        config.ecn = self.ecn;
        config.snap = self.snap;
        config.sped = self.sped;
        config.ice_servers = self.ice_servers.clone();
        config.tls_trust = self.tls_trust.clone();
        if self.relay_only {
            config.ice_transport_policy = IceTransportPolicy::Relay;
        }
        config.ice_tcp = self.ice_tcp;
        if self.mdns {
            config.mdns = MdnsPolicy::Hide;
        }
        config.record = self.record.is_some().then(RecordOptions::default);
        config.key_log = self.key_log.is_some();
        if self.polite {
            config.role = NegotiationRole::Polite;
        }
        config
    }
}
