//! Instructions of a connection's set-up, both ends together, with and without cryptography.
//!
//! ```text
//! cargo run --release -p lapwing-benches --example setup_instructions
//! ```
//!
//! Cryptography is what OpenSSL runs, and the crates that are named below; what the compiler put of
//! them into a caller counts for the caller, on all sides alike.

#[path = "../benches/raw/mod.rs"]
mod raw;

use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

use lapwing_benches::load::{Kind, Lapwing, Load, OfOurOwn, OverStr0m, Peer, Version, setup};
use lapwing_benches::measure::{Counted, FOLDER, Profile};
use lapwing_benches::plot::Table;
use raw::Str0m;

/// Half a round trip.
const DELAY: Duration = Duration::from_millis(10);

const READY: [(&str, Load); 2] = [
    ("data channel open", Load::new(Kind::Messages, 1_000)),
    ("media can flow", Load::new(Kind::Frames, 1_000)),
];

const STACKS: [&str; 3] = ["str0m", "over", "own"];

/// Crates whose functions are cryptography, as their names stand in symbols.
const CRYPTOGRAPHY: [&str; 29] = [
    "aead",
    "aes",
    "aes_gcm",
    "block_buffer",
    "chacha20",
    "cipher",
    "crypto_bigint",
    "crypto_common",
    "ctr",
    "curve25519_dalek",
    "digest",
    "ecdsa",
    "elliptic_curve",
    "ghash",
    "hkdf",
    "hmac",
    "hybrid_array",
    "p256",
    "p384",
    "polyval",
    "primefield",
    "primeorder",
    "rfc6979",
    "sha1",
    "sha2",
    "subtle",
    "universal_hash",
    "wnaf",
    "x25519_dalek",
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match words.as_slice() {
        ["run", stack, load] => run(stack, load),
        _ => count_all(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("setup_instructions: {error}");
            ExitCode::FAILURE
        }
    }
}

/// What runs inside valgrind. The second set-up counts: the first makes what a process makes once.
fn run(stack: &str, load: &str) -> Result<(), Box<dyn Error>> {
    let (_, load) = READY.get(load.parse::<usize>()?).ok_or("no such load")?;
    match stack {
        "str0m" => twice::<Str0m>(*load),
        "over" => twice::<Lapwing<OverStr0m>>(*load),
        _ => twice::<Lapwing<OfOurOwn>>(*load),
    }
    Ok(())
}

fn twice<P: Peer>(load: Load) {
    setup::<P>(load, Version::V1_3, DELAY);
    counted::<P>(load);
}

/// A function of its own, so that valgrind can tell it.
#[inline(never)]
fn counted<P: Peer>(load: Load) {
    let found = setup::<P>(load, Version::V1_3, DELAY);
    assert!(found.datagrams > 0, "something was sent");
}

fn count_all() -> Result<(), Box<dyn Error>> {
    let header = ["until", "stack", "instructions", "without cryptography", "ratio"];
    let mut table = Table::new(header);
    for (index, (name, _)) in READY.iter().enumerate() {
        let mut base = None;
        for stack in STACKS {
            let profile = count(stack, index)?;
            let rest = profile.total() - profile.of(is_cryptography);
            let base = *base.get_or_insert(rest);
            table.push([
                (*name).to_owned(),
                stack.to_owned(),
                profile.total().to_string(),
                rest.to_string(),
                format!("{:.3}", rest as f64 / base as f64),
            ]);
        }
    }
    println!("{table}\nProfiles for callgrind_annotate are in {FOLDER}.");
    Ok(())
}

fn is_cryptography(object: &str, function: &str) -> bool {
    let named = |name: &&str| {
        function.contains(&format!("{}{name}", name.len()))
            || function.contains(&format!("{name}.."))
    };
    object.contains("libcrypto") || CRYPTOGRAPHY.iter().any(named)
}

fn count(stack: &str, load: usize) -> Result<Profile, Box<dyn Error>> {
    let name = format!("setup-{stack}-{load}");
    let functions = ["*18setup_instructions7counted*"];
    Ok(Counted::run(&name, &functions, &["run", stack, &load.to_string()])?.profile)
}
