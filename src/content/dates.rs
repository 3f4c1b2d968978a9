//! Dates of front matter: a moment with an offset, in a named zone, or in the zone of the config.

use jiff::civil::{Date, DateTime};
use jiff::fmt::temporal::{Pieces, PiecesOffset};
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};

use crate::diagnostic::codes::front_matter::{AMBIGUOUS_TIME, BAD_DATE};
use crate::ids::Timestamp;
use crate::yaml::Node;

/// Whether a date without a time is enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    DateOrTime,
    Time,
}

/// The moment that `node` names; a problem is reported. `zone` is that of the config.
pub(super) fn moment(node: &Node<'_>, zone: &TimeZone, wanted: Wanted) -> Option<Timestamp> {
    match read(node.text()?.trim(), zone, wanted) {
        Ok(moment) => Some(moment),
        Err(trouble) => {
            trouble.report(node, wanted);
            None
        }
    }
}

fn read(text: &str, zone: &TimeZone, wanted: Wanted) -> Result<Timestamp, Trouble> {
    let pieces = Pieces::parse(text).map_err(|_| Trouble::NotADate)?;
    let named = pieces.to_time_zone().map_err(|_| Trouble::UnknownZone)?;
    let zone = named.as_ref().unwrap_or(zone);
    let Some(time) = pieces.time() else {
        return match wanted {
            Wanted::DateOrTime => start_of(pieces.date(), zone),
            Wanted::Time => Err(Trouble::NeedsTime),
        };
    };
    let local = pieces.date().to_datetime(time);
    let Some(offset) = pieces.to_numeric_offset() else {
        return in_zone(local, zone);
    };
    let moment = at_offset(local, offset)?;
    // `Z` names the moment whatever the zone is; another offset has to be the zone's own.
    let agrees = matches!(pieces.offset(), Some(PiecesOffset::Zulu)) || named.is_none();
    let right = zone.to_offset(moment);
    if agrees || right == offset { Ok(moment) } else { Err(Trouble::WrongOffset(right)) }
}

/// Midnight, or the first moment of a day on which clocks skip midnight.
fn start_of(date: Date, zone: &TimeZone) -> Result<Timestamp, Trouble> {
    let start = date.to_zoned(zone.clone());
    start.map(|start| start.timestamp()).map_err(|_| Trouble::OutOfRange)
}

fn at_offset(local: DateTime, offset: Offset) -> Result<Timestamp, Trouble> {
    offset.to_timestamp(local).map_err(|_| Trouble::OutOfRange)
}

fn in_zone(local: DateTime, zone: &TimeZone) -> Result<Timestamp, Trouble> {
    let (what, offsets) = match zone.to_ambiguous_zoned(local).offset() {
        AmbiguousOffset::Unambiguous { offset } => return at_offset(local, offset),
        AmbiguousOffset::Gap { before, after } => ("doesn't exist", [before, after]),
        AmbiguousOffset::Fold { before, after } => ("happens twice", [before, after]),
    };
    let zone = zone.iana_name().unwrap_or("the configured zone").to_owned();
    Err(Trouble::Ambiguous { what, local, zone, offsets })
}

enum Trouble {
    NotADate,
    UnknownZone,
    NeedsTime,
    OutOfRange,
    /// The zone's own offset.
    WrongOffset(Offset),
    Ambiguous {
        what: &'static str,
        local: DateTime,
        zone: String,
        offsets: [Offset; 2],
    },
}

