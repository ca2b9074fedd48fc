//! What is kept for each of many streams, found in as many steps however many there are.
//!
//! Streams lie on pages, side by side. A page is there while one of its streams is, so streams far
//! apart take a page each, and the list of pages is as long as the highest stream asks for: 32 KiB
//! at the most, and 9 bytes for each stream with all pages there.

/// Streams on a page: a power of two. Few, as most associations use one or two streams.
const PAGE: usize = 16;

/// Something for each stream that has it.
#[derive(Debug)]
pub(super) struct ByStream<T> {
    pages: Vec<Option<Box<Page<T>>>>,
    len: usize,
}

/// In boxes: of a page most places may be empty.
#[derive(Debug)]
struct Page<T> {
    places: [Option<Box<T>>; PAGE],
    len: usize,
}

impl<T> Default for ByStream<T> {
    fn default() -> Self {
        ByStream { pages: Vec::new(), len: 0 }
    }
}

impl<T> ByStream<T> {
    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn contains(&self, stream: u16) -> bool {
        self.get(stream).is_some()
    }

    pub(super) fn get(&self, stream: u16) -> Option<&T> {
        let (page, place) = split(stream);
        self.pages.get(page)?.as_ref()?.places[place].as_deref()
    }

    pub(super) fn get_mut(&mut self, stream: u16) -> Option<&mut T> {
        let (page, place) = split(stream);
        self.pages.get_mut(page)?.as_mut()?.places[place].as_deref_mut()
    }

    pub(super) fn get_or_insert_with(&mut self, stream: u16, new: impl FnOnce() -> T) -> &mut T {
        let (page, place) = split(stream);
        if self.pages.len() <= page {
            self.pages.reserve_exact(page + 1 - self.pages.len());
            self.pages.resize_with(page + 1, || None);
        }
        let page = self.pages[page].get_or_insert_with(|| Box::new(Page::new()));
        let entry = &mut page.places[place];
        if entry.is_none() {
            page.len += 1;
            self.len += 1;
        }
        entry.get_or_insert_with(|| Box::new(new()))
    }

    pub(super) fn remove(&mut self, stream: u16) -> Option<Box<T>> {
        let (number, place) = split(stream);
        let page = self.pages.get_mut(number)?.as_mut()?;
        let entry = page.places[place].take()?;
        page.len -= 1;
        self.len -= 1;
        if page.len == 0 {
            self.pages[number] = None;
        }
        if self.len == 0 {
            self.pages = Vec::new();
        }
        Some(entry)
    }

    /// All of them, by stream.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u16, &T)> {
        let pages = self.pages.iter().enumerate();
        let pages = pages.filter_map(|(number, page)| Some((number, page.as_ref()?)));
        pages.flat_map(|(number, page)| {
            let places = page.places.iter().enumerate();
            places.filter_map(move |(place, entry)| {
                let stream = u16::try_from(number * PAGE + place).expect("a stream made it");
                Some((stream, entry.as_deref()?))
            })
        })
    }
}

impl<T> Page<T> {
    fn new() -> Self {
        Page { places: [const { None }; PAGE], len: 0 }
    }
}

/// The page of a stream, and its place there.
fn split(stream: u16) -> (usize, usize) {
    (usize::from(stream) / PAGE, usize::from(stream) % PAGE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #[test]
        fn as_a_map_has_it(
            steps in prop::collection::vec((0u16..3, prop_oneof![0u16..80, 65_500u16..=65_535]), 0..200),
        ) {
            let (mut table, mut map) = (ByStream::default(), BTreeMap::new());
            for (count, (step, stream)) in steps.into_iter().enumerate() {
                match step {
                    0 => prop_assert_eq!(table.remove(stream).map(|it| *it), map.remove(&stream)),
                    1 => {
                        let new = *map.entry(stream).or_insert(count);
                        prop_assert_eq!(*table.get_or_insert_with(stream, || count), new);
                    }
                    _ => {
                        prop_assert_eq!(table.get_mut(stream), map.get_mut(&stream));
                        prop_assert_eq!(table.contains(stream), map.contains_key(&stream));
                    }
                }
                prop_assert_eq!(table.len(), map.len());
            }
            let all: Vec<_> = table.iter().collect();
            prop_assert_eq!(all, map.iter().map(|(stream, it)| (*stream, it)).collect::<Vec<_>>());
        }
    }

    #[test]
    fn pages_go_with_their_streams() {
        let mut table = ByStream::default();
        for stream in (0..u16::MAX).step_by(PAGE) {
            table.get_or_insert_with(stream, || 0);
            table.get_or_insert_with(stream + 1, || 0);
        }
        assert_eq!((table.pages.len(), table.len()), (65_536 / PAGE, 2 * 65_536 / PAGE));
        assert!((0..u16::MAX).step_by(PAGE).all(|stream| table.remove(stream).is_some()));
        assert!(table.pages.iter().all(Option::is_some));
        (1..u16::MAX).step_by(PAGE).skip(1).for_each(|stream| {
            table.remove(stream);
        });
        assert_eq!(table.pages.iter().flatten().count(), 1);
        table.remove(1);
        assert_eq!(table.pages.capacity(), 0);
    }
}
