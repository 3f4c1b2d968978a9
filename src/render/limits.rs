//! Every number that bounds a message, once, with where it comes from. Checked 2026-11-20 against Bot API 10.3.

/// Most characters of a message text, in code points after parsing (`sendMessage`, parameter `text`).
pub const TEXT_CHARS: usize = 4096;

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
