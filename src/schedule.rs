//! When runs are due: at times of the wall clock in a named zone, or every so often. Pure: it is told the time.

use std::time::Duration;

use cronexpr::{Crontab, MakeTimestamp, parse_crontab};
use jiff::SignedDuration;
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone};

use crate::ids::Timestamp;

/// When runs are due.
#[derive(Debug, Clone)]
pub struct Schedule {
    zone: TimeZone,
    rule: Rule,
}

#[derive(Debug, Clone)]
enum Rule {
    Cron(Vec<Cron>),
    /// `begin`, and then whenever so much time has gone by, whatever clocks on the wall say.
    Every {
        period: SignedDuration,
        begin: Timestamp,
    },
}

/// One cron expression.
#[derive(Debug, Clone)]
enum Cron {
    /// Any hour will do: it goes by time that has passed, so that an hour that comes twice counts twice.
    Hourly(Crontab),
    /// Times of the wall clock, each of which is due once a day; read as if in UTC.
    Daily(Crontab),
}

/// An expression that can't be followed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{expression}` is no cron expression: {why}")]
pub struct BadCron {
    pub expression: String,
    pub why: String,
}

impl Schedule {
    /// Times that any of these expressions names: minute, hour, day of the month, month, day of the week.
    pub fn cron(expressions: &[String], zone: TimeZone) -> Result<Self, BadCron> {
        let crons = expressions.iter().map(|text| Cron::parse(text, &zone)).collect::<Result<_, _>>()?;
        Ok(Self { zone, rule: Rule::Cron(crons) })
    }

    /// At `begin` and every `period` after it. `zone` is for what is told.
    pub fn every(period: Duration, begin: Timestamp, zone: TimeZone) -> Self {
        let period = SignedDuration::try_from(period).unwrap_or(SignedDuration::MAX);
        Self { zone, rule: Rule::Every { period, begin } }
    }

    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// The first moment that is due after `last`; `None`: there is none any more.
    pub fn after(&self, last: Timestamp) -> Option<Timestamp> {
        match &self.rule {
            Rule::Cron(crons) => crons.iter().filter_map(|cron| cron.after(last, &self.zone)).min(),
            Rule::Every { begin, .. } if last < *begin => Some(*begin),
            Rule::Every { period, begin } => {
                let periods = last.duration_since(*begin).as_nanos() / period.as_nanos().max(1) + 1;
                let span = period.checked_mul(i32::try_from(periods).ok()?)?;
                begin.checked_add(span).ok()
            }
        }
    }
}

impl Cron {
    fn parse(expression: &str, zone: &TimeZone) -> Result<Self, BadCron> {
        let bad = |why: String| BadCron { expression: expression.to_owned(), why };
        let fields: Vec<&str> = expression.split_ascii_whitespace().collect();
        let &[_, hour, ..] = fields.as_slice() else { return Err(bad(wrong_count(fields.len()))) };
        if fields.len() != 5 {
            return Err(bad(wrong_count(fields.len())));
        }
        let hourly = hour.starts_with('*');
        let zone = if hourly { zone.iana_name().unwrap_or("UTC") } else { "UTC" };
        let parsed = parse_crontab(&format!("{} {zone}", fields.join(" ")));
        let parsed = parsed.map_err(|error| bad(reason(&error.to_string())))?;
        // A 30th of February is found out by looking for it.
        parsed
            .find_next(MakeTimestamp(Timestamp::UNIX_EPOCH))
            .map_err(|_| bad("no day is such".to_owned()))?;
        Ok(if hourly { Self::Hourly(parsed) } else { Self::Daily(parsed) })
    }

    fn after(&self, last: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        match self {
            Self::Hourly(crontab) => Some(crontab.find_next(MakeTimestamp(last)).ok()?.timestamp()),
            Self::Daily(crontab) => {
                let as_utc = TimeZone::UTC.to_timestamp(zone.to_datetime(last)).ok()?;
                let times = crontab.iter_after(MakeTimestamp(as_utc)).ok()?;
                // The library leaves a time out that a change of clocks skips, and repeats one that comes twice. Here each
                // is due once: the former when the gap ends, the latter the first time. So moments never go back from
                // one time to the next, and the first that is later than `last` is the one.
                times
                    .map_while(Result::ok)
                    .map_while(|time| moment(time.datetime(), zone))
                    .find(|at| *at > last)
            }
        }
    }
}

/// When a clock on the wall shows this for the first time, or no longer shows what was before it.
fn moment(time: DateTime, zone: &TimeZone) -> Option<Timestamp> {
    let ambiguous = zone.to_ambiguous_timestamp(time);
    match ambiguous.offset() {
        AmbiguousOffset::Gap { .. } => {
            let before = ambiguous.earlier().ok()?;
            zone.following(before).next().map(|change| change.timestamp())
        }
        _ => ambiguous.compatible().ok(),
    }
}

fn wrong_count(found: usize) -> String {
    format!("it has {found} of the 5 fields minute, hour, day of the month, month, day of the week")
}

