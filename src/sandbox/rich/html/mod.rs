//! The reader of Rich HTML: source → tags → tree → blocks.
//!
//! Rich HTML is not the HTML of `parse_mode`: blanks collapse outside `pre`, only `br` and blocks break lines, tags that
//! are not known are stripped. The server's parser is closed; this one follows the documents (Bot API 10.3, checked
//! 2026-11-20), and refuses what they leave open.

mod block;
mod inline;
mod list;
mod media;
mod reference;
mod table;
mod token;
mod tree;

use super::block::Block;
use super::library::Library;
use super::string;

/// Reads a source, as far as its form tells what it means; links, dates and lengths are looked at later.
pub(super) fn read(source: &str, library: &Library) -> Result<Vec<Block>, String> {
    let nodes = tree::build(&string::clean(source))?;
    block::Reader { library }.blocks(&nodes)
}

#[cfg(test)]
mod tests;
