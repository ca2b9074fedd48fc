//! Instructions per SRTP packet beside the bare cipher, counted by valgrind: the same on a busy
//! machine and an idle one.
//!
//! ```text
//! cargo run --release -p lapwing-engine --example srtp_instructions
//! ```
//!
//! The bare cipher is OpenSSL alone, with a context that lives as long as the key: initialisation
//! vector, data, tag. With HMAC-SHA1 it is the sum of the cipher and one hash over the packet.
//! Valgrind knows no SHA extensions and no AVX-512, so that OpenSSL takes longer ways than on the
//! bare processor.

use std::error::Error;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use lapwing_engine::srtp::{Inbound, Keys, Options, Outbound, ProtectionProfile};
use openssl::cipher::Cipher;
use openssl::cipher_ctx::CipherCtx;
use openssl::md::Md;
use openssl::md_ctx::MdCtx;
use openssl::pkey::{PKey, Private};
use openssl::sha::Sha1;

/// Packets that are counted.
const PACKETS: u16 = 1_000;

/// Bytes of the payload.
const PAYLOAD_BYTES: usize = 1_100;

/// Bytes of the header: the fixed one, and an extension of two words.
const HEADER_BYTES: usize = 24;

/// Bytes that a tag may take.
const TAG_BYTES_MAX: usize = 16;

/// What is counted, and the function that does it. Mangled names hold the length first.
const WORKS: [(&str, &str); 7] = [
    ("protect", "*7protect*"),
    ("protect-into", "*12protect_into*"),
    ("unprotect", "*9unprotect*"),
    ("bare-seal", "*9bare_seal*"),
    ("bare-open", "*9bare_open*"),
    ("sha1", "*9bare_hash*"),
    ("evp-hmac", "*8evp_hmac*"),
];

const FOLDER: &str = "target/bench/srtp";

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match words.as_slice() {
        ["run", profile, work] => run(profile, work),
        _ => count_all(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("srtp_instructions: {error}");
            ExitCode::FAILURE
        }
    }
}

fn count_all() -> Outcome<()> {
    std::fs::create_dir_all(FOLDER)?;
    let hash = count(ProtectionProfile::Aes128CmSha1_80, "sha1")?;
    let evp = count(ProtectionProfile::Aes128CmSha1_80, "evp-hmac")?;
    println!("one hash {hash:.0}, HMAC by EVP {evp:.0}\n");
    println!("| profile | work | instructions | bare | ratio |\n|---|---|---|---|---|");
    for profile in ProtectionProfile::ALL {
        let is_counter = profile.to_string().contains("_CM_");
        let extra = if is_counter { hash } else { 0.0 };
        let seal = count(profile, "bare-seal")? + extra;
        let open = if is_counter { seal } else { count(profile, "bare-open")? };
        for (work, bare) in [("protect", seal), ("protect-into", seal), ("unprotect", open)] {
            let ours = count(profile, work)?;
            println!("| {profile} | {work} | {ours:.0} | {bare:.0} | {:.3} |", ours / bare);
        }
    }
    println!("\nProfiles for callgrind_annotate are in {FOLDER}.");
    Ok(())
}

/// Instructions per packet.
fn count(profile: ProtectionProfile, work: &str) -> Outcome<f64> {
    let (_, function) = WORKS.iter().find(|(name, _)| *name == work).ok_or("no such work")?;
    let file = PathBuf::from(FOLDER).join(format!("{profile}-{work}.callgrind"));
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--tool=callgrind", "--demangle=no", "--quiet"]);
    valgrind.arg(format!("--callgrind-out-file={}", file.display()));
    valgrind.arg(format!("--toggle-collect={function}"));
    valgrind.arg(std::env::current_exe()?).args(["run", &profile.to_string(), work]);
    let output = valgrind.output().map_err(|error| format!("valgrind does not run: {error}"))?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    Ok(total(&file)? / f64::from(PACKETS))
}

/// The sum of all instructions in a profile.
fn total(file: &Path) -> Outcome<f64> {
    let text = std::fs::read_to_string(file)?;
    let line = text.lines().find_map(|line| line.strip_prefix("totals: "));
    Ok(line.ok_or("the profile has no sum")?.trim().parse()?)
}

/// What runs inside valgrind.
fn run(profile: &str, work: &str) -> Outcome<()> {
    let profile = ProtectionProfile::ALL.into_iter().find(|p| p.to_string() == profile);
    let profile = profile.ok_or("no such profile")?;
    let material: Vec<u8> = (0..profile.keying_material_bytes()).map(|byte| byte as u8).collect();
    let keys = Keys::from_keying_material(profile, &material)?;
    let mut outbound = Outbound::new(&keys.client, Options::default())?;
    let mut inbound = Inbound::new(&keys.client, Options::default())?;
    let mut bare = Bare::new(profile, &material)?;
    let mut buffer = Vec::with_capacity(HEADER_BYTES + PAYLOAD_BYTES + TAG_BYTES_MAX);
    let payload = [0x55; PAYLOAD_BYTES];
    for sequence in 0..PACKETS {
        let header = header(sequence);
        buffer.clear();
        buffer.extend_from_slice(&header);
        buffer.extend_from_slice(&payload);
        match work {
            "protect" => protect(&mut outbound, &mut buffer)?,
            "protect-into" => protect_into(&mut outbound, &header, &payload, &mut buffer)?,
            "unprotect" => {
                outbound.protect_rtp(&mut buffer)?;
                unprotect(&mut inbound, &mut buffer)?;
            }
            "bare-seal" => bare_seal(&mut bare, &mut buffer)?,
            "bare-open" => {
                bare_seal(&mut bare, &mut buffer)?;
                bare_open(&mut bare, &mut buffer)?;
            }
            "sha1" => bare_hash(&buffer),
            "evp-hmac" => evp_hmac(&mut bare, &buffer)?,
            _ => return Err("no such work".into()),
        }
    }
    Ok(())
}

