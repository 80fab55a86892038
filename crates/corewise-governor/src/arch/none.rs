//! An architecture without stubs: nothing is hooked, and `install` says so.

pub(crate) fn stub(_index: usize) -> Option<usize> {
    None
}

pub(crate) fn dlsym_stub() -> Option<usize> {
    None
}

pub(crate) fn is_stub(_address: usize) -> bool {
    false
}
