//! Programs of this machine, and processes that ran here.

use std::path::{Path, PathBuf};

/// Whether it is a file that may be run.
pub(crate) fn can_run(path: &Path) -> bool {
    path.is_file() && rustix::fs::access(path, rustix::fs::Access::EXEC_OK).is_ok()
}

/// The first of these programs on the path, or in the folders that only root has on its path.
pub fn find_program(names: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    folders.extend(["/usr/sbin".into(), "/sbin".into()]);
    let candidates =
        names.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    candidates.into_iter().find(|candidate| can_run(candidate))
}

/// Whether what follows a prefix starts with the number of a process that has ended.
pub(crate) fn maker_is_gone(rest: &str) -> bool {
    let process = rest.split('-').next().and_then(|digits| digits.parse::<u32>().ok());
    process.is_some_and(|process| !Path::new("/proc").join(process.to_string()).exists())
}

#[cfg(test)]
mod tests {
    use super::maker_is_gone;

    #[test]
    fn only_makers_that_have_ended_are_gone() {
        assert!(!maker_is_gone(&format!("{}-x", std::process::id())));
        assert!(maker_is_gone(&format!("{}-x", u32::MAX)));
        assert!(!maker_is_gone("x"));
    }
}
