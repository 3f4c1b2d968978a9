//! A bar for each upload that takes more than a moment.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar};

use super::context::{Context, byte_bar};
use crate::telegram::Upload;

/// An upload that is through sooner needs no bar.
const A_MOMENT: Duration = Duration::from_secs(1);

/// Counts from the beginning, drawn or not.
struct Bar {
    bar: ProgressBar,
    drawn: bool,
}

/// Shows the uploads of one client, which come one after another.
pub(super) fn show(context: &Context) -> impl Fn(Upload) + Send + Sync + use<> {
    let bars: MultiProgress = context.bars.clone();
    let current: Mutex<Option<Bar>> = Mutex::new(None);
    move |what| {
        let mut current = current.lock().unwrap_or_else(PoisonError::into_inner);
        match what {
            Upload::Begun(bytes) => *current = Some(Bar { bar: byte_bar(bytes), drawn: false }),
            Upload::Passed(bytes) => {
                let Some(shown) = current.as_mut() else { return };
                shown.bar.inc(bytes);
                if !shown.drawn && shown.bar.elapsed() >= A_MOMENT {
                    bars.add(shown.bar.clone());
                    shown.drawn = true;
                }
            }
            Upload::Ended => {
                if let Some(shown) = current.take() {
                    shown.bar.finish_and_clear();
                }
            }
        }
    }
}
