//! Sets of slots.

use crate::SLOTS;

/// A set of slots.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SlotSet([u64; SLOTS / 64]);

impl SlotSet {
    /// Adds a slot. One beyond [`SLOTS`] is not added.
    pub fn insert(&mut self, index: usize) {
        if let Some(word) = self.0.get_mut(index / 64) {
            *word |= 1 << (index % 64);
        }
    }

    /// Sets the slots 64 × `index` to 64 × `index` + 63 at once, a bit each.
    pub fn set_word(&mut self, index: usize, bits: u64) {
        if let Some(word) = self.0.get_mut(index) {
            *word = bits;
        }
    }

    /// Whether a slot is in the set.
    #[must_use]
    pub fn contains(&self, index: usize) -> bool {
        self.0.get(index / 64).is_some_and(|word| word & (1 << (index % 64)) != 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_beyond_the_table_is_in_no_set() {
        let mut set = SlotSet::default();
        set.insert(SLOTS - 1);
        set.insert(SLOTS);
        set.set_word(SLOTS / 64, u64::MAX);
        assert!(set.contains(SLOTS - 1) && !set.contains(SLOTS) && !set.contains(usize::MAX));
        assert!(!set.contains(0));
    }
}
