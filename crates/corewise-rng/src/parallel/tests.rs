//! Every way to fill an array against the plain loop: values by bits, and the generator's state.

mod cancelling;
mod forking;
mod made;
mod pooled;
mod real;
mod same;
