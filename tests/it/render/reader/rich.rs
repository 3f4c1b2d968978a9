//! What has to be seen beside what rich messages show. A table or `<details>` that goes on in the next message has its
//! header or summary there again, and an item its sign.

use super::blocks::{Read, Shown};
use super::compare::label;
use super::{Code, Glyph, Placed, Style, Want, names};

/// How many of the next things have to fit for a repetition to end.
const AHEAD: usize = 12;

pub(super) fn compare(wants: &[Placed], read: &Read) -> Result<(), String> {
    let shown = read.shown.as_slice();
    let mut at = 0;
    let mut done = 0;
    while let Some(want) = wants.get(done) {
        if shown.get(at).is_some_and(|shown| shown.begins) && at > 0 {
            at += repeated(&wants[done..], read, at);
        }
        let before = (at > 0).then(|| &shown[at - 1]);
        match meets(want, read, at) {
            Ok(count) => at += count,
            Err(_) if is_trimmed(want, before, shown.get(at)) => {}
            Err(why) => {
                let wanted: String =
                    wants[done..].iter().take(60).map(|placed| label(&placed.want)).collect();
                return Err(format!("{why}\n  wanted {wanted:?}\n  shown  {:?}", context(shown, at)));
            }
        }
        done += 1;
    }
    if at == shown.len() { Ok(()) } else { Err(format!("nobody wrote {:?}", context(shown, at))) }
}

fn context(shown: &[Shown], at: usize) -> String {
    let from = at.saturating_sub(30);
    let pieces = shown[from..].iter().take(100).enumerate().map(|(index, shown)| {
        let mark = if from + index == at { "⟨HERE⟩" } else { "" };
        format!("{mark}{}", label(&shown.placed.want))
    });
    pieces.collect()
}

/// How much of what a message begins with was said before: signs of items, headers of tables, summaries.
fn repeated(wants: &[Placed], read: &Read, at: usize) -> usize {
    let (before, shown) = read.shown.split_at(at);
    let is_again = |shown: &Shown| match &shown.placed.want {
        Want::Marker { .. } | Want::Row => true,
        _ => is_header(shown),
    };
    let most = shown.iter().take_while(|shown| is_again(shown)).count();
    let fits = |from: &usize| {
        let pairs = wants.iter().take(AHEAD).enumerate();
        pairs.into_iter().all(|(index, want)| meets(want, read, at + from + index).is_ok())
    };
    let heading = |shown: &[Shown]| -> String {
        shown.iter().filter(|shown| is_header(shown)).map(|shown| label(&shown.placed.want)).collect()
    };
    let known = heading(before).replace(' ', "");
    let is_known = |from: &usize| known.contains(&heading(&shown[..*from]).replace(' ', ""));
    (0..=most).filter(is_known).find(fits).unwrap_or(0)
}

fn is_header(shown: &Shown) -> bool {
    let place = &shown.placed.place;
    place.is_summary || place.cell.is_some_and(|cell| cell.is_header)
}

fn is_code_blank(placed: &Placed) -> bool {
    matches!(&placed.want, Want::Glyph(glyph) if glyph.look.code.is_some() && matches!(glyph.c, ' ' | '\n'))
}

/// Blanks of code at the ends of messages go; of several in running text the server may leave one, as the sandbox does.
fn is_trimmed(want: &Placed, before: Option<&Shown>, next: Option<&Shown>) -> bool {
    let is_span = matches!(&want.want, Want::Glyph(glyph) if glyph.look.code == Some(Code::Span));
    let is_second = is_span && before.is_some_and(|before| is_code_blank(&before.placed));
    is_code_blank(want) && (is_second || (before.is_some() && next.is_none_or(|next| next.begins)))
}

