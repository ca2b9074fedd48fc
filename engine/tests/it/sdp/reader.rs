//! A second reader, as strict as RFC 8866 section 9 about lines and their order, which knows
//! nothing of their values.

/// A section as lines: the letter, and what follows `=`.
pub(super) type Section<'a> = Vec<(char, &'a str)>;

/// The session and the m-lines; or the first line that is not where it must be.
pub(super) fn sections(text: &str) -> Result<Vec<Section<'_>>, String> {
    let mut sections: Vec<Section<'_>> = vec![Vec::new()];
    let body = text.strip_suffix("\r\n").ok_or("the last line has no end")?;
    for line in body.split("\r\n") {
        if line.contains(['\r', '\n', '\0']) {
            return Err(format!("an end within {line:?}"));
        }
        let (kind, value) = line.split_once('=').ok_or(format!("no type in {line:?}"))?;
        let mut letters = kind.chars();
        let (Some(kind), None) = (letters.next(), letters.next()) else {
            return Err(format!("a type of more than a letter in {line:?}"));
        };
        if kind == 'm' {
            sections.push(Vec::new());
        }
        sections.last_mut().expect("one from the start").push((kind, value));
    }
    for (index, section) in sections.iter().enumerate() {
        in_order(section, if index == 0 { "vosiuepcbtrzka" } else { "micbka" })?;
    }
    let first: Vec<char> = sections[0].iter().take(3).map(|(kind, _)| *kind).collect();
    if first != ['v', 'o', 's'] || !sections[0].iter().any(|(kind, _)| *kind == 't') {
        return Err(format!("a session of {first:?}"));
    }
    Ok(sections)
}

fn in_order(section: &Section<'_>, order: &str) -> Result<(), String> {
    let mut rest = order;
    for (kind, value) in section {
        let at = rest.find(*kind).ok_or(format!("{kind}={value} stands after what it precedes"))?;
        rest = &rest[at..];
    }
    Ok(())
}

/// The values of an attribute in a section.
pub(super) fn values<'a>(section: &Section<'a>, name: &str) -> Vec<&'a str> {
    let attributes = section.iter().filter(|(kind, _)| *kind == 'a').map(|(_, value)| *value);
    attributes.filter_map(|value| value.strip_prefix(name)?.strip_prefix(':')).collect()
}
