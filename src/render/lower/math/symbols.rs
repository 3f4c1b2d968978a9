//! What TeX calls the characters of formulas: symbols, functions, accents, alphabets.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::Class;

const LETTERS: &str = "alpha α beta β gamma γ delta δ epsilon ϵ varepsilon ε zeta ζ eta η theta θ vartheta ϑ iota ι \
    kappa κ lambda λ mu μ nu ν xi ξ omicron ο pi π varpi ϖ rho ρ varrho ϱ sigma σ varsigma ς tau τ upsilon υ phi ϕ \
    varphi φ chi χ psi ψ omega ω Gamma Γ Delta Δ Theta Θ Lambda Λ Xi Ξ Pi Π Sigma Σ Upsilon Υ Phi Φ Psi Ψ Omega Ω \
    aleph ℵ beth ℶ ell ℓ hbar ℏ imath ı jmath ȷ Re ℜ Im ℑ wp ℘ partial ∂ nabla ∇ infty ∞ emptyset ∅ varnothing ∅ \
    forall ∀ exists ∃ nexists ∄ neg ¬ lnot ¬ top ⊤ bot ⊥ angle ∠ triangle △ square □ Box □ blacksquare ■ diamond ◇ \
    star ⋆ prime ′ degree ° dagger † ddagger ‡ S § P ¶ checkmark ✓ sharp ♯ flat ♭ natural ♮ clubsuit ♣ diamondsuit ♢ \
    heartsuit ♡ spadesuit ♠ ldots … dots … dotsc … dotsb ⋯ dotsm ⋯ cdots ⋯ vdots ⋮ ddots ⋱ pounds £ euro € \
    % % # # $ $ & & _ _ backslash \\ vert | Vert ‖ | ‖ mho ℧ complement ∁ AA Å aa å o ø O Ø ss ß ae æ AE Æ";

const OPERATORS: &str = "sum ∑ prod ∏ coprod ∐ int ∫ iint ∬ iiint ∭ oint ∮ bigcup ⋃ bigcap ⋂ bigvee ⋁ bigwedge ⋀ \
    bigoplus ⨁ bigotimes ⨂ bigsqcup ⨆ arccos arccos arcsin arcsin arctan arctan arg arg cos cos cosh cosh cot cot \
    coth coth csc csc deg deg det det dim dim exp exp gcd gcd hom hom inf inf ker ker lg lg lim lim ln ln log log \
    max max min min Pr Pr sec sec sin sin sinh sinh sup sup tan tan tanh tanh";

const BINARY: &str = "times × div ÷ pm ± mp ∓ cdot ⋅ ast ∗ circ ∘ bullet ∙ cap ∩ cup ∪ uplus ⊎ sqcap ⊓ sqcup ⊔ vee ∨ \
    lor ∨ wedge ∧ land ∧ setminus ∖ oplus ⊕ ominus ⊖ otimes ⊗ oslash ⊘ odot ⊙ bmod mod ltimes ⋉ rtimes ⋊ amalg ⨿ wr ≀ \
    veebar ⊻ barwedge ⊼";

const RELATIONS: &str = "leq ≤ le ≤ geq ≥ ge ≥ leqslant ⩽ geqslant ⩾ neq ≠ ne ≠ lt < gt > ll ≪ gg ≫ equiv ≡ sim ∼ \
    simeq ≃ approx ≈ cong ≅ propto ∝ asymp ≍ doteq ≐ models ⊨ vdash ⊢ dashv ⊣ vDash ⊨ perp ⟂ mid ∣ nmid ∤ parallel ∥ \
    in ∈ notin ∉ ni ∋ subset ⊂ supset ⊃ subseteq ⊆ supseteq ⊇ subsetneq ⊊ supsetneq ⊋ nsubseteq ⊈ sqsubseteq ⊑ \
    sqsupseteq ⊒ prec ≺ succ ≻ preceq ⪯ succeq ⪰ to → gets ← rightarrow → leftarrow ← leftrightarrow ↔ Rightarrow ⇒ \
    Leftarrow ⇐ Leftrightarrow ⇔ implies ⟹ impliedby ⟸ iff ⟺ longrightarrow ⟶ longleftarrow ⟵ longleftrightarrow ⟷ \
    Longrightarrow ⟹ Longleftarrow ⟸ Longleftrightarrow ⟺ mapsto ↦ longmapsto ⟼ hookrightarrow ↪ hookleftarrow ↩ \
    uparrow ↑ downarrow ↓ updownarrow ↕ Uparrow ⇑ Downarrow ⇓ nearrow ↗ searrow ↘ swarrow ↙ nwarrow ↖ leadsto ⇝ \
    rightharpoonup ⇀ rightharpoondown ⇁ rightleftharpoons ⇌ twoheadrightarrow ↠ rightsquigarrow ⇝ triangleq ≜ \
    coloneqq ≔ therefore ∴ because ∵ nleq ≰ ngeq ≱ nless ≮ ngtr ≯ lesssim ≲ gtrsim ≳ bowtie ⋈ multimap ⊸";

