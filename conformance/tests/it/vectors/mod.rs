//! Published test vectors, and programs that computed the same: OpenSSL, GnuTLS and libsrtp2.

mod call;
mod dtls;
mod hex;
mod jsep;
mod libsrtp;
mod srtp;
mod stun;
