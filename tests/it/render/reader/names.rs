//! Bare names of files, which are shown as code because the server would link them.

/// Endings of files that are also domains, as the documentation lists them.
const ENDINGS: &str = " app cab cc dot gd inc java map md mk ml mm mobi mov name pl pm properties ps pub py rs sc sh so sv tf \
    zip zone ";

/// Whether a run of code is such a name, perhaps with a line or an anchor behind it, or what looks like an IP address.
pub(super) fn is_name(run: &str) -> bool {
    let name = run.split([':', '#']).next().unwrap_or_default();
    let numbers: Vec<&str> = name.split('.').collect();
    let is_address = numbers.len() == 4 && numbers.iter().all(|number| number.parse::<u8>().is_ok());
    let ending = numbers.last().copied().unwrap_or_default().to_ascii_lowercase();
    let has_ending = numbers.len() > 1 && ENDINGS.contains(&format!(" {ending} "));
    !run.contains(|c: char| c.is_whitespace() || matches!(c, '/' | '@')) && (is_address || has_ending)
}
