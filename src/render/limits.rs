//! Every number that bounds a message, once, with where it comes from. Checked 2026-11-20 against Bot API 10.3.

/// Most characters of a message text, in code points after parsing (`sendMessage`, parameter `text`).
pub const TEXT_CHARS: usize = 4096;

/// Most characters of a caption, in code points after parsing (`sendPhoto`, parameter `caption`).
pub const CAPTION_CHARS: usize = 1024;

/// Most files of an album (`sendMediaGroup`, parameter `media`).
pub const ALBUM: usize = 10;

/// Largest photo in bytes: 10 MB (Bot API, "Sending files").
pub const PHOTO_SIZE: u64 = 10 << 20;

/// Largest other file in bytes: 50 MB (Bot API, "Sending files").
pub const UPLOAD_SIZE: u64 = 50 << 20;

/// Largest file in bytes through a Bot API server of one's own: 2000 MB (Bot API, "Using a Local Bot API Server").
pub const OWN_SERVER_UPLOAD_SIZE: u64 = 2000 << 20;

/// Most pixels of a photo's width and height together (`sendPhoto`; `PHOTO_INVALID_DIMENSIONS`).
pub const PHOTO_SIDES: u64 = 10_000;

/// How many times the shorter side of a photo the longer one may be (`sendPhoto`; `PHOTO_INVALID_DIMENSIONS`).
pub const PHOTO_RATIO: u64 = 20;

/// A thumbnail has less than so many bytes: 200 kB (`sendVideo`, parameter `thumbnail`).
pub const THUMBNAIL_SIZE: u64 = 200 << 10;

/// Most pixels of a thumbnail's width, and of its height (`sendVideo`, parameter `thumbnail`).
pub const THUMBNAIL_SIDE: u32 = 320;

/// Largest `text` parameter in bytes, tags and addresses included (Bot API server, `text is too long`).
pub const RAW_BYTES: usize = 32_768;

/// Most entities a message keeps; the rest are dropped without an error (Bot API server, custom emoji not counted).
pub const ENTITIES: usize = 100;

/// Size of all entities together, in bytes, from which `ENTITIES_TOO_LONG` has been seen; the exact rule is not known.
pub const ENTITY_BYTES: usize = 9500;

/// What an entity takes of [`ENTITY_BYTES`] besides its address or language: type, offset, length.
pub const ENTITY_OVERHEAD: usize = 16;

/// The longest link to a message: `https://t.me/`, a user name of 32 characters, a topic and a message, each `/` and an
/// int32.
pub const POST_LINK_BYTES: usize = 13 + 32 + 2 * 11;

/// Buttons of a row and of a keyboard that Telegram keeps; the rest is dropped without an error.
pub const BUTTONS_PER_ROW: usize = 12;
/// See [`BUTTONS_PER_ROW`].
pub const BUTTONS: usize = 300;

/// Widest aligned table unless the config says otherwise, in columns of a monospace font; a phone shows about as many before it wraps. Our own choice.
pub const TABLE_COLUMNS: usize = 44;

/// Deepest nesting of Markdown that is read. Our own choice: recursion stays shallow whatever the input.
pub const NESTING: usize = 64;

/// Most errors, and most warnings, reported for one post. Our own choice.
pub const REPORTED: usize = 100;

/// Most characters of a rich message, in code points, formulas and the text of custom emoji included
/// (`RICH_MESSAGE_TEXT_TOO_LONG`; 32,768 were accepted, 32,769 refused).
pub const RICH_CHARS: usize = 32_768;

/// Largest `html` of a rich message, in bytes: the library in the Bot API server cuts the source at about 34,996
/// without an error.
pub const RICH_BYTES: usize = 34_990;

/// Most blocks of a rich message, with blocks in blocks, items of lists and rows of tables
/// (`RICH_MESSAGE_BLOCKS_TOO_MANY`).
pub const RICH_BLOCKS: usize = 500;

/// Deepest nesting of blocks in a rich message (`RICH_MESSAGE_DEPTH_INVALID`).
pub const RICH_DEPTH: usize = 16;

/// Most pictures and other media of a rich message (`RICH_MESSAGE_MEDIA_TOO_MANY`).
pub const RICH_MEDIA: usize = 50;

/// Most columns of a table in a rich message (`RICH_MESSAGE_TABLE_COLS_TOO_MANY`).
pub const RICH_COLUMNS: usize = 20;
