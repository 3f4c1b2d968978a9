//! Formulas as Unicode text: a subset of TeX, all or nothing. What is not known here stays TeX source.

mod symbols;

use unicode_normalization::UnicodeNormalization as _;

use super::script::{subscript, superscript};
use symbols::{Alphabet, accent, alphabet, symbol};

/// Deepest nesting of braces and commands that is read. Our own choice: what is deeper can't be read as text anyway.
const NESTING: usize = 16;

/// What a piece of a formula is, as far as the blanks around it depend on it (`TeXbook`, chapter 18).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Ordinary,
    /// `∑`, `sin`.
    Operator,
    Binary,
    Relation,
    Opening,
    Closing,
    Punctuation,
    /// A fraction on one line.
    Fraction,
    Root,
    Space,
}

#[derive(Debug)]
struct Atom {
    text: String,
    class: Class,
    /// Whether it is read as one thing wherever it stands.
    is_single: bool,
}

/// The formula as one line of text; `None` when part of it can't be said so.
pub(super) fn unicode(tex: &str) -> Option<String> {
    let mut reader = Reader { rest: tex, depth: 0 };
    let atoms = reader.row()?;
    let text = join(&atoms);
    let text = text.trim();
    (reader.rest.is_empty() && !text.is_empty()).then(|| text.nfc().collect())
}

struct Reader<'t> {
    rest: &'t str,
    depth: usize,
}

impl<'t> Reader<'t> {
    /// Atoms up to `}`, `\right` or the end.
    fn row(&mut self) -> Option<Vec<Atom>> {
        let mut atoms = Vec::new();
        loop {
            self.rest = self.rest.trim_start();
            if self.rest.is_empty() || self.rest.starts_with('}') || self.at_command("right") {
                return Some(atoms);
            }
            let atom = if self.rest.starts_with(['^', '_', '\'']) { empty() } else { self.nucleus()? };
            atoms.push(self.with_scripts(atom)?);
        }
    }

    fn nucleus(&mut self) -> Option<Atom> {
        let digits = number_length(self.rest);
        if digits > 0 {
            return Some(single(self.take(digits), Class::Ordinary));
        }
        let c = self.rest.chars().next()?;
        if c == '{' {
            return self.braced().map(|row| group(&row));
        }
        self.take(c.len_utf8());
        match c {
            '\\' => self.deeper(Self::command),
            '~' => Some(single(" ", Class::Space)),
            _ => character(c),
        }
    }

    /// `{…}`, with what stands in it.
    fn braced(&mut self) -> Option<Vec<Atom>> {
        self.rest = self.rest.strip_prefix('{')?;
        let row = self.nested()?;
        self.rest = self.rest.strip_prefix('}')?;
        Some(row)
    }

    fn nested(&mut self) -> Option<Vec<Atom>> {
        self.deeper(Self::row)
    }

    fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        self.depth += 1;
        let found = if self.depth > NESTING { None } else { read(self) };
        self.depth -= 1;
        found
    }

    /// The argument of a command or script: a group, a command, or one character.
    fn argument(&mut self) -> Option<Vec<Atom>> {
        self.rest = self.rest.trim_start();
        if self.rest.starts_with('{') {
            return self.braced();
        }
        let c = self.rest.chars().next().filter(|c| !matches!(c, '}' | '^' | '_'))?;
        self.take(c.len_utf8());
        let atom = if c == '\\' { self.deeper(Self::command)? } else { character(c)? };
        Some(vec![atom])
    }

    /// What stands between braces, as written.
    fn verbatim(&mut self) -> Option<&'t str> {
        let (text, rest) = self.rest.trim_start().strip_prefix('{')?.split_once('}')?;
        self.rest = rest;
        (!text.contains(['\\', '{', '$'])).then_some(text)
    }

    fn command(&mut self) -> Option<Atom> {
        let name = self.command_name()?;
        if let Some((text, class)) = symbol(name) {
            return Some(single(text, class));
        }
        if let Some(mark) = accent(name) {
            return accented(self.argument()?, mark);
        }
        if let Some(alphabet) = alphabet(name) {
            return self.in_alphabet(alphabet);
        }
        match name {
            "frac" | "dfrac" | "tfrac" | "cfrac" => self.fraction(),
            "sqrt" => self.root(),
            "left" => self.fence(),
            "text" | "textrm" | "mathrm" | "textnormal" | "mbox" | "textit" | "mathit" | "textbf" => {
                self.verbatim().map(|text| single(text, Class::Ordinary))
            }
            "operatorname" => self.verbatim().map(|text| single(text, Class::Operator)),
            "not" => {
                let atom = self.nucleus().filter(|atom| atom.text.chars().count() == 1)?;
                Some(Atom { text: format!("{}\u{338}", atom.text), ..atom })
            }
            "pmod" => self.argument().map(|row| single(&format!(" (mod {})", join(&row)), Class::Closing)),
            "big" | "Big" | "bigg" | "Bigg" | "bigl" | "Bigl" | "biggl" | "Biggl" | "bigr" | "Bigr"
            | "biggr" | "Biggr" | "bigm" | "middle" => self.delimiter(),
            "displaystyle" | "textstyle" | "limits" | "nolimits" => Some(empty()),
            _ => None,
        }
    }

    /// Behind the backslash: letters, or one other character.
    fn command_name(&mut self) -> Option<&'t str> {
        let letters = self.rest.bytes().take_while(u8::is_ascii_alphabetic).count();
        let length = if letters > 0 { letters } else { self.rest.chars().next()?.len_utf8() };
        Some(self.take(length))
    }

    fn at_command(&self, name: &str) -> bool {
        let after = self.rest.strip_prefix('\\').and_then(|rest| rest.strip_prefix(name));
        after.is_some_and(|after| !after.starts_with(|c: char| c.is_ascii_alphabetic()))
    }

    fn fraction(&mut self) -> Option<Atom> {
        let (above, below) = (self.argument()?, self.argument()?);
        let is_number = |row: &[Atom]| row.iter().all(|atom| atom.text.bytes().all(|b| b.is_ascii_digit()));
        let slash = if is_number(&above) && is_number(&below) { '⁄' } else { '/' };
        let above = if is_product(&above) { join(&above) } else { parenthesized(&above) };
        let text = format!("{above}{slash}{}", parenthesized(&below));
        Some(Atom { text, class: Class::Fraction, is_single: false })
    }

    fn root(&mut self) -> Option<Atom> {
        let mut sign = "√".to_owned();
        if let Some(rest) = self.rest.strip_prefix('[') {
            let (index, rest) = rest.split_once(']')?;
            self.rest = rest;
            sign = match index.trim() {
                "3" => "∛".to_owned(),
                "4" => "∜".to_owned(),
                index => superscript(index)? + "√",
            };
        }
        let text = sign + &parenthesized(&self.argument()?);
        Some(Atom { text, class: Class::Root, is_single: false })
    }

    /// `\left( … \right)`.
    fn fence(&mut self) -> Option<Atom> {
        let begin = self.delimiter()?.text;
        let inside = self.nested()?;
        if !self.at_command("right") {
            return None;
        }
        self.take("\\right".len());
        let end = self.delimiter()?.text;
        let is_single = !begin.is_empty() && !end.is_empty();
        Some(Atom { text: format!("{begin}{}{end}", join(&inside)), class: Class::Ordinary, is_single })
    }

    fn delimiter(&mut self) -> Option<Atom> {
        self.rest = self.rest.trim_start();
        if let Some(rest) = self.rest.strip_prefix('.') {
            self.rest = rest;
            return Some(empty());
        }
        let c = self.rest.chars().next()?;
        self.take(c.len_utf8());
        match c {
            '\\' => {
                let (text, class) = symbol(self.command_name()?)?;
                Some(single(text, class))
            }
            '(' | ')' | '[' | ']' | '|' | '/' => character(c),
            '<' => Some(single("⟨", Class::Opening)),
            '>' => Some(single("⟩", Class::Closing)),
            _ => None,
        }
    }

    fn in_alphabet(&mut self, alphabet: Alphabet) -> Option<Atom> {
        let row = self.argument()?;
        let letters = row.iter().flat_map(|atom| atom.text.chars()).map(|c| alphabet.letter(c));
        let text: String = letters.collect::<Option<_>>()?;
        Some(single(&text, Class::Ordinary))
    }

    /// `base` with the primes and scripts that follow it.
    fn with_scripts(&mut self, base: Atom) -> Option<Atom> {
        let (mut raised, mut lowered) = (None, None);
        let mut primes = String::new();
        loop {
            self.rest = self.rest.trim_start();
            let mark = self.rest.chars().next().filter(|c| matches!(c, '^' | '_' | '\''));
            let place = match mark {
                Some('\'') => {
                    primes.push('′');
                    self.take(1);
                    continue;
                }
                Some('^') => &mut raised,
                Some(_) => &mut lowered,
                None => break,
            };
            self.take(1);
            let tight: String = self.argument()?.into_iter().map(|atom| atom.text).collect();
            let text = if mark == Some('^') { raise(&tight)? } else { subscript(&tight)? };
            if place.replace(text).is_some() {
                return None;
            }
        }
        let scripts = format!("{primes}{}{}", lowered.unwrap_or_default(), raised.unwrap_or_default());
        if scripts.is_empty() {
            return Some(base);
        }
        let is_whole = !matches!(base.class, Class::Fraction | Class::Root);
        let text = if is_whole { base.text + &scripts } else { format!("({}){scripts}", base.text) };
        let class = if is_whole { base.class } else { Class::Ordinary };
        Some(Atom { text, class, is_single: base.is_single || !is_whole })
    }

    fn take(&mut self, length: usize) -> &'t str {
        let (taken, rest) = self.rest.split_at(length);
        self.rest = rest;
        taken
    }
}

