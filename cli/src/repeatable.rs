//! Where runs repeat byte for byte.

/// Does `work` on a thread of its own, in a process whose randomness and clock are replaced from
/// here on, so that libraries that draw on them give the same in every such process. Elsewhere than
/// on Linux nothing is replaced.
pub(crate) fn repeatable<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    #[cfg(target_os = "linux")]
    let done = {
        lapwing_simnet::system::replace();
        lapwing_simnet::system::on_fresh_thread(work)
    };
    #[cfg(not(target_os = "linux"))]
    let done = work();
    done
}
