//! The one imperative loop of mirroring: puts many files at once and says of each what became of it. It decides nothing.

use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::{StreamExt as _, stream};

use crate::ids::{ObjectKey, Sha256Hex};
use crate::ports::{LocalFile, MediaStore, StateError, StoreError, StoreErrorKind, Upload};

/// Files on their way at once: more gain nothing, on a machine or over a network.
const AT_ONCE: usize = 16;

/// One file to put.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    pub key: ObjectKey,
    pub file: LocalFile,
    pub sha256: Sha256Hex,
    pub kind: &'static str,
}

/// What became of all of them.
#[derive(Debug, Default)]
pub struct Moved {
    pub done: usize,
    pub bytes: u64,
    pub failed: Vec<(Task, StoreError)>,
    /// Not begun, because nothing would have worked any more, or because the run was asked to end.
    pub skipped: usize,
}

/// Put all files into the store. `done` is told of every one that is there, with its entity tag; `progress` of bytes.
pub async fn transfer<S: MediaStore>(
    store: &S,
    mut tasks: Vec<Task>,
    (stop, progress): (&(dyn Fn() -> bool + Sync), &(dyn Fn(u64) + Sync)),
    mut done: impl AsyncFnMut(&Task, String) -> Result<(), StateError>,
) -> Result<Moved, StateError> {
    // The largest first: one that began last would be waited for alone.
    tasks.sort_by(|a, b| b.file.stamp.size.cmp(&a.file.stamp.size).then_with(|| a.key.cmp(&b.key)));
    let hopeless = AtomicBool::new(false);
    let put = |task: Task| {
        let hopeless = &hopeless;
        async move {
            if hopeless.load(Ordering::Relaxed) || stop() {
                return (task, None);
            }
            let body = crate::ports::Body::File(&task.file);
            let upload = Upload { body, kind: task.kind, sha256: &task.sha256, progress };
            let outcome = store.put(&task.key, &upload).await;
            if outcome.as_ref().is_err_and(|error| error.kind != StoreErrorKind::File) {
                hopeless.store(true, Ordering::Relaxed);
            }
            (task, Some(outcome))
        }
    };
    let mut under_way = stream::iter(tasks).map(put).buffer_unordered(AT_ONCE);
    let mut moved = Moved::default();
    while let Some((task, outcome)) = under_way.next().await {
        match outcome {
            Some(Ok(etag)) => {
                moved.done += 1;
                moved.bytes += task.file.stamp.size;
                done(&task, etag).await?;
            }
            Some(Err(error)) => moved.failed.push((task, error)),
            None => moved.skipped += 1,
        }
    }
    Ok(moved)
}
