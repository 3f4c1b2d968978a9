//! `TG01xx`: reading files.

codes! {
    NO_CONTENT = "TG0101", "the content folder is missing",
        "The folder that `content:` in `tgsync.yaml` names (default: `content`) isn't there, is no folder, or can't be listed. \
         A missing folder is never taken for an empty channel: nothing is removed because of it. Create the folder, or name the right one: `content: posts`.";
    UNREADABLE = "TG0102", "a file can't be read",
        "The operating system refused to open or list something below the content folder, usually for want of a permission. \
         Nothing is removed from the channel while a file can't be read. Give read permission (`chmod u+r content/post.md`), or exclude the file in `.tgsyncignore`.";
    TOO_LARGE = "TG0103", "a file is too large",
        "A post's file may hold 1 MiB; a Telegram message holds 4096 characters, so a larger file is nearly always something else with the ending `.md`. \
         Move it out of the content folder, exclude it in `.tgsyncignore`, or let its name begin with `_`.";
    NOT_UTF8 = "TG0104", "a file isn't UTF-8",
        "Posts are UTF-8 text. The message names the first byte that isn't, and its line. \
         Convert the file, for example with `iconv -f WINDOWS-1251 -t UTF-8 old.md > new.md`, and save it as UTF-8 from then on.";
    SYMLINK = "TG0105", "a symbolic link can't be followed",
        "A symbolic link below the content folder leads out of it, leads nowhere, or leads in a circle. \
         Links are followed only within the content folder, so that a pull request can't publish other files of the machine. Replace the link by the file it points to, or remove it.";
    BAD_FILE_NAME = "TG0106", "a file name can't be used",
        "The name of a file or folder isn't UTF-8, or holds a backslash or a control character such as a line break. \
         Such a name can't be written into reports and the lock without being mistaken for another. Rename the file: `git mv 'a\\b.md' a-b.md`.";
    BAD_IGNORE_PATTERN = "TG0107", "an ignore pattern can't be understood",
        "A line of `.gitignore` or `.tgsyncignore` isn't a valid pattern and was skipped; the other lines hold. \
         A frequent cause is a range such as `[z-a]`, whose ends are exchanged; write `\\[` for a bracket in a name.";
    CONTENT_IGNORED = "TG0108", "the content folder is ignored",
        "A `.gitignore` or `.tgsyncignore` above the content folder excludes the whole folder, so that no post could ever be read. \
         Remove that line, or take the folder back in with a line such as `!/content/`.";
    CONFLICT = "TG0109", "git conflict markers",
        "A merge left both versions in the file, between `<<<<<<<` and `>>>>>>>`; published as it is, subscribers would read both. \
         Keep one version and remove the markers. Markers that a post is about belong into a fenced code block.";
}
