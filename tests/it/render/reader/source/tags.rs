//! HTML in Markdown: what each tag means to a reader.

use super::{Code, Piece, Source, Style, Table, Want, html};

impl Source {
    pub(super) fn html(&mut self, html: &str) {
        let begin = self.line;
        let pieces = html::pieces(html);
        let alone = alone(&pieces);
        for (index, (line, piece)) in pieces.into_iter().enumerate() {
            self.line = begin + line;
            self.is_alone = self.is_gallery || (!self.is_paragraph && alone.contains(&index));
            self.is_alone &= self.outer.is_empty();
            if self.script.is_some() {
                if matches!(&piece, Piece::Close(name) if Some(name) == self.script.as_ref()) {
                    self.script = None;
                }
                continue;
            }
            match piece {
                Piece::Text(text) => {
                    let begins = std::mem::take(&mut self.begins_code);
                    let skipped = if begins { text.strip_prefix('\n') } else { None };
                    self.begins_code = begins && skipped == Some("");
                    self.text(skipped.unwrap_or(&text));
                }
                Piece::Open(name, tag) => self.open_tag(&name, tag),
                Piece::Close(name) => self.close_tag(&name),
            }
        }
    }

    fn open_tag(&mut self, name: &str, tag: &str) {
        match name {
            "br" => self.text("\n"),
            "hr" => self.rule(),
            "img" => {
                self.picture(&html::attribute(tag, "src").unwrap_or_default(), "", self.is_alone);
                self.text(&html::attribute(tag, "alt").unwrap_or_default());
                self.close_link();
                self.gap |= self.is_rich && self.is_alone;
            }
            "script" | "style" => {
                self.degraded.push((self.line, "TG0434"));
                self.script = Some(name.to_owned());
            }
            _ if !self.is_balanced => self.gap |= is_block(name),
            "a" => match html::attribute(tag, "href") {
                Some(to) => self.link(&to),
                None => self.no_link(),
            },
            "code" if self.code.is_none() => self.code = (!self.is_code_text()).then_some(Code::Span),
            "code" => {
                let language = html::attribute(tag, "class").unwrap_or_default();
                let language = language.strip_prefix("language-").unwrap_or_default().to_owned();
                self.code = Some(Code::Block(language));
            }
            "pre" => {
                self.gap = true;
                self.begins_code = true;
                self.code = Some(Code::Block(String::new()));
            }
            "kbd" | "samp" | "tt" => self.code = (!self.is_code_text()).then_some(Code::Span),
            "q" => self.text("“"),
            "table" => {
                self.table = Table::default();
                self.table_line = self.line;
            }
            "tr" => self.table.rows.push(Vec::new()),
            "td" | "th" => {
                self.has_header |= name == "th";
                self.outer.push(std::mem::take(&mut self.out));
                self.gap = true;
            }
            _ => self.open_block(name, tag),
        }
    }

    fn open_block(&mut self, name: &str, tag: &str) {
        match name {
            "blockquote" => self.open_quote(),
            "details" => self.open_details(),
            "summary" => self.open_summary(),
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
                self.gap = true;
                self.open_heading(name[1..].parse().unwrap());
            }
            "ul" => self.lists.push(None),
            "ol" => {
                let start = html::attribute(tag, "start").and_then(|start| start.parse().ok());
                self.lists.push(Some(start.unwrap_or(1)));
            }
            "li" => {
                self.item();
                self.gap = true;
            }
            _ => self.tag_style(name, true),
        }
    }

    fn close_tag(&mut self, name: &str) {
        self.gap |= is_block(name);
        if !self.is_balanced {
            return;
        }
        match name {
            "a" => self.close_link(),
            "code" | "kbd" | "samp" | "tt" if matches!(self.code, Some(Code::Span)) => self.code = None,
            "pre" => self.end_code(),
            "q" => self.text("”"),
            "blockquote" => self.close_quote(),
            "details" => self.close_details(),
            "summary" => self.close_summary(),
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => self.close_heading(),
            "ul" | "ol" => {
                self.lists.pop();
            }
            "td" | "th" => self.end_cell(),
            "table" => {
                if !std::mem::take(&mut self.has_header) {
                    self.table.rows.insert(0, Vec::new());
                }
                self.end_table();
            }
            _ => self.tag_style(name, false),
        }
    }

    fn tag_style(&mut self, name: &str, opens: bool) {
        let style = match name {
            "mark" if self.is_rich => Style::Mark,
            "sub" if self.is_rich => Style::Lowered,
            "sup" if self.is_rich => Style::Raised,
            "b" | "strong" | "mark" => Style::Bold,
            "i" | "em" | "cite" | "dfn" | "var" => Style::Italic,
            "u" | "ins" => Style::Underline,
            "s" | "strike" | "del" => Style::Struck,
            "tg-spoiler" => Style::Hidden,
            _ => return self.gap |= is_block(name),
        };
        let depth = &mut self.styles[style as usize];
        *depth = if opens { *depth + 1 } else { *depth - 1 };
    }

    /// A line between paragraphs: in a rich message a block of its own.
    pub(super) fn rule(&mut self) {
        if self.is_rich {
            self.push(Want::Rule);
            self.gap = true;
        } else {
            self.line("———");
        }
    }
}

/// Which pieces are pictures that are alone in their block.
fn alone(pieces: &[(usize, Piece<'_>)]) -> Vec<usize> {
    let ends = |piece: &Piece<'_>| match piece {
        Piece::Open(name, _) | Piece::Close(name) => name != "br" && is_block(name),
        Piece::Text(_) => false,
    };
    let is_web = |tag: &str| html::attribute(tag, "src").is_some_and(|to| to.starts_with("http"));
    let fits = |piece: &Piece<'_>| match piece {
        Piece::Text(text) => text.trim().is_empty(),
        Piece::Open(name, tag) => name == "br" || (name == "img" && is_web(tag)),
        Piece::Close(name) => name == "img",
    };
    let runs = pieces.split_inclusive(|(_, piece)| ends(piece));
    let mut start = 0;
    let mut found = Vec::new();
    for run in runs {
        if run.iter().all(|(_, piece)| fits(piece) || ends(piece)) {
            found.extend(start..start + run.len());
        }
        start += run.len();
    }
    found
}

fn is_block(name: &str) -> bool {
    const BLOCKS: &str = " address article blockquote br center dd details div dl dt fieldset figcaption figure footer h1 \
        h2 h3 h4 h5 h6 header hr li main nav noscript ol p pre section summary table tbody td tfoot th thead tr ul ";
    BLOCKS.contains(&format!(" {name} "))
}
