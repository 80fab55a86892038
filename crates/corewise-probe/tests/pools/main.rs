//! Pools and threads of real programs, against what each program knows about itself.

#[cfg(test)]
mod carrier;
#[cfg(test)]
mod files;
#[cfg(test)]
mod interpreters;
#[cfg(test)]
mod program;
#[cfg(test)]
mod truth;