fn single(text: &str, class: Class) -> Atom {
    Atom { text: text.to_owned(), class, is_single: true }
}

fn empty() -> Atom {
    single("", Class::Ordinary)
}

/// A group counts as one thing when there is only one in it.
fn group(row: &[Atom]) -> Atom {
    let class = match row {
        [atom] if matches!(atom.class, Class::Fraction | Class::Root) => atom.class,
        _ => Class::Ordinary,
    };
    Atom { text: join(row), class, is_single: is_single(row) }
}

fn is_single(row: &[Atom]) -> bool {
    matches!(row, [] | [Atom { is_single: true, .. }])
}

/// Whether a row can stand before a slash: outside of brackets nothing is added or compared.
fn is_product(row: &[Atom]) -> bool {
    let mut open = 0_usize;
    row.iter().all(|atom| {
        match atom.class {
            Class::Opening => open += 1,
            Class::Closing => open = open.saturating_sub(1),
            Class::Ordinary => return atom.is_single || open > 0,
            _ => return open > 0,
        }
        true
    })
}

/// A row as part of something larger.
fn parenthesized(row: &[Atom]) -> String {
    if is_single(row) { join(row) } else { format!("({})", join(row)) }
}

fn accented(row: Vec<Atom>, mark: char) -> Option<Atom> {
    let [atom] = <[Atom; 1]>::try_from(row).ok()?;
    let is_letter = atom.text.chars().count() == 1;
    is_letter.then(|| Atom { text: format!("{}{mark}", atom.text), ..atom })
}

/// A character that stands for itself.
fn character(c: char) -> Option<Atom> {
    let class = match c {
        '-' => return Some(single("−", Class::Binary)),
        '+' | '*' => Class::Binary,
        '=' | '<' | '>' | ':' => Class::Relation,
        ',' | ';' => Class::Punctuation,
        '(' | '[' => Class::Opening,
        ')' | ']' => Class::Closing,
        '|' | '/' | '.' | '!' | '?' | '"' | '@' | '`' => Class::Ordinary,
        c if c.is_alphanumeric() => Class::Ordinary,
        c if c.is_ascii() || c.is_whitespace() || c.is_control() => return None,
        _ => Class::Ordinary,
    };
    Some(single(c.encode_utf8(&mut [0; 4]), class))
}

/// Bytes of the number at the start of `text`: `12`, `3.14`, `1,000`.
fn number_length(text: &str) -> usize {
    let digits = |from: usize| text[from..].bytes().take_while(u8::is_ascii_digit).count();
    let mut end = digits(0);
    while end > 0 && text[end..].starts_with(['.', ',']) && digits(end + 1) > 0 {
        end += 1 + digits(end + 1);
    }
    end
}

/// `text` raised, with what is drawn raised by nature.
fn raise(text: &str) -> Option<String> {
    match text {
        "∘" => Some("°".into()),
        "*" | "∗" => Some("*".into()),
        "†" | "‡" | "′" | "°" => Some(text.into()),
        _ => superscript(text),
    }
}

/// Atoms beside each other, with blanks where TeX would leave some.
fn join(row: &[Atom]) -> String {
    let row: Vec<&Atom> = row.iter().filter(|atom| !atom.text.is_empty()).collect();
    let classes = spaced_classes(&row);
    let mut out = String::new();
    for (index, atom) in row.iter().enumerate() {
        let before = index.checked_sub(1).map(|before| classes[before]);
        if before.is_some_and(|before| has_blank(before, classes[index])) && !out.ends_with(' ') {
            out.push(' ');
        }
        out.push_str(if out.ends_with(' ') { atom.text.trim_start_matches(' ') } else { &atom.text });
    }
    out
}

/// A binary operator without something on both sides is a sign.
fn spaced_classes(row: &[&Atom]) -> Vec<Class> {
    use Class::{Binary, Closing, Opening, Operator, Ordinary, Punctuation, Relation, Space};
    let mut classes: Vec<Class> = row.iter().map(|atom| atom.class).collect();
    let mut before = Opening;
    for index in 0..classes.len() {
        let after = classes[index + 1..].iter().find(|class| **class != Space).copied().unwrap_or(Closing);
        let is_sign = matches!(before, Binary | Operator | Relation | Opening | Punctuation)
            || matches!(after, Relation | Closing | Punctuation);
        if classes[index] == Binary && is_sign {
            classes[index] = Ordinary;
        }
        if classes[index] != Space {
            before = classes[index];
        }
    }
    classes
}

