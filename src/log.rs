//! A log in files, one a day: `tgsync_20260329.log`. The library's own appender names days otherwise, and in UTC only.
#![expect(clippy::disallowed_methods, reason = "an I/O room")]

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::ToSpan as _;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::FormatTime;

use crate::clock::Watch;

/// The time of a line, on the wall clock of a zone.
#[derive(Debug, Clone)]
pub struct WallClock {
    pub zone: TimeZone,
    pub watch: Watch,
}

impl FormatTime for WallClock {
    fn format_time(&self, w: &mut Writer<'_>) -> fmt::Result {
        let now = self.watch.now().to_zoned(self.zone.clone());
        write!(w, "{}", now.strftime("%Y-%m-%dT%H:%M:%S%.3f%:z"))
    }
}

/// A folder of such files. Programs that log to the same folder share them: each line is written at once, at the end.
#[derive(Debug, Clone)]
pub struct DailyLog(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    dir: PathBuf,
    clock: WallClock,
    keep_days: i32,
    today: Mutex<(Date, File)>,
}

impl DailyLog {
    /// Open the file of today; the folder is made if it is not there. Files older than `keep_days` are removed, now and
    /// whenever a day begins.
    pub fn open(dir: PathBuf, clock: WallClock, keep_days: i32) -> io::Result<Self> {
        fs::create_dir_all(&dir)?;
        let date = clock.today();
        let file = append_to(&dir, date)?;
        let log = Self(Arc::new(Inner { dir, clock, keep_days, today: Mutex::new((date, file)) }));
        log.0.sweep(date);
        Ok(log)
    }
}

impl WallClock {
    fn today(&self) -> Date {
        self.zone.to_datetime(self.watch.now()).date()
    }
}

impl Inner {
    /// Remove what is too old: files that are named exactly as ours are.
    fn sweep(&self, today: Date) {
        let Ok(first) = today.checked_sub(self.keep_days.days()) else { return };
        for entry in fs::read_dir(&self.dir).into_iter().flatten().flatten() {
            let date = entry.file_name().to_str().and_then(date_of);
            let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
            if is_file && date.is_some_and(|date| date < first) {
                // One that can't be removed is looked at again tomorrow.
                let _ = fs::remove_file(entry.path());
            }
        }
    }
}

impl Write for DailyLog {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let mut today = self.0.today.lock().unwrap_or_else(PoisonError::into_inner);
        let date = self.0.clock.today();
        if date != today.0 {
            *today = (date, append_to(&self.0.dir, date)?);
            self.0.sweep(date);
        }
        today.1.write(line)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'w> MakeWriter<'w> for DailyLog {
    type Writer = Self;

    fn make_writer(&'w self) -> Self {
        self.clone()
    }
}

fn append_to(dir: &std::path::Path, date: Date) -> io::Result<File> {
    let name = format!("tgsync_{}.log", date.strftime("%Y%m%d"));
    OpenOptions::new().create(true).append(true).open(dir.join(name))
}

fn date_of(name: &str) -> Option<Date> {
    let digits = name.strip_prefix("tgsync_")?.strip_suffix(".log")?;
    let exact = digits.len() == 8 && digits.bytes().all(|byte| byte.is_ascii_digit());
    Date::strptime("%Y%m%d", digits).ok().filter(|_| exact)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::AnyClock;

    async fn at(moment: &str, watch: &Watch) {
        let url = "https://api.telegram.org".parse().unwrap();
        let _ = AnyClock::choose(None, Some(moment), &url).await.unwrap().shown_on(watch);
    }

    fn names(dir: &std::path::Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(dir)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    #[tokio::test]
    async fn a_file_is_a_day_of_its_zone() {
        let dir = tempfile::tempdir().unwrap();
        let watch = Watch::default();
        let zone = TimeZone::get("Europe/Kyiv").unwrap();
        at("2026-03-28T21:59:59Z", &watch).await;
        let clock = WallClock { zone, watch: watch.clone() };
        let mut log = DailyLog::open(dir.path().join("a/b"), clock, 30).unwrap();
        log.write_all(b"one\n").unwrap();
        at("2026-03-28T22:00:00Z", &watch).await;
        log.write_all(b"two\n").unwrap();
        log.clone().write_all(b"three\n").unwrap();
        let read =
            |day: u8| fs::read_to_string(dir.path().join(format!("a/b/tgsync_202603{day}.log"))).unwrap();
        assert_eq!((read(28).as_str(), read(29).as_str()), ("one\n", "two\nthree\n"));
    }

    #[tokio::test]
    async fn old_files_of_ours_go_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let others = [
            "tgsync_2026031.log",
            "tgsync_20260301.log.gz",
            "my_tgsync_20260301.log",
            "tgsync_20261399.log",
            "tgsync_+2026030.log",
            "tgsync_20260301.LOG",
            "tgsync_20260315.log",
        ];
        for name in others.iter().chain(&["tgsync_20260314.log", "tgsync_19991231.log"]) {
            fs::write(dir.path().join(name), "x").unwrap();
        }
        fs::create_dir(dir.path().join("tgsync_20260302.log")).unwrap();
        let watch = Watch::default();
        at("2026-03-28T12:00:00Z", &watch).await;
        let clock = WallClock { zone: TimeZone::UTC, watch: watch.clone() };
        let mut log = DailyLog::open(dir.path().to_owned(), clock, 14).unwrap();
        let left = names(dir.path());
        assert!(!left.contains(&"tgsync_19991231.log".to_owned()), "{left:?}");
        at("2026-03-29T12:00:00Z", &watch).await;
        log.write_all(b"x").unwrap();
        let mut expected: Vec<&str> = others.to_vec();
        expected.extend(["tgsync_20260302.log", "tgsync_20260328.log", "tgsync_20260329.log"]);
        expected.sort_unstable();
        assert_eq!(names(dir.path()), expected);
    }
}
