//! A parsed text on its way to a message: [`Raw`] after the first stage, [`Formatted`] when finished.

use serde::{Deserialize, Serialize};

use super::entity::{Entity, Kind};
use super::{clean, detect, resolve};

/// Text and entities as the author gave them; not cleaned, trimmed or measured.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Raw {
    pub(super) text: String,
    pub(super) entities: Vec<Entity>,
    /// An entity the sending stage will refuse.
    pub(super) flaw: Option<String>,
}

/// Text and entities as a message holds them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Formatted {
    pub text: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entities: Vec<Entity>,
    /// How many entities fell to the limit of 100.
    #[serde(skip)]
    pub lost: usize,
}

/// What a finished text must satisfy.
#[derive(Debug, Clone, Copy)]
pub struct Finish {
    /// Most characters, in code points.
    pub limit: usize,
    /// Captions may be empty.
    pub allow_empty: bool,
    /// Whether links, mentions and so on are found in the text.
    pub detect: bool,
}

impl Raw {
    /// Without the text mentions of people the bot has never met: they vanish, the text stays.
    #[must_use]
    pub fn knowing(mut self, users: &[i64]) -> Self {
        self.entities.retain(|e| !matches!(&e.kind, Kind::TextMention { user } if !users.contains(&user.id)));
        self
    }

    /// The stages after parsing. Errors: `text must be non-empty`, `message is too long`, `message caption is too long`.
    pub fn finish(self, rules: Finish) -> Result<Formatted, String> {
        let formatted = self.fix(rules)?;
        if formatted.text.chars().count() > rules.limit {
            let what = if rules.allow_empty { "message caption" } else { "message" };
            return Err(format!("{what} is too long"));
        }
        Ok(formatted.into_received(rules.detect))
    }

    /// As [`Self::finish`], without the limit of length: edits are measured by the backend, with another text.
    pub fn fix(self, rules: Finish) -> Result<Formatted, String> {
        if let Some(flaw) = self.flaw {
            return Err(flaw);
        }
        let mut entities = self.entities;
        clean::drop_empty(&mut entities);
        let mut entities = resolve::resolve(entities);
        let text = clean::text(&self.text, &mut entities)?;
        clean::drop_empty(&mut entities);
        let mut entities = resolve::resolve(entities);
        let text = clean::trim(&text, &mut entities);
        if clean::is_blank(&text) {
            return if rules.allow_empty {
                Ok(Formatted::default())
            } else {
                Err("text must be non-empty".into())
            };
        }
        Ok(Formatted { text, entities, lost: 0 })
    }
}

impl Formatted {
    /// What comes back from the backend: at most 100 entities, and those it found itself.
    #[must_use]
    pub fn into_received(self, detect: bool) -> Self {
        let (kept, lost) = resolve::cut(self.entities);
        let mut entities = resolve::resolve(kept);
        let text = clean::trim(&self.text, &mut entities);
        if detect {
            entities = resolve::add_found(entities, detect::find(&text));
        }
        Self { text, entities, lost }
    }
}
