//! What a typed line means: something to say, or a command.

/// The commands, for whoever mistypes one.
pub(super) const COMMANDS: &str =
    "/lock, /unlock, /admit NAME and /deny NAME; // begins a line of chat with /";

/// A typed line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Typed<'a> {
    /// Nothing.
    Nothing,
    /// A line of chat.
    Say(&'a str),
    /// Newcomers are to wait, or not any more.
    Lock(bool),
    /// Somebody who waits may come in, or not; their name.
    Admit(&'a str, bool),
    /// No command; what was typed.
    Unknown(&'a str),
}

/// Reads a line.
pub(super) fn read(line: &str) -> Typed<'_> {
    let line = line.trim_end();
    let Some(command) = line.strip_prefix('/') else {
        return if line.is_empty() { Typed::Nothing } else { Typed::Say(line) };
    };
    if command.starts_with('/') {
        return Typed::Say(command);
    }
    let (word, rest) = command.split_once(char::is_whitespace).unwrap_or((command, ""));
    match (word, rest.trim()) {
        ("lock", "") => Typed::Lock(true),
        ("unlock", "") => Typed::Lock(false),
        ("admit", name) if !name.is_empty() => Typed::Admit(name, true),
        ("deny", name) if !name.is_empty() => Typed::Admit(name, false),
        _ => Typed::Unknown(line),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chat_and_commands() {
        for (line, typed) in [
            ("", Typed::Nothing),
            ("  \n", Typed::Nothing),
            ("hello", Typed::Say("hello")),
            ("//usr/bin", Typed::Say("/usr/bin")),
            ("/lock", Typed::Lock(true)),
            ("/unlock ", Typed::Lock(false)),
            ("/admit Bob the Great", Typed::Admit("Bob the Great", true)),
            ("/deny Bob", Typed::Admit("Bob", false)),
            ("/admit", Typed::Unknown("/admit")),
            ("/locker", Typed::Unknown("/locker")),
            ("/lock now", Typed::Unknown("/lock now")),
        ] {
            assert_eq!(read(line), typed, "{line:?}");
        }
    }
}
