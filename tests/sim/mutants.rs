//! Every rule is broken once: without it a history must fail. A rule that is not needed is not held by anything.

use tgsync::apply::Rules;

use crate::scope::scope;
use crate::search::{draw_until, replayed};
use crate::turn::GitRules;
use crate::world::Halt;

/// Histories that are tried until a rule counts as not needed.
const MOST: u64 = 6000;

/// A rule, where its lack does harm, and the program without it.
struct Mutant {
    rule: &'static str,
    scope: &'static str,
    breaks: fn(&mut Rules, &mut GitRules),
}

const fn mutant(rule: &'static str, scope: &'static str, breaks: fn(&mut Rules, &mut GitRules)) -> Mutant {
    Mutant { rule, scope, breaks }
}

const MUTANTS: &[Mutant] = &[
    mutant("absent only after the last effect", "dense", |rules, _| rules.absent_waits = false),
    mutant("a marker ends the window", "dense", |rules, _| rules.marker_ends_window = false),
    mutant("ownership decides, not content", "dense-readable", |rules, _| rules.ownership_decides = false),
    mutant("ownership needs a witness", "dense-witnessed", |rules, _| rules.ownership_needs_witness = false),
    mutant("updates count without a gap", "dense-witnessed", |rules, _| rules.ledger_is_whole = false),
    mutant("missing is said twice", "dense", |rules, _| rules.missing_twice = false),
    mutant("answers are calibrated", "dense-blind", |rules, _| rules.calibrated = false),
    mutant("in order only if all are there", "dense-git-group", |rules, _| rules.order_needs_all = false),
    mutant("a doubt holds back", "dense-blind", |rules, _| rules.doubt_holds_back = false),
    mutant("an edit is waited for", "dense", |rules, _| rules.edit_waits = false),
    mutant("claimed before deleted", "dense", |rules, _| rules.claim_before_delete = false),
    mutant("updates written down first", "dense-witnessed", |rules, _| rules.hear_before_forget = false),
    mutant("an absent send is watched for", "dense", |rules, _| rules.absent_is_watched = false),
    mutant("a marker is written down first", "dense", |rules, _| rules.marker_is_intended = false),
    mutant("fetch after the lease", "dense-git", |_, git| git.fetches_again = false),
    mutant("compare and swap", "dense-git", |_, git| git.compares = false),
    mutant("a fence before each call", "dense-git", |_, git| git.fences = false),
    mutant("a lease lasts its time", "dense-git", |_, git| git.ttl_counts = false),
    mutant("a takeover waits for calls", "dense-git", |_, git| git.takeover_waits = false),
    mutant("a lost journal is doubt", "dense-git-lost", |_, git| git.loss_is_doubt = false),
    mutant("the journal is the truth", "dense-git", |_, git| git.journal_is_truth = false),
];

#[test]
fn every_rule_is_needed() {
    let wanted = std::env::var("TGSYNC_SIM_MUTANT").unwrap_or_default();
    let mut alive = Vec::new();
    println!("{:34} {:18} {:>9}  how it dies", "rule", "scope", "histories");
    for mutant in MUTANTS.iter().filter(|mutant| mutant.rule.contains(&wanted)) {
        let (mut rules, mut git) = (Rules::default(), GitRules::default());
        (mutant.breaks)(&mut rules, &mut git);
        let Some((histories, broken)) = draw_until((scope(mutant.scope), (rules, git)), MOST) else {
            println!("{:34} {:18} {MOST:>9}  lives", mutant.rule, mutant.scope);
            alive.push(mutant.rule);
            continue;
        };
        println!("{:34} {:18} {histories:>9}  {}", mutant.rule, mutant.scope, broken.what);
        let tape = broken.tape.split_once(':').unwrap().1;
        let sound = replayed((scope(mutant.scope), Default::default()), tape);
        assert!(!matches!(sound.halt, Some(Halt::Broken(_))), "it fails with all rules: {}", broken.tape);
    }
    assert_eq!(alive, Vec::<&str>::new(), "rules that nothing needs");
}
