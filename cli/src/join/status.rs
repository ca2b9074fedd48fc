//! A line on the terminal that is rewritten, above the one on which people type: what they have
//! typed of a line stays where it is.

/// Without this a terminal goes on with the next line where one is full; with it, it cuts.
const CUT: &str = "\u{1b}[?7l";
/// As before.
const WRAP: &str = "\u{1b}[?7h";

/// Puts the line where the cursor is, and the cursor below it.
pub(super) fn begin(line: &str) -> String {
    format!("\r\u{1b}[K{CUT}{line}{WRAP}\n")
}

/// Puts a line in place of the one that stands above the cursor.
pub(super) fn rewrite(line: &str) -> String {
    format!("\u{1b}7\u{1b}[1A\r\u{1b}[2K{CUT}{line}{WRAP}\u{1b}8")
}

/// Takes the line away that stands above the cursor, with all below it; what comes next stands
/// there.
pub(super) fn end() -> &'static str {
    "\u{1b}[1A\r\u{1b}[J"
}

/// Takes the line away where something was typed below it, of so many rows, and ended.
pub(super) fn end_above(rows: usize) -> String {
    format!("\u{1b}[{}A\r\u{1b}[M\u{1b}[{rows}B", rows + 1)
}

/// The rows that a typed line takes on a terminal of so many columns.
pub(super) fn rows(line: &str, columns: usize) -> usize {
    line.chars().count().div_ceil(columns.max(1)).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a terminal shows, which knows no more than what is used above. It has no last row.
    #[derive(Default)]
    struct Terminal {
        rows: Vec<String>,
        row: usize,
        column: usize,
        kept: (usize, usize),
    }

    impl Terminal {
        fn write(&mut self, text: &str) {
            let mut rest = text.chars();
            while let Some(c) = rest.next() {
                self.rows.resize(self.rows.len().max(self.row + 1), String::new());
                match c {
                    '\r' => self.column = 0,
                    '\n' => (self.row, self.column) = (self.row + 1, 0),
                    '\u{1b}' => match rest.next() {
                        Some('7') => self.kept = (self.row, self.column),
                        Some('8') => (self.row, self.column) = self.kept,
                        _ => {
                            let is_end = |c: &char| c.is_ascii_alphabetic();
                            let mut count = String::new();
                            let end = loop {
                                let c = rest.next().expect("a sequence ends");
                                if is_end(&c) {
                                    break c;
                                }
                                count.push(c);
                            };
                            self.obey(end, &count);
                        }
                    },
                    c => {
                        let row = &mut self.rows[self.row];
                        let mut cells: Vec<char> = row.chars().collect();
                        cells.resize(cells.len().max(self.column + 1), ' ');
                        cells[self.column] = c;
                        *row = cells.into_iter().collect();
                        self.column += 1;
                    }
                }
            }
        }

        fn obey(&mut self, end: char, count: &str) {
            let number = count.parse().unwrap_or(1);
            match end {
                'A' => self.row -= number,
                'B' => self.row += number,
                'K' if count == "2" => self.rows[self.row].clear(),
                'K' => self.rows[self.row].truncate(self.column),
                'J' => {
                    self.rows[self.row].truncate(self.column);
                    self.rows.truncate(self.row + 1);
                }
                'M' => drop(self.rows.remove(self.row)),
                'h' | 'l' => assert_eq!(count, "?7"),
                other => panic!("{other} is not used"),
            }
        }

        fn shown(&self) -> Vec<&str> {
            let rows = self.rows.iter().map(String::as_str);
            rows.filter(|row| !row.is_empty()).collect()
        }
    }

    #[test]
    fn one_line_is_rewritten_and_gives_way_to_others() {
        let mut terminal = Terminal::default();
        terminal.write("in room tea\n");
        terminal.write(&begin("levels 1, which are long"));
        terminal.write(&rewrite("levels 2"));
        assert_eq!(terminal.shown(), ["in room tea", "levels 2"]);
        terminal.write(end());
        terminal.write("Ada is here\n");
        terminal.write(&begin("levels 3"));
        assert_eq!(terminal.shown(), ["in room tea", "Ada is here", "levels 3"]);
    }

    #[test]
    fn what_is_typed_stays() {
        let mut terminal = Terminal::default();
        terminal.write(&begin("levels 1"));
        terminal.write("good mor");
        terminal.write(&rewrite("levels 2"));
        terminal.write("ning\n");
        assert_eq!(terminal.shown(), ["levels 2", "good morning"]);
        terminal.write(&end_above(rows("good morning", 80)));
        terminal.write(&begin("levels 3"));
        terminal.write(&rewrite("levels 4"));
        assert_eq!(terminal.shown(), ["good morning", "levels 4"]);
    }

    #[test]
    fn long_lines_take_several_rows() {
        assert_eq!(["", "four", "eight888", "nine99999"].map(|line| rows(line, 4)), [1, 1, 2, 3]);
        assert_eq!(rows("a terminal that says nothing", 0), 28);
    }
}
