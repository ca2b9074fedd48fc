//! Elements of EBML, read by hand: what the writer wrote, without the reader's help.

/// One element.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Element<'a> {
    pub(crate) id: u32,
    /// Where its header begins in the file.
    pub(crate) start: usize,
    /// Where its content begins.
    pub(crate) content: usize,
    /// Whether its size is known; if not, it goes on to the end.
    pub(crate) sized: bool,
    pub(crate) data: &'a [u8],
}

impl Element<'_> {
    /// Where it ends in the file.
    pub(crate) fn end(&self) -> usize {
        self.content + self.data.len()
    }

    /// Its content as a number.
    pub(crate) fn number(&self) -> u64 {
        self.data.iter().fold(0, |value, &byte| value << 8 | u64::from(byte))
    }
}

/// The elements in `bytes`, which begin at `offset` in the file. Panics at what is no element.
pub(crate) fn elements(bytes: &[u8], offset: usize) -> Vec<Element<'_>> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let id_length = bytes[at].leading_zeros() as usize + 1;
        let number = |at: usize, length: usize| {
            bytes[at..at + length].iter().fold(0, |value, &byte| value << 8 | u64::from(byte))
        };
        let id = number(at, id_length) as u32;
        let size_at = at + id_length;
        let size_length = bytes[size_at].leading_zeros() as usize + 1;
        let ones = (1 << (7 * size_length)) - 1;
        let size = number(size_at, size_length) & ones;
        let content = size_at + size_length;
        let sized = size != ones;
        let end = if sized { content + size as usize } else { bytes.len() };
        let (start, content_at) = (offset + at, offset + content);
        found.push(Element { id, start, content: content_at, sized, data: &bytes[content..end] });
        at = end;
    }
    found
}

/// The elements of the segment.
pub(crate) fn segment(file: &[u8]) -> Vec<Element<'_>> {
    let top = elements(file, 0);
    let segment = top.iter().find(|element| element.id == 0x1853_8067).expect("a segment");
    elements(segment.data, segment.content)
}

/// The first element with this id.
pub(crate) fn find<'a>(elements: &[Element<'a>], id: u32) -> Element<'a> {
    *elements.iter().find(|element| element.id == id).expect("the element is there")
}

/// The duration that the head of a file says, in milliseconds. The rest of the file may be cut.
pub(crate) fn duration_ms(file: &[u8]) -> f64 {
    let at = file.windows(3).position(|window| window == [0x44, 0x89, 0x88]).expect("a duration");
    f64::from_be_bytes(*file[at + 3..].first_chunk().expect("it has eight bytes"))
}
