//! What a connection shows to its peer and signs with (W3C `RTCCertificate`): read from PEM or DER,
//! or made from a seed.

mod error;
mod identity;
mod self_signed;

pub use error::CertificateError;
pub use identity::Certificate;
pub(crate) use self_signed::draw_p256;