impl Trouble {
    fn report(self, node: &Node<'_>, wanted: Wanted) {
        let code = match self {
            Self::Ambiguous { .. } => AMBIGUOUS_TIME,
            _ => BAD_DATE,
        };
        let hint = match &self {
            Self::UnknownZone => {
                "write a name such as `[Europe/Kyiv]`, or an offset such as `+02:00`".to_owned()
            }
            Self::WrongOffset(right) => format!("write `{right}` or leave the offset out"),
            Self::Ambiguous { local, offsets: [first, second], .. } => {
                let local = local.strftime("%Y-%m-%dT%H:%M");
                format!("write the offset: `{local}{first}` or `{local}{second}`")
            }
            _ if wanted == Wanted::DateOrTime => {
                "write `2026-11-20`, `2026-11-20T10:00` or `2026-11-20T10:00+02:00`".to_owned()
            }
            _ => "write `2026-11-20T10:00+02:00`, `2026-11-20T10:00[Europe/Kyiv]`, or `2026-11-20T10:00` in the config's `timezone`".to_owned(),
        };
        let what = match self {
            Self::NotADate => "is not a date-time".to_owned(),
            Self::UnknownZone => "names an unknown time zone".to_owned(),
            Self::NeedsTime => "needs a time".to_owned(),
            Self::OutOfRange => "is out of range".to_owned(),
            Self::WrongOffset(_) => "has an offset that its zone doesn't have then".to_owned(),
            Self::Ambiguous { what, zone, .. } => {
                format!("is a local time that {what} in {zone}, where clocks change that day")
            }
        };
        node.error(code, format!("`{}` {what}", node.name()), hint);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::keys::DIALECT;
    use crate::diagnostic::Code;
    use crate::ids::RelPath;
    use crate::yaml::Document;

    fn told(text: &str, wanted: Wanted) -> Result<String, (Code, String)> {
        let file = RelPath::new(std::path::Path::new("a.md")).unwrap();
        let yaml = format!("date: {text}\n");
        let (document, tree) = Document::read(&file, &yaml, 0..yaml.len(), &DIALECT).unwrap();
        let node = document.root(&tree).get("date").unwrap();
        let zone = TimeZone::get("Europe/Kyiv").unwrap();
        moment(&node, &zone, wanted).map(|moment| moment.to_string()).ok_or_else(|| {
            let problem = document.take_problems().remove(0);
            (problem.code, problem.hint.unwrap())
        })
    }

    #[test]
    fn moments_are_read_in_their_zone() {
        for (text, moment) in [
            ("2026-11-20", "2026-11-19T22:00:00Z"),
            ("2026-11-20T10:00", "2026-11-20T08:00:00Z"),
            ("2026-11-20 10:00:30", "2026-11-20T08:00:30Z"),
            ("2026-11-20T10:00Z", "2026-11-20T10:00:00Z"),
            ("2026-11-20T10:00+05:30", "2026-11-20T04:30:00Z"),
            ("2026-07-01T10:00[America/New_York]", "2026-07-01T14:00:00Z"),
            ("2026-07-01T10:00-04:00[America/New_York]", "2026-07-01T14:00:00Z"),
            ("2026-07-01T10:00Z[America/New_York]", "2026-07-01T10:00:00Z"),
            ("2026-10-25T03:30+02:00", "2026-10-25T01:30:00Z"),
            ("2026-07-01[America/New_York]", "2026-07-01T04:00:00Z"),
        ] {
            assert_eq!(told(text, Wanted::DateOrTime).as_deref(), Ok(moment), "{text}");
        }
    }

    #[test]
    fn what_is_no_moment_is_refused() {
        for (text, wanted, code) in [
            ("tomorrow", Wanted::DateOrTime, BAD_DATE),
            ("2026-02-30", Wanted::DateOrTime, BAD_DATE),
            ("20.11.2026", Wanted::DateOrTime, BAD_DATE),
            ("2026", Wanted::DateOrTime, BAD_DATE),
            ("2026-11-20T25:00", Wanted::DateOrTime, BAD_DATE),
            ("2026-11-20 10:00 +02:00", Wanted::DateOrTime, BAD_DATE),
            ("99999-01-01", Wanted::DateOrTime, BAD_DATE),
            ("-009999-01-01T00:00+25:59", Wanted::DateOrTime, BAD_DATE),
            ("2026-11-20", Wanted::Time, BAD_DATE),
            ("2026-11-20T10:00[Mars/Olympus]", Wanted::Time, BAD_DATE),
            ("2026-07-01T10:00+00:00[America/New_York]", Wanted::Time, BAD_DATE),
            ("2026-10-25T03:30", Wanted::Time, AMBIGUOUS_TIME),
            ("2026-03-29T03:30", Wanted::Time, AMBIGUOUS_TIME),
            ("2026-03-08T02:30[America/New_York]", Wanted::Time, AMBIGUOUS_TIME),
        ] {
            let found = told(text, wanted).map_err(|(code, _)| code);
            assert_eq!(found, Err(code), "{text}");
        }
    }

    #[test]
    fn both_offsets_of_an_ambiguous_time_are_offered() {
        let (_, hint) = told("2026-10-25T03:30", Wanted::Time).unwrap_err();
        assert_eq!(hint, "write the offset: `2026-10-25T03:30+03` or `2026-10-25T03:30+02`");
        let (_, hint) = told("2026-07-01T10:00+00:00[America/New_York]", Wanted::Time).unwrap_err();
        assert_eq!(hint, "write `-04` or leave the offset out");
    }
}
