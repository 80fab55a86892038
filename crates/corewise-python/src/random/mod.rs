//! `corewise.random`: NumPy's bit generators and arrays in, the crate's streams behind.

mod array;
mod bitgen;
mod call;
mod fill;
mod integers;
mod legacy;
mod methods;
mod parameters;
mod shuffle;
mod state;
mod stream;
mod watch;

pub(crate) use methods::{LegacyStreams, Streams};
pub(crate) use stream::Stream;