const OPENING: &str = "langle ⟨ lfloor ⌊ lceil ⌈ { { lbrace { lbrack [ lvert | lVert ‖";
const CLOSING: &str = "rangle ⟩ rfloor ⌋ rceil ⌉ } } rbrace } rbrack ] rvert | rVert ‖";
const PUNCTUATION: &str = "colon :";
const SPACES: &[(&str, &str)] = &[
    (",", " "),
    (":", " "),
    (";", " "),
    (" ", " "),
    ("!", ""),
    ("quad", "\u{2003}"),
    ("qquad", "\u{2003}\u{2003}"),
];

/// Commands that stand for a character or a name, with what it does to the blanks around it.
static SYMBOLS: LazyLock<HashMap<&str, (&str, Class)>> = LazyLock::new(|| {
    let tables = [
        (LETTERS, Class::Ordinary),
        (OPERATORS, Class::Operator),
        (BINARY, Class::Binary),
        (RELATIONS, Class::Relation),
        (OPENING, Class::Opening),
        (CLOSING, Class::Closing),
        (PUNCTUATION, Class::Punctuation),
    ];
    let mut symbols: HashMap<&str, (&str, Class)> =
        SPACES.iter().map(|(name, text)| (*name, (*text, Class::Space))).collect();
    for (table, class) in tables {
        let words: Vec<&str> = table.split_whitespace().collect();
        symbols.extend(words.chunks_exact(2).map(|pair| (pair[0], (pair[1], class))));
    }
    symbols
});

pub(super) fn symbol(name: &str) -> Option<(&'static str, Class)> {
    SYMBOLS.get(name).copied()
}

/// The combining mark of an accent command. The ring is missing: Telegram removes it.
pub(super) fn accent(name: &str) -> Option<char> {
    Some(match name {
        "hat" | "widehat" => '\u{302}',
        "bar" => '\u{304}',
        "overline" => '\u{305}',
        "underline" => '\u{332}',
        "tilde" | "widetilde" => '\u{303}',
        "vec" => '\u{20d7}',
        "dot" => '\u{307}',
        "ddot" => '\u{308}',
        "acute" => '\u{301}',
        "grave" => '\u{300}',
        "check" => '\u{30c}',
        "breve" => '\u{306}',
        _ => return None,
    })
}

/// Where an alphabet of mathematical letters begins.
#[derive(Clone, Copy)]
pub(super) struct Alphabet {
    upper: u32,
    lower: u32,
    digits: Option<u32>,
    /// Letters that stand elsewhere in Unicode.
    exceptions: &'static str,
}

pub(super) fn alphabet(name: &str) -> Option<Alphabet> {
    let (upper, lower, digits, exceptions) = match name {
        "mathbb" => (0x1d538, 0x1d552, Some(0x1d7d8), "CℂHℍNℕPℙQℚRℝZℤ"),
        "mathcal" | "mathscr" => (0x1d49c, 0x1d4b6, None, "BℬEℰFℱHℋIℐLℒMℳRℛeℯgℊoℴ"),
        "mathfrak" => (0x1d504, 0x1d51e, None, "CℭHℌIℑRℜZℨ"),
        "mathbf" | "boldsymbol" | "bm" => (0x1d400, 0x1d41a, Some(0x1d7ce), ""),
        "mathsf" => (0x1d5a0, 0x1d5ba, Some(0x1d7e2), ""),
        "mathtt" => (0x1d670, 0x1d68a, Some(0x1d7f6), ""),
        _ => return None,
    };
    Some(Alphabet { upper, lower, digits, exceptions })
}

impl Alphabet {
    /// `c` in this alphabet, if it has it.
    pub(super) fn letter(self, c: char) -> Option<char> {
        let mut exceptions = self.exceptions.chars();
        if exceptions.by_ref().any(|exception| exception == c) {
            return exceptions.next();
        }
        let begin = match c {
            'A'..='Z' => self.upper - u32::from('A'),
            'a'..='z' => self.lower - u32::from('a'),
            '0'..='9' => self.digits? - u32::from('0'),
            _ => return None,
        };
        char::from_u32(begin + u32::from(c))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_pairs() {
        for table in [LETTERS, OPERATORS, BINARY, RELATIONS, OPENING, CLOSING, PUNCTUATION] {
            let words: Vec<&str> = table.split_whitespace().collect();
            assert!(words.len().is_multiple_of(2));
            for pair in words.chunks_exact(2) {
                let is_name = pair[0].chars().all(|c| c.is_ascii_alphabetic()) || pair[0].len() == 1;
                assert!(
                    is_name && (!pair[1].is_ascii() || pair[0] == pair[1] || pair[1].len() <= 3),
                    "{pair:?}"
                );
            }
        }
        assert_eq!(symbol("qquad").unwrap().0.chars().count(), 2);
    }

    #[test]
    fn alphabets_have_their_exceptions() {
        let table = [
            ("mathbb", "RQA1", "ℝℚ𝔸𝟙"),
            ("mathcal", "LOe", "ℒ𝒪ℯ"),
            ("mathfrak", "Cg", "ℭ𝔤"),
            ("mathbf", "x0", "𝐱𝟎"),
        ];
        for (name, plain, expected) in table {
            let alphabet = alphabet(name).unwrap();
            assert_eq!(plain.chars().map(|c| alphabet.letter(c).unwrap()).collect::<String>(), expected);
        }
        assert_eq!(alphabet("mathcal").unwrap().letter('1'), None);
        assert_eq!(alphabet("mathbf").unwrap().letter('é'), None);
    }
}
