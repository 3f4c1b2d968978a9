//! `TG03xx`: rules across posts.

codes! {
    DUPLICATE_SLUG = "TG0301", "two posts have one slug",
        "A slug is the identity of a post and may appear once in the repository. The message names both files. \
         Give one of them another slug. If one file is a copy of the other, remove it; if a post was moved, remove the old file.";
    UNKNOWN_POST = "TG0302", "a post refers to a post that isn't there",
        "`reply_to`, or a button with `post:slug` or a path to a `.md` file, names a post that doesn't exist in the content folder. \
         Correct the slug, or remove the reference.";
    REPLY_CYCLE = "TG0303", "posts reply to each other in a circle",
        "A reply is sent after the post it replies to, so a post can't reply to itself, nor can two posts reply to each other. Remove one `reply_to` of the circle.";
    BAD_RENAME = "TG0304", "a renamed slug can't be followed",
        "`renamed_from` moves the record of an old slug to this post, without sending anything. The old slug must be gone from the content folder, must not be this post's own, and only one post may claim it. \
         Remove the wrong `renamed_from`, or rename the other post.";
    UNKNOWN_TARGET = "TG0305", "a post names an unknown target",
        "`targets` in front matter holds names from `targets:` in `tgsync.yaml`. Correct the name, or add the target to the config.";
    NO_TARGET = "TG0306", "a post goes nowhere",
        "The config has several targets, none of which is `default: true`, and the post doesn't say which it wants. \
         Write `targets: [news]` in the post, or `default: true` at a target in `tgsync.yaml`.";
    UNKNOWN_TOPIC = "TG0307", "a post names an unknown topic",
        "`topic` is the name of a forum topic from `topics:` of each target that the post goes to, or the topic's id. \
         Add it to the config, such as `topics: {releases: 12}`, or correct the name.";
    FUTURE_DATE = "TG0308", "a date in the future doesn't delay",
        "`date` decides only the order of sending among new posts; the post is sent with the next `apply`. \
         A post that should wait has `publish_at: 2026-11-20T10:00+02:00`.";
    REPLY_ELSEWHERE = "TG0309", "a post replies to a post of another target",
        "A reply needs the message it replies to in the same chat, but the post named by `reply_to` doesn't go to every target of this post. \
         Send both posts to the same targets, or remove `reply_to`.";
}
