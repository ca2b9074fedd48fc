//! All keys, and the reference that is made of them.

use std::fmt::Write;

use crate::scenario::keys::{
    Key, KeyTable, Need, Shape, events, expected, links, network, traffic,
};

/// All tables, in the order in which people meet them.
pub fn tables() -> impl Iterator<Item = &'static KeyTable> {
    [network::TABLES, links::TABLES, traffic::TABLES, events::TABLES, expected::TABLES]
        .into_iter()
        .flatten()
}

/// The reference of scenario files as Markdown: a heading and a table for each table of a file.
///
/// ```
/// let text = lapwing_simnet::scenario::reference();
/// assert!(text.contains("| `delay_ms` | number, 0 to 60,000 | ms | 0 | "));
/// ```
pub fn reference() -> String {
    let mut text = String::new();
    for table in tables() {
        write(&mut text, table);
    }
    text
}

fn write(text: &mut String, table: &KeyTable) {
    // Writing to a text cannot fail.
    let _ = writeln!(text, "### {}\n\n{}\n", table.title, table.says);
    text.push_str(
        "| key | what it may be | unit | without it | what it is |\n|---|---|---|---|---|\n",
    );
    for Key { name, shape, unit, need, says } in table.keys {
        let need = match need {
            Need::Must => "a fault".to_owned(),
            Need::May => "-".to_owned(),
            Need::Else(value) => value.replace('\'', "`"),
        };
        let _ = writeln!(text, "| `{name}` | {} | {unit} | {need} | {says} |", words(*shape));
    }
    text.push('\n');
}

fn words(shape: Shape) -> String {
    match shape {
        Shape::Number(min, max) => format!("number, {} to {}", plain(min), plain(max)),
        Shape::Whole(min, max) if min == max => format!("{min}"),
        Shape::Whole(min, max) => {
            format!("whole number, {} to {}", plain(min as f64), plain(max as f64))
        }
        Shape::Numbers(min, max) => {
            format!("list of numbers, {} to {}", plain(min), plain(max))
        }
        Shape::Wholes(min, max) => {
            format!("list of whole numbers, {} to {}", plain(min as f64), plain(max as f64))
        }
        Shape::Flag => "true or false".to_owned(),
        Shape::Text => "text".to_owned(),
        Shape::Texts => "list of texts".to_owned(),
        Shape::Words(all) => {
            all.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
        }
        Shape::Part => "text, or a table with `name` and numbers".to_owned(),
        Shape::Table => "table".to_owned(),
        Shape::Tables => "list of tables".to_owned(),
    }
}

/// A number with its thousands apart.
fn plain(number: f64) -> String {
    let text = number.to_string();
    let (whole, rest) = text.split_once('.').map_or((text.as_str(), None), |(w, r)| (w, Some(r)));
    let mut parts = String::new();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            parts.push(',');
        }
        parts.push(digit);
    }
    rest.map_or(parts.clone(), |rest| format!("{parts}.{rest}"))
}
