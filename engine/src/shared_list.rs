//! A list of which there is one for all who have it.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

/// A list that is shared by its clones until one of them is changed; that one has a list of its own
/// from then on. What descriptions say of codecs is long, and the same in many places: what we
/// offered, what was answered, what is in use.
///
/// ```
/// use lapwing_engine::SharedList;
/// let first: SharedList<u8> = vec![1, 2].into();
/// let mut second = first.clone();
/// second.push(3);
/// assert_eq!((first.len(), second.len()), (2, 3));
/// ```
pub struct SharedList<T>(Option<Arc<Vec<T>>>);

impl<T: 'static> SharedList<T> {
    const EMPTY: &'static Vec<T> = &Vec::new();

    /// Without elements; it takes no memory.
    pub const fn new() -> Self {
        SharedList(None)
    }

    /// Is one with another list, where the two say the same.
    pub fn share_with(&mut self, other: &Self)
    where
        T: PartialEq,
    {
        if self == other {
            self.0.clone_from(&other.0);
        }
    }
}

impl<T> Clone for SharedList<T> {
    fn clone(&self) -> Self {
        SharedList(self.0.clone())
    }
}

impl<T> Default for SharedList<T> {
    fn default() -> Self {
        SharedList(None)
    }
}

impl<T: 'static> Deref for SharedList<T> {
    type Target = Vec<T>;

    fn deref(&self) -> &Vec<T> {
        self.0.as_deref().unwrap_or(Self::EMPTY)
    }
}

impl<T: Clone + 'static> DerefMut for SharedList<T> {
    fn deref_mut(&mut self) -> &mut Vec<T> {
        Arc::make_mut(self.0.get_or_insert_default())
    }
}

impl<T> From<Vec<T>> for SharedList<T> {
    fn from(mut list: Vec<T>) -> Self {
        list.shrink_to_fit();
        SharedList(if list.is_empty() { None } else { Some(Arc::new(list)) })
    }
}

impl<T> FromIterator<T> for SharedList<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        Vec::from_iter(items).into()
    }
}

impl<'a, T: 'static> IntoIterator for &'a SharedList<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<'a, T: Clone + 'static> IntoIterator for &'a mut SharedList<T> {
    type Item = &'a mut T;
    type IntoIter = std::slice::IterMut<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter_mut()
    }
}

impl<T: PartialEq + 'static> PartialEq for SharedList<T> {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Some(own), Some(others)) => Arc::ptr_eq(own, others) || own == others,
            _ => self.is_empty() && other.is_empty(),
        }
    }
}

impl<T: Eq + 'static> Eq for SharedList<T> {}

impl<T: fmt::Debug + 'static> fmt::Debug for SharedList<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_one_until_it_is_changed() {
        let first: SharedList<u8> = vec![1, 2].into();
        let mut second: SharedList<u8> = [1, 2].into_iter().collect();
        let place = |list: &SharedList<u8>| list.as_ptr();
        assert_ne!(place(&first), place(&second));
        second.share_with(&first);
        assert_eq!(place(&first), place(&second));
        second.iter_mut().for_each(|item| *item += 1);
        assert_eq!((&first[..], &second[..]), (&[1, 2][..], &[2, 3][..]));
        second.share_with(&first);
        assert_eq!(&second[..], [2, 3], "another one stays");
    }

    #[test]
    fn an_empty_list_is_as_good_as_none() {
        let mut emptied: SharedList<u8> = vec![1].into();
        emptied.clear();
        assert_eq!(emptied, SharedList::new());
        assert_eq!(emptied, SharedList::from(Vec::new()));
        assert!(SharedList::<u8>::default().is_empty());
    }
}
