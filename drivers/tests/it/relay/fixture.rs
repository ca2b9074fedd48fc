//! A relay for loopback peers.

use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use lapwing_drivers::relay::{RelayConfig, RelayIdentity, RelayMetrics, RelayServer};
use lapwing_engine::Protocol;
use lapwing_engine::turn::server::Users;
use openssl::asn1::Asn1Time;
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::PKey;
use openssl::x509::{X509Builder, X509NameBuilder};

/// Listens for UDP, TCP and TLS, has two threads, and lets peers of the loopback interface be
/// reached.
pub(crate) fn config() -> RelayConfig {
    let local = "127.0.0.1:0".parse().expect("an address");
    let mut config = RelayConfig::new("example.org", &[local]);
    config.listen.extend([(local, Protocol::Tcp), (local, Protocol::Tls)]);
    config.identity = Some(identity());
    config.threads = NonZeroUsize::new(2).expect("not zero");
    config.users = Users::default().with_user("ada", "secret").with_secret("north");
    config.peers.allowed.push("127.0.0.0/8".parse().expect("a range"));
    config
}

pub(crate) fn start(config: RelayConfig) -> RelayServer {
    RelayServer::start(config, |fault| panic!("{fault}")).expect("loopback can be listened on")
}

/// The port of a protocol.
pub(crate) fn port(relay: &RelayServer, protocol: Protocol) -> u16 {
    let mut listeners = relay.listeners().iter();
    let found = listeners.find(|listener| listener.protocol == protocol);
    found.expect("it is listened on").local.port()
}

/// Waits until the relay's metrics say so: its threads show them just after they sent.
pub(crate) fn await_metrics(relay: &RelayServer, reached: impl Fn(&RelayMetrics) -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !reached(&relay.metrics()) {
        assert!(Instant::now() < deadline, "{:?}", relay.metrics());
        std::thread::yield_now();
    }
}

fn identity() -> RelayIdentity {
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).expect("a curve");
    let key = PKey::from_ec_key(EcKey::generate(&group).expect("a key")).expect("a key");
    let mut name = X509NameBuilder::new().expect("memory");
    name.append_entry_by_text("CN", "localhost").expect("a name");
    let name = name.build();
    let mut builder = X509Builder::new().expect("memory");
    builder.set_version(2).expect("X.509 v3");
    builder.set_subject_name(&name).expect("a name");
    builder.set_issuer_name(&name).expect("a name");
    builder.set_pubkey(&key).expect("a key");
    builder.set_not_before(&Asn1Time::days_from_now(0).expect("a time")).expect("a time");
    builder.set_not_after(&Asn1Time::days_from_now(2).expect("a time")).expect("a time");
    builder.sign(&key, MessageDigest::sha256()).expect("it can sign");
    RelayIdentity {
        certificates: builder.build().to_pem().expect("PEM"),
        key: key.private_key_to_pem_pkcs8().expect("PEM"),
    }
}
