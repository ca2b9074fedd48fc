//! Memory of a process, as Linux tells it.

/// Resident memory of a process, in bytes; `None` where nobody tells it.
pub fn resident_bytes(process: u32) -> Option<u64> {
    told(process, "VmRSS:")
}

/// The most that this process has had in memory so far, in bytes; `None` where nobody tells it.
pub fn peak_bytes() -> Option<u64> {
    told(std::process::id(), "VmHWM:")
}

fn told(process: u32, name: &str) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    let kib: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kib * 1_024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_peak_outlives_what_was_freed() {
        let before = peak_bytes().expect("this is Linux");
        let block = std::hint::black_box(vec![1_u8; 64 << 20]);
        drop(block);
        assert!(peak_bytes().expect("this is Linux") > before.max(64 << 20));
        assert!(resident_bytes(std::process::id()).expect("this is Linux") > 0);
    }
}