fn meets(want: &Placed, read: &Read, at: usize) -> Result<usize, String> {
    let Some(found) = read.shown.get(at) else {
        return Err("the messages end".into());
    };
    if want.place != found.placed.place {
        return Err(format!("{:?} instead of {:?}", found.placed.place, want.place));
    }
    let is_same = match (&want.want, &found.placed.want) {
        (Want::Glyph(wanted), Want::Glyph(glyph)) => return same(wanted, glyph, read, at).map(|()| 1),
        (Want::Marker { text, indent }, Want::Marker { text: other, indent: other_indent }) => {
            (text, indent) == (other, other_indent)
        }
        (Want::Note { label, gap }, Want::Note { label: other, gap: other_gap }) => {
            label == other && (gap == other_gap || found.begins)
        }
        (Want::Note { label, .. }, Want::Glyph(_)) => return bare_note(label, read, at),
        (Want::Picture(file), Want::Picture(other)) => file == other,
        (Want::Row, Want::Row) | (Want::Rule, Want::Rule) => true,
        _ => false,
    };
    let label = label(&found.placed.want);
    if is_same { Ok(1) } else { Err(format!("{label:?} instead of {:?}", want.want)) }
}

/// The raised number of a note in another message, to which no link leads; how many digits it has.
fn bare_note(label: &str, read: &Read, at: usize) -> Result<usize, String> {
    let digits = read.shown[at..].iter().take(label.len());
    let digit = |shown: &Shown| match &shown.placed.want {
        Want::Glyph(glyph) if glyph.look.styles[Style::Raised as usize] => Some(glyph.c),
        _ => None,
    };
    let number: Option<String> = digits.map(digit).collect();
    let is_near = read.places[read.shown[at].message].contains(&format!("note-{label}"));
    if number.as_deref() == Some(label) && !is_near {
        Ok(label.len())
    } else {
        Err(format!("{number:?} instead of note {label}"))
    }
}

fn same(want: &Glyph, glyph: &Glyph, read: &Read, at: usize) -> Result<(), String> {
    let shown = read.shown.as_slice();
    if want.c != glyph.c {
        return Err(format!("`{}` instead of `{}`", glyph.c, want.c));
    }
    if want.gap != glyph.gap && !shown[at].begins && !(want.gap && is_code_blank(&shown[at - 1].placed)) {
        return Err(format!("blank before `{}`: {} instead of {}", want.c, glyph.gap, want.gap));
    }
    if want.look.styles != glyph.look.styles {
        return Err(format!("`{}` is {:?} instead of {:?}", want.c, glyph.look, want.look));
    }
    let is_found = glyph.look.is_found && want.look.url.is_none();
    let is_elsewhere = glyph.look.url.is_none() && leads_elsewhere(want, &read.headings[shown[at].message]);
    if want.look.url != glyph.look.url && !is_found && !is_elsewhere {
        return Err(format!("`{}` leads to {:?} instead of {:?}", want.c, glyph.look.url, want.look.url));
    }
    let is_code = want.look.code == glyph.look.code;
    if is_code || (want.look.code.is_none() && is_name(shown, at)) {
        return Ok(());
    }
    Err(format!("`{}` is {:?} instead of {:?}", want.c, glyph.look.code, want.look.code))
}

/// Whether a link leads to a heading of another message, which no link can do.
fn leads_elsewhere(want: &Glyph, headings: &[String]) -> bool {
    let Some(place) = want.look.url.as_deref().and_then(|url| url.strip_prefix('#')) else {
        return false;
    };
    let plain = place.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end_matches('-');
    headings.iter().all(|heading| heading != place && heading != plain)
}

/// Whether the character is in a bare name of a file, which is shown as code so that nobody links it.
fn is_name(shown: &[Shown], at: usize) -> bool {
    let code = |shown: &Shown| match &shown.placed.want {
        Want::Glyph(glyph) if glyph.look.code == Some(Code::Span) => Some(glyph.c),
        _ => None,
    };
    let before: Vec<char> = shown[..at].iter().rev().map_while(code).collect();
    let after = shown[at..].iter().map_while(code);
    names::is_name(&before.into_iter().rev().chain(after).collect::<String>())
}
