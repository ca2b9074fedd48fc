//! Datagrams that arrived, and found the buffer of their socket full.

use crate::netns::Namespace;

/// What the kernel counts them under, in the tables for IPv4 and for IPv6.
const V4: &str = "RcvbufErrors";
const V6: &str = "Udp6RcvbufErrors";

/// Datagrams that no socket in a namespace had room for, since it was made: whoever is to read them
/// did not do so in time.
pub(super) fn overflows(namespace: &Namespace) -> u64 {
    // Not `/proc/net`, which is that of the process's first thread.
    let [v4, v6] = namespace.run(|| {
        ["snmp", "snmp6"].map(|table| {
            std::fs::read_to_string(format!("/proc/thread-self/net/{table}")).unwrap_or_default()
        })
    });
    of_v4(&v4).unwrap_or(0) + of_v6(&v6).unwrap_or(0)
}

/// A line of names, and below it one of numbers.
fn of_v4(table: &str) -> Option<u64> {
    let mut lines = table.lines().filter_map(|line| line.strip_prefix("Udp: "));
    let (names, numbers) = (lines.next()?, lines.next()?);
    let column = names.split_whitespace().position(|name| name == V4)?;
    numbers.split_whitespace().nth(column)?.parse().ok()
}

/// Lines of a name and its number.
fn of_v6(table: &str) -> Option<u64> {
    let line = table.lines().find_map(|line| line.strip_prefix(V6))?;
    line.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_stands_below_its_name() {
        let table = "Icmp: InMsgs\nIcmp: 9\nUdp: InDatagrams InErrors RcvbufErrors SndbufErrors\n\
                     Udp: 11 12 13 14\nUdpLite: InDatagrams RcvbufErrors\nUdpLite: 21 22\n";
        assert_eq!(of_v4(table), Some(13));
        assert_eq!(of_v4("Udp: InDatagrams\nUdp: 1\n"), None);
        let table = "Udp6InErrors          \t1\nUdp6RcvbufErrors   \t3156\nUdpLite6InErrors\t2\n";
        assert_eq!(of_v6(table), Some(3156));
        assert_eq!(of_v6(""), None);
    }
}
