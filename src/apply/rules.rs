//! The rules that keep a message from being sent twice, lost, or taken for another, one by one.

/// Which of them hold. All of them do, outside of the simulation: it breaks one at a time and has to find the history
/// in which that does harm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a rule of its own")]
pub struct Rules {
    /// That a send had no effect is concluded only after the last one that could be under way has ended.
    pub absent_waits: bool,
    /// A marker ends the ids that can be in question; else they end at the first one that is missing.
    pub marker_ends_window: bool,
    /// What was sent is known by whose it is; else by what it says, and that can be edited.
    pub ownership_decides: bool,
    /// Where the bot may edit posts of others, that it could edit a message says nothing about whose it is.
    pub ownership_needs_witness: bool,
    /// An update that was not told counts only where all since then were.
    pub ledger_is_whole: bool,
    /// A message is missing when the platform says so twice.
    pub missing_twice: bool,
    /// Answers count only where a message that is there and one that can't be answer as they should.
    pub calibrated: bool,
    /// Of several sends that can't be read, some can't be told from others when messages are missing.
    pub order_needs_all: bool,
    /// Nothing is edited as long as it is not known which message is which; a doubt holds back what would be sent.
    pub doubt_holds_back: bool,
    /// After an edit of unknown fate the next one waits until that can't overwrite it any more.
    pub edit_waits: bool,
    /// What is to be deleted is claimed in the journal before.
    pub claim_before_delete: bool,
    /// What others posted is written down before the platform is told to forget it.
    pub hear_before_forget: bool,
    /// A send that was found absent is looked for after each later one.
    pub absent_is_watched: bool,
    /// A marker is written down before it is sent.
    pub marker_is_intended: bool,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            absent_waits: true,
            marker_ends_window: true,
            ownership_decides: true,
            ownership_needs_witness: true,
            ledger_is_whole: true,
            missing_twice: true,
            calibrated: true,
            order_needs_all: true,
            doubt_holds_back: true,
            edit_waits: true,
            claim_before_delete: true,
            hear_before_forget: true,
            absent_is_watched: true,
            marker_is_intended: true,
        }
    }
}