fn has_blank(before: Class, after: Class) -> bool {
    use Class::{Binary, Fraction, Opening, Operator, Ordinary, Punctuation, Relation, Root, Space};
    match (before, after) {
        (Space, _) | (_, Space) => false,
        (Binary | Relation | Punctuation, _) | (_, Binary | Relation) => true,
        (Operator | Root, next) => matches!(next, Ordinary | Operator | Fraction | Root),
        (Fraction, next) => matches!(next, Ordinary | Opening | Operator | Fraction | Root),
        (Class::Closing, next) => next == Operator,
        (Ordinary, next) => matches!(next, Operator | Fraction),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_become_text() {
        let table = [
            ("x^2+y^2=z^2", "x² + y² = z²"),
            (r"e^{-x}", "e⁻ˣ"),
            (r"a_{i+1}^2 - a_i'", "aᵢ₊₁² − a′ᵢ"),
            (r"\alpha\beta \in \mathbb{R}^n", "αβ ∈ ℝⁿ"),
            (r"\frac{1}{2}mv^2", "1⁄2 mv²"),
            (r"\frac{a+b}{cd}", "(a + b)/(cd)"),
            (r"\frac12", "1⁄2"),
            (r"\frac{a}{b}^2", "(a/b)²"),
            (r"\sqrt{x}, \sqrt[3]{x+1} y", "√x, ∛(x + 1) y"),
            (r"\sum_{i=0}^n i", "∑ᵢ₌₀ⁿ i"),
            (r"\left( x \right)^{10}", "(x)¹⁰"),
            (r"\left\{ x \mid x > 0 \right\}", "{x ∣ x > 0}"),
            (r"f\colon A \to B", "f: A → B"),
            (r"-1 < -x \cdot -2", "−1 < −x ⋅ −2"),
            (r"O(n \log n)", "O(n log n)"),
            (r"2\sin^2 x", "2 sin² x"),
            (r"\text{if } x \ne 0", "if x ≠ 0"),
            (r"90^\circ, f''(x), A^\top", "90°, f′′(x), Aᵀ"),
            (r"x \not\in M, a \not= b", "x ∉ M, a ≠ b"),
            (r"\vec{v}, \hat a", "v⃗, â"),
            (r"\mathbf{x}\mathcal{L}", "𝐱ℒ"),
            (r"1,000.5\,\%", "1,000.5 %"),
            (r"a \equiv b \pmod{n}", "a ≡ b (mod n)"),
            (r"\{1, 2, \dots\}", "{1, 2, …}"),
            (r"\frac{n(n+1)}{2}\frac{x^{-1}}{2}(a)", "n(n + 1)/2 x⁻¹/2 (a)"),
            ("5", "5"),
            ("\n\\int_0^1 x\\,dx\n", "∫₀¹ x dx"),
            (r"p \land \lnot q \implies r", "p ∧ ¬q ⟹ r"),
            ("{}^{14}C", "¹⁴C"),
        ];
        for (tex, expected) in table {
            assert_eq!(unicode(tex).as_deref(), Some(expected), "{tex}");
        }
    }

    #[test]
    fn what_is_not_known_is_refused() {
        let table = [
            r"e^{i\pi}",
            r"\begin{matrix} a \end{matrix}",
            r"a \\ b",
            r"a & b",
            r"\foo",
            r"x^{y^2}",
            r"x^2^3",
            r"{x",
            r"x}",
            r"\left( x",
            r"x \right)",
            r"\frac{a}",
            r"\sqrt[q]{x}",
            "",
            " ",
            r"\",
            r"x^",
            r"\text{$a$}",
            r"\mathring{x}",
            "50% off",
            "\\\\",
            r"\vec{ab}",
            r"\left",
            "x_",
            "{{{{{{{{{{{{{{{{{x}}}}}}}}}}}}}}}}}",
            r"\mathcal{1}",
            "a#b",
        ];
        for tex in table {
            assert_eq!(unicode(tex), None, "{tex}");
        }
    }

    #[test]
    fn strange_input_ends() {
        for piece in
            ["{", "^", "\\frac", "\\left(", "\\sqrt[", "é\\", "_{", "\\not", "\\text{", "\\not\\in_i'"]
        {
            let _ = unicode(&piece.repeat(10_000));
        }
    }
}