/// The library shows the expression with a pointer below it, then why.
fn reason(error: &str) -> String {
    let last = error.lines().map(str::trim).rfind(|line| !line.is_empty()).unwrap_or_default();
    last.trim_start_matches(['^', ' ', '|']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kyiv() -> TimeZone {
        TimeZone::get("Europe/Kyiv").unwrap()
    }

    fn next(schedule: &Schedule, after: &str, count: usize) -> String {
        let mut last: Timestamp = after.parse().unwrap();
        let mut found = Vec::new();
        for _ in 0..count {
            last = schedule.after(last).unwrap();
            found.push(last.to_zoned(schedule.zone().clone()).strftime("%dT%H:%M%:z").to_string());
        }
        found.join(" ")
    }

    fn of(crons: &[&str], after: &str, count: usize) -> String {
        let crons: Vec<String> = crons.iter().map(|&cron| cron.to_owned()).collect();
        next(&Schedule::cron(&crons, kyiv()).unwrap(), after, count)
    }

    /// 2026-03-29: 03:00 becomes 04:00. 2026-10-25: 04:00 becomes 03:00.
    #[test]
    fn times_are_due_once_when_clocks_change() {
        let (spring, autumn) = ("2026-03-28T18:00:00Z", "2026-10-24T18:00:00Z");
        for (crons, after, expected) in [
            (&["0 3 * * *"] as &[&str], spring, "29T04:00+03:00 30T03:00+03:00 31T03:00+03:00"),
            (&["0 3 * * *"], autumn, "25T03:00+03:00 26T03:00+02:00 27T03:00+02:00"),
            (&["30 3 * * *"], spring, "29T04:00+03:00 30T03:30+03:00 31T03:30+03:00"),
            (&["30 3 * * *"], autumn, "25T03:30+03:00 26T03:30+02:00 27T03:30+02:00"),
            (&["0 4 * * *"], spring, "29T04:00+03:00 30T04:00+03:00 31T04:00+03:00"),
            (&["0 4 * * *"], autumn, "25T04:00+02:00 26T04:00+02:00 27T04:00+02:00"),
            (&["0 3,15 * * *"], spring, "29T04:00+03:00 29T15:00+03:00 30T03:00+03:00"),
            (&["0 3,15 * * *"], autumn, "25T03:00+03:00 25T15:00+02:00 26T03:00+02:00"),
            // Two that the gap makes one are one.
            (&["0 3 * * *", "30 3 * * *"], spring, "29T04:00+03:00 30T03:00+03:00 30T03:30+03:00"),
            (&["0 3 29 3 *"], spring, "29T04:00+03:00 29T03:00+03:00 29T03:00+03:00"),
            // What is due by the hour goes by the hours that pass.
            (&["0 * * * *"], "2026-03-28T23:30:00Z", "29T02:00+02:00 29T04:00+03:00 29T05:00+03:00"),
            (&["0 * * * *"], "2026-10-24T23:30:00Z", "25T03:00+03:00 25T03:00+02:00 25T04:00+02:00"),
        ] {
            assert_eq!(of(crons, after, 3), expected, "{crons:?} after {after}");
        }
    }

    #[test]
    fn what_is_due_is_later_than_the_last() {
        for (after, expected) in [
            ("2026-03-29T00:59:59Z", "29T04:00+03:00"),
            ("2026-03-29T01:00:00Z", "30T03:00+03:00"),
            ("2026-10-25T00:00:00Z", "26T03:00+02:00"),
            // Between the first 03:00 and the second.
            ("2026-10-25T00:30:00Z", "26T03:00+02:00"),
            ("2026-10-25T01:00:00Z", "26T03:00+02:00"),
        ] {
            assert_eq!(of(&["0 3 * * *"], after, 1), expected, "{after}");
        }
    }

    #[test]
    fn a_period_goes_by_time_that_has_passed() {
        let begin = "2026-10-24T00:00:00Z".parse().unwrap();
        let schedule = Schedule::every(Duration::from_hours(24), begin, kyiv());
        assert_eq!(next(&schedule, "2026-10-23T23:59:59Z", 2), "24T03:00+03:00 25T03:00+03:00");
        assert_eq!(next(&schedule, "2026-10-25T00:00:01Z", 1), "26T02:00+02:00");
        // What a long sleep left out is not made up for one by one.
        assert_eq!(next(&schedule, "2027-10-25T00:00:01Z", 1), "26T03:00+03:00");
        let short = Schedule::every(Duration::from_secs(1), begin, kyiv());
        assert_eq!(next(&short, "2046-10-24T00:00:00.5Z", 1), "24T03:00+03:00");
    }

    #[test]
    fn days_of_month_and_week() {
        // As cron has it: where both are given, either will do.
        assert_eq!(
            of(&["0 3 13 * FRI"], "2026-11-09T12:00:00Z", 3),
            "13T03:00+02:00 20T03:00+02:00 27T03:00+02:00"
        );
        assert_eq!(of(&["0 3 * * 1-5"], "2026-11-20T12:00:00Z", 1), "23T03:00+02:00");
        assert_eq!(of(&["0 3 29 2 *"], "2026-11-20T12:00:00Z", 1), "29T03:00+02:00");
    }

    #[test]
    fn bad_expressions_are_told() {
        for (expression, expected) in [
            ("", "it has 0 of the 5 fields"),
            ("0 3 * *", "it has 4 of the 5 fields"),
            ("0 3 * * * UTC", "it has 6 of the 5 fields"),
            ("0 24 * * *", "0..=23"),
            ("x 3 * * *", "x"),
            ("0 3 30 2 *", "no day is such"),
        ] {
            let bad = Schedule::cron(&[expression.to_owned()], kyiv()).unwrap_err().to_string();
            assert!(bad.contains(expected), "{expression}: {bad}");
        }
    }
}
