//! Buffers for parts of files, used again: an allocator that gets them back keeps them, for every thread anew.

use std::sync::{Arc, Mutex, PoisonError};

use hyper::body::Bytes;

/// Buffers that nobody uses now.
#[derive(Debug, Clone, Default)]
pub(super) struct Pool(Arc<Mutex<Vec<Vec<u8>>>>);

impl Pool {
    /// A buffer, with whatever was in it before.
    pub(super) fn take(&self) -> Vec<u8> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default()
    }

    /// The bytes of a buffer, which comes back when the last of their users is done.
    pub(super) fn lend(&self, buffer: Vec<u8>) -> Bytes {
        Bytes::from_owner(Lent { buffer, pool: self.clone() })
    }
}

struct Lent {
    buffer: Vec<u8>,
    pool: Pool,
}

impl AsRef<[u8]> for Lent {
    fn as_ref(&self) -> &[u8] {
        &self.buffer
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let buffer = std::mem::take(&mut self.buffer);
        self.pool.0.lock().unwrap_or_else(PoisonError::into_inner).push(buffer);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buffers_come_back_when_their_last_user_is_done() {
        let pool = Pool::default();
        let mut buffer = pool.take();
        buffer.extend_from_slice(b"hello");
        let bytes = pool.lend(buffer);
        let other = bytes.clone();
        drop(bytes);
        assert!(pool.take().is_empty(), "still in use");
        assert_eq!(&other[..], b"hello");
        drop(other);
        assert_eq!(pool.take(), b"hello");
    }
}
