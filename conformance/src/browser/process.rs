//! A browser as a process: started in a fresh folder, killed with all its children.

use super::log::Log;
use crate::programs::{find_program, maker_is_gone};
use rustix::process::{Pid, Signal, kill_process_group};
use std::io;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;
use tempfile::TempDir;

/// Killed processes are gone as soon as the kernel gets to them.
const DEATH_TIMEOUT: Duration = Duration::from_secs(10);

/// Home folders are named so; then the process that made them and some letters follow.
const HOME_PREFIX: &str = "lapwing-browser-";

/// A running browser and the folder that holds its profile, its cache and whatever else it writes.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    killed: bool,
    log: Log,
    home: TempDir,
}

impl Process {
    /// Starts what `build` says for a fresh home folder.
    pub(super) fn start<E: From<io::Error>>(
        build: impl FnOnce(&Path) -> Result<Command, E>,
    ) -> Result<Self, E> {
        delete_abandoned();
        let prefix = format!("{HOME_PREFIX}{}-", std::process::id());
        let home = tempfile::Builder::new().prefix(&prefix).tempdir()?;
        let command = build(home.path())?;
        let (reader, writer) = io::pipe()?;
        let mut command = dying_with_us(&command);
        command
            .env("HOME", home.path())
            .env("XDG_CONFIG_HOME", home.path().join("config"))
            .env("XDG_CACHE_HOME", home.path().join("cache"))
            .env("XDG_RUNTIME_DIR", home.path())
            // Both browsers leave files where temporary ones go.
            .env("TMPDIR", home.path())
            .env_remove("DISPLAY")
            .env_remove("WAYLAND_DISPLAY")
            .env_remove("DBUS_SESSION_BUS_ADDRESS")
            .current_dir(home.path())
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(writer.try_clone()?)
            .stderr(writer);
        let child = command.spawn()?;
        // The command holds our copies of the pipe's writing end: without this the log would never
        // end.
        drop(command);
        Ok(Self { child, killed: false, log: Log::follow(reader), home })
    }

    pub(super) fn log(&self) -> &Log {
        &self.log
    }

    /// The folder that holds all that the browser writes.
    pub(super) fn home(&self) -> &Path {
        self.home.path()
    }

    /// Kills it and its children.
    pub(super) fn kill(&mut self) {
        if std::mem::replace(&mut self.killed, true) {
            return;
        }
        // The group is there as long as its leader has not been waited for, even if that has ended.
        let leader = Pid::from_child(&self.child);
        let _ = kill_process_group(leader, Signal::KILL);
        let _ = self.child.wait();
    }

    /// How it ended, if it did.
    pub(super) fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
        // Only then is nobody left who writes into the folder that is deleted next.
        if !self.log.wait_for_end(DEATH_TIMEOUT) {
            eprintln!("a browser's child outlived it: {}", self.log.tail());
        }
    }
}

/// Deletes home folders that tests left behind because they were killed.
fn delete_abandoned() {
    let Ok(entries) = std::fs::read_dir(std::env::temp_dir()) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.strip_prefix(HOME_PREFIX).is_some_and(maker_is_gone) {
            // What cannot be deleted does no harm where it is.
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

/// The same command, wrapped so that the kernel kills it when the thread that started it ends, also
/// if that is killed itself.
fn dying_with_us(command: &Command) -> Command {
    let Some(wrapper) = find_program(&["setpriv"]) else {
        let mut same = Command::new(command.get_program());
        copy_words(command, &mut same);
        return same;
    };
    let mut wrapped = Command::new(wrapper);
    wrapped.args(["--pdeathsig", "KILL", "--"]).arg(command.get_program());
    copy_words(command, &mut wrapped);
    wrapped
}

fn copy_words(from: &Command, to: &mut Command) {
    to.args(from.get_args());
    to.envs(from.get_envs().filter_map(|(name, value)| Some((name, value?))));
}

#[cfg(test)]
mod tests {
    use super::Process;
    use std::process::Command;
    use std::time::Duration;

    fn shell(script: &str) -> Process {
        let process = Process::start(|_| {
            let mut command = Command::new("sh");
            command.args(["-c", script]);
            Ok::<_, std::io::Error>(command)
        });
        process.expect("there is a shell")
    }

    #[test]
    fn what_it_prints_is_kept() {
        let mut process = shell("echo one; echo two >&2; pwd; echo $HOME");
        assert!(process.log().wait_for_end(Duration::from_secs(10)));
        let home = process.home().to_string_lossy().into_owned();
        assert_eq!(process.log().browser(), ["one", "two", &home, &home]);
        assert!(process.child.wait().is_ok_and(|status| status.success()));
        assert!(process.ended().is_some());
    }

    #[test]
    fn a_dropped_process_takes_its_children_and_its_folder_along() {
        let process = shell("echo ready > ready; tail -f ready & tail -f ready");
        let home = process.home().to_owned();
        let leader = process.child.id();
        drop(process);
        assert!(!home.exists());
        assert!(!std::path::Path::new("/proc").join(leader.to_string()).exists());
    }
}