fn header(sequence: u16) -> [u8; HEADER_BYTES] {
    let mut header = [0; HEADER_BYTES];
    header[..2].copy_from_slice(&[0x90, 96]);
    header[2..4].copy_from_slice(&sequence.to_be_bytes());
    header[11] = 7;
    header[12..16].copy_from_slice(&[0xBE, 0xDE, 0, 2]);
    header
}

#[inline(never)]
fn protect(outbound: &mut Outbound, packet: &mut Vec<u8>) -> Outcome<()> {
    Ok(outbound.protect_rtp(packet)?)
}

#[inline(never)]
fn protect_into(
    outbound: &mut Outbound,
    header: &[u8],
    payload: &[u8],
    out: &mut Vec<u8>,
) -> Outcome<()> {
    Ok(outbound.protect_rtp_into(header, payload, out)?)
}

#[inline(never)]
fn unprotect(inbound: &mut Inbound, packet: &mut [u8]) -> Outcome<()> {
    black_box(inbound.unprotect_rtp(packet)?);
    Ok(())
}

/// OpenSSL alone.
struct Bare {
    seal: CipherCtx,
    open: CipherCtx,
    hmac: MdCtx,
    hmac_key: PKey<Private>,
    is_counter: bool,
    iv: [u8; 16],
    tag: [u8; TAG_BYTES_MAX],
}

impl Bare {
    fn new(profile: ProtectionProfile, key: &[u8]) -> Outcome<Self> {
        let (cipher, is_counter) = match profile {
            ProtectionProfile::AeadAes256Gcm => (Cipher::aes_256_gcm(), false),
            ProtectionProfile::AeadAes128Gcm => (Cipher::aes_128_gcm(), false),
            _ => (Cipher::aes_128_ctr(), true),
        };
        let (mut seal, mut open) = (CipherCtx::new()?, CipherCtx::new()?);
        seal.encrypt_init(Some(cipher), Some(&key[..profile.key_bytes()]), None)?;
        open.decrypt_init(Some(cipher), Some(&key[..profile.key_bytes()]), None)?;
        Ok(Bare {
            seal,
            open,
            hmac: MdCtx::new()?,
            hmac_key: PKey::hmac(&key[..20])?,
            is_counter,
            iv: [7; 16],
            tag: [0; TAG_BYTES_MAX],
        })
    }
}

#[inline(never)]
fn bare_seal(bare: &mut Bare, packet: &mut [u8]) -> Outcome<()> {
    let (header, payload) = packet.split_at_mut(HEADER_BYTES);
    bare.seal.encrypt_init(None, None, Some(&bare.iv))?;
    if bare.is_counter {
        bare.seal.cipher_update_inplace(payload, PAYLOAD_BYTES)?;
        return Ok(());
    }
    bare.seal.cipher_update(header, None)?;
    bare.seal.cipher_update_inplace(payload, PAYLOAD_BYTES)?;
    bare.seal.cipher_final(&mut [])?;
    Ok(bare.seal.tag(&mut bare.tag)?)
}

#[inline(never)]
fn bare_open(bare: &mut Bare, packet: &mut [u8]) -> Outcome<()> {
    let (header, payload) = packet.split_at_mut(HEADER_BYTES);
    bare.open.decrypt_init(None, None, Some(&bare.iv))?;
    bare.open.cipher_update(header, None)?;
    bare.open.cipher_update_inplace(payload, PAYLOAD_BYTES)?;
    bare.open.set_tag(&bare.tag)?;
    bare.open.cipher_final(&mut [])?;
    Ok(())
}

#[inline(never)]
fn bare_hash(packet: &[u8]) {
    let mut sha1 = Sha1::new();
    sha1.update(packet);
    black_box(sha1.finish());
}

/// What HMAC costs by the interface that OpenSSL recommends.
#[inline(never)]
fn evp_hmac(bare: &mut Bare, packet: &[u8]) -> Outcome<()> {
    let mut hash = [0; 20];
    bare.hmac.digest_sign_init(Some(Md::sha1()), &bare.hmac_key)?;
    bare.hmac.digest_sign_update(packet)?;
    bare.hmac.digest_sign_final(Some(&mut hash))?;
    black_box(hash);
    Ok(())
}
