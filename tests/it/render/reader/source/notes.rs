//! Footnotes: numbered in the order of their references, those that nobody refers to last.

use super::{Place, Placed, Read, Source, Want};

impl Source {
    pub(super) fn finish(mut self) -> Read {
        let mut labels: Vec<String> = Vec::new();
        let mut wants = Vec::new();
        let mut queue = std::mem::take(&mut self.out);
        let mut number = 0;
        loop {
            for placed in &mut queue {
                self.number_notes(placed, &mut labels);
            }
            wants.append(&mut queue);
            let Some(label) = labels.get(number).cloned().or_else(|| {
                let unused = self.notes.first().map(|(label, _)| label.clone());
                labels.extend(unused.clone());
                unused
            }) else {
                return Read { wants, degraded: self.degraded };
            };
            number += 1;
            if let Some(at) = self.notes.iter().position(|(known, _)| *known == label) {
                let (_, note) = self.notes.remove(at);
                queue.extend(self.note_marker(number));
                queue.extend(note);
            }
        }
    }

    /// What stands before a note; the first one of a rich message is behind a rule.
    fn note_marker(&self, number: usize) -> Vec<Placed> {
        let place = Place::in_note(self.is_rich);
        let rule =
            (self.is_rich && number == 1).then(|| Placed { want: Want::Rule, place: Place::default() });
        let (text, indent) = if self.is_rich { (format!("{number}."), 1) } else { (raised(number), 0) };
        rule.into_iter().chain([Placed { want: Want::Marker { text, indent }, place }]).collect()
    }

    /// Turns references into their numbers.
    fn number_notes(&self, placed: &mut Placed, labels: &mut Vec<String>) {
        match &mut placed.want {
            Want::Note { label, .. } => {
                let known = labels.iter().position(|known| known == label);
                let number = 1 + known.unwrap_or_else(|| {
                    labels.push(label.clone());
                    labels.len() - 1
                });
                *label = if self.is_rich { number.to_string() } else { raised(number) };
            }
            Want::Table(table) => {
                let cells = table.rows.iter_mut().flatten().flatten();
                cells.for_each(|placed| self.number_notes(placed, labels));
            }
            _ => {}
        }
    }
}

fn raised(number: usize) -> String {
    const DIGITS: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    number.to_string().bytes().map(|digit| DIGITS[usize::from(digit - b'0')]).collect()
}
