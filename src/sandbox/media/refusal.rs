//! What Telegram's servers, behind the Bot API server, refuse a file with.

/// Why a file was refused after everything that can be checked without it was found right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sandbox) enum Refusal {
    /// Nothing could be fetched from the address.
    Unreachable,
    /// The file id means nothing to this bot.
    Unknown,
    Dimensions,
    NoPicture,
    Extension,
}

impl Refusal {
    /// The words inside another error. The Bot API server puts into words what only its own errors need.
    pub(in crate::sandbox) fn inside(self) -> &'static str {
        match self {
            Self::Unreachable => "WEBPAGE_CURL_FAILED",
            Self::Unknown => "Wrong file identifier/HTTP URL specified",
            Self::Dimensions => "PHOTO_INVALID_DIMENSIONS",
            Self::NoPicture => "IMAGE_PROCESS_FAILED",
            Self::Extension => {
                "Photo has unsupported extension. Use one of .jpg, .jpeg, .gif, .png, .tif or .bmp"
            }
        }
    }

    /// The words of an error of its own.
    pub(in crate::sandbox) fn alone(self) -> &'static str {
        match self {
            Self::Unreachable => "failed to get HTTP URL content",
            other => other.inside(),
        }
    }
}
