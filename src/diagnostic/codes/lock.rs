//! `TG06xx`: the lock.

codes! {
    EDITED = "TG0601", "the lock was edited by hand",
        "Every change that tgsync saves raises the serial of the lock. This one has the serial of a committed version and says \
         something else, so a person or another tool changed it. Wrong ids make tgsync edit the wrong messages: put the committed \
         version back (`git checkout HEAD -- state.lock.json`) and use `tgsync state mv|forget|rebind` for repairs.";
    NOT_CANONICAL = "TG0602", "the lock is not in its canonical form",
        "tgsync writes the same state always as the same bytes. This file says the same in another layout, as an editor or a \
         formatter leaves it; the next apply writes it back, as a large difference in git. Exclude the file from the formatter.";
    UNREADABLE = "TG0603", "the lock can't be read",
        "Nothing can be planned without the lock. The message says what is wrong with it: conflict markers of a merge, an end in the \
         middle, a newer format. What was sent since the last save is in `.tgsync/journal.jsonl` and is folded in by the next run.";
}
