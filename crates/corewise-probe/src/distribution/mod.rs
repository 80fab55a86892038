//! Who shipped a file: a conda package, a wheel, a Debian package.
//!
//! Each kind keeps a list of its files beside them. A conda environment is asked first, since its
//! Python packages have wheel records too; then wheels, then dpkg, whose folders a wheel may be
//! installed into.

mod conda;
mod debian;
mod shippers;
mod wheel;

pub use shippers::Shippers;
