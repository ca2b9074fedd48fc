//! TLS towards clients, by OpenSSL.

use std::io;
use std::net::TcpStream;

use openssl::pkey::PKey;
use openssl::ssl::{Ssl, SslAcceptor, SslContext, SslMethod, SslStream};
use openssl::x509::X509;

use super::config::RelayIdentity;

/// What TLS connections are accepted with: TLS 1.2 and 1.3, Mozilla's intermediate settings.
pub(super) fn context(identity: &RelayIdentity) -> io::Result<SslContext> {
    let mut chain = X509::stack_from_pem(&identity.certificates)?.into_iter();
    let wrong = || io::Error::new(io::ErrorKind::InvalidData, "no certificate in the PEM text");
    let own = chain.next().ok_or_else(wrong)?;
    let key = PKey::private_key_from_pem(&identity.key)?;
    let mut builder = SslAcceptor::mozilla_intermediate_v5(SslMethod::tls_server())?;
    builder.set_certificate(&own)?;
    for next in chain {
        builder.add_extra_chain_cert(next)?;
    }
    builder.set_private_key(&key)?;
    builder.check_private_key()?;
    Ok(builder.build().into_context())
}

/// A connection whose handshake is still to come.
pub(super) fn begin(context: &SslContext, stream: TcpStream) -> io::Result<SslStream<TcpStream>> {
    Ok(SslStream::new(Ssl::new(context)?, stream)?)
}
