//! Where bytes of a loaded image come from.

use std::io;

/// Bytes by address. Integers are little endian, as on every platform that corewise reads.
pub trait Memory {
    /// Fills `buffer` with the bytes from `address` on, or fails.
    fn fill(&self, address: u64, buffer: &mut [u8]) -> io::Result<()>;

    /// `N` bytes.
    fn bytes<const N: usize>(&self, address: u64) -> io::Result<[u8; N]>
    where
        Self: Sized,
    {
        let mut bytes = [0; N];
        self.fill(address, &mut bytes)?;
        Ok(bytes)
    }

    /// A 32-bit number.
    fn u32(&self, address: u64) -> io::Result<u32>
    where
        Self: Sized,
    {
        self.bytes(address).map(u32::from_le_bytes)
    }

    /// A 64-bit number or address.
    fn u64(&self, address: u64) -> io::Result<u64>
    where
        Self: Sized,
    {
        self.bytes(address).map(u64::from_le_bytes)
    }

    /// A string that ends with NUL, at most `most` bytes of it. `None` where it cannot be read.
    fn string(&self, address: u64, most: usize) -> Option<String>
    where
        Self: Sized,
    {
        let mut text = Vec::new();
        let mut at = address;
        while text.len() < most {
            // A chunk never crosses a page, so a string at the end of a mapping is read whole.
            let chunk = usize::try_from(64 - at % 64).ok()?;
            let mut bytes = [0; 64];
            self.fill(at, &mut bytes[..chunk]).ok()?;
            let bytes = &bytes[..chunk];
            if let Some(end) = bytes.iter().position(|byte| *byte == 0) {
                text.extend_from_slice(&bytes[..end]);
                break;
            }
            text.extend_from_slice(bytes);
            at = at.checked_add(chunk as u64)?;
        }
        text.truncate(most);
        Some(String::from_utf8_lossy(&text).into_owned())
    }
}

#[cfg(test)]
impl Memory for [u8] {
    fn fill(&self, address: u64, buffer: &mut [u8]) -> io::Result<()> {
        let start = usize::try_from(address).map_err(io::Error::other)?;
        let bytes = start
            .checked_add(buffer.len())
            .and_then(|end| self.get(start..end))
            .ok_or(io::ErrorKind::UnexpectedEof)?;
        buffer.copy_from_slice(bytes);
        Ok(())
    }
}
