//! A [`Description`](super::Description) out as text: lines that end with CRLF, in the order of RFC
//! 8866 section 5, attributes in that of RFC 9429 section 5.2.1.
//!
//! 1. `description`: the session, then each m-line;
//! 2. `media`: an m-line and the attributes that follow it;
//! 3. `transport`, `formats`, `rtp`: one file for each group of attributes;
//! 4. `lines`: a line, whatever its value has in it.

mod description;
mod formats;
mod lines;
mod media;
mod rtp;
mod transport;
