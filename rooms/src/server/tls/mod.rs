//! Certificates: given, or made here and kept.

mod acceptor;
mod certificate;
mod fault;
mod files;
mod kept;

pub use acceptor::Tls;
pub(super) use acceptor::is_http;
pub use certificate::self_signed;
pub use fault::FileFault;
pub use files::from_files;
pub use kept::kept;
