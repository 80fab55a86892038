//! Bit generators in the memory of real processes.

#[cfg(test)]
mod forked;
