//! What a call carries beside its text: files, buttons, how a link is previewed.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::{RelPath, Sha256Hex};
use crate::media;

/// A file to be sent: its bytes by path, or as Telegram has them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Attachment {
    pub file: RelPath,
    /// What Telegram has of the same content; nothing has to be uploaded then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_id: Option<String>,
    /// The caption.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub html: String,
    pub kind: media::Kind,
    pub sha256: Sha256Hex,
    /// Bytes.
    pub size: u64,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub spoiler: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thumbnail: Option<Thumbnail>,
}

/// A small picture that stands for a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Thumbnail {
    pub file: RelPath,
    pub sha256: Sha256Hex,
    /// Bytes.
    pub size: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UrlButton {
    pub text: String,
    pub url: String,
}

/// `LinkPreviewOptions`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Preview {
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub above: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub large: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub off: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub small: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

impl Preview {
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}
