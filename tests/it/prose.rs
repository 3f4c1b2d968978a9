//! What people read, word for word.

use serde_json::json;

use super::support::Project;

/// The talk of a run without what differs from run to run.
pub(super) fn settings(project: &Project) -> insta::Settings {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.add_filter(&regex(&project.folder().display().to_string()), "FOLDER");
    settings.add_filter(r"\b(p1|c1)-[0-9a-f]{16}\b", "$1-…");
    settings.add_filter(r"\b[0-9a-f]{40}\b", "BLOB");
    settings.add_filter(r"\b[0-9a-f]{32}\b", "DIGEST");
    settings.add_filter(r"commit(ted as)? `?[0-9a-f]{12}\b`?", "commit$1 ID");
    settings.add_filter(r"lineage `?[0-9a-f]{12}`?", "lineage ID");
    settings.add_filter(r"checkout [0-9a-f]{12}", "checkout ID");
    settings
}

fn regex(text: &str) -> String {
    text.replace('.', r"\.")
}

macro_rules! reads {
    ($project:expr, $run:expr, @$text:literal) => {
        settings(&$project).bind(|| insta::assert_snapshot!($run.all(), @$text))
    };
}

fn project() -> Project {
    Project::new()
        .post("about.md", "# About us\n\nRead [the rules](post:rules).")
        .post_with("rules.md", "pin: true", "# Rules\n\n1. Be kind.\n2. No spam.")
        .post_with("launch.md", "publish_at: 2026-01-05T18:00:00Z", "We launch!")
        .git()
}

#[test]
fn a_first_plan_and_its_apply() {
    let project = project();
    reads!(project, project.plan(), @r"
    news (@sandbox)

      @   launch  scheduled  new          content/launch.md:5  2026-01-05T18:00:00Z
      +   about   send       new          content/about.md:4
      +   rules   send       new          content/rules.md:5
      ~   about   edit       link target  content/about.md:4
      ~   rules   edit       pin          content/rules.md:5

      + send   ~ edit   @ scheduled

    + about · About us
      + About us
      +
      + Read the rules <post:rules>.

    + rules · Rules
      + Rules
      +
      + 1. Be kind.
      + 2. No spam.

    ~ about · About us
        its link to `rules` is filled in

    ~ rules · Rules
        pinned

    Plan: 2 to send, 2 to edit, 0 to delete, 1 scheduled (0 unchanged). ≈ 4 calls, ≈ 4 s, 2 notifications.
    Plan id: p1-…
    ");
    reads!(project, project.apply(), @r"
    news (@sandbox)

      @   launch  scheduled  new          content/launch.md:5  2026-01-05T18:00:00Z
      +   about   send       new          content/about.md:4
      +   rules   send       new          content/rules.md:5
      ~   about   edit       link target  content/about.md:4
      ~   rules   edit       pin          content/rules.md:5

      + send   ~ edit   @ scheduled

    + about · About us
      + About us
      +
      + Read the rules <post:rules>.

    + rules · Rules
      + Rules
      +
      + 1. Be kind.
      + 2. No spam.

    ~ about · About us
        its link to `rules` is filled in

    ~ rules · Rules
        pinned

    Plan: 2 to send, 2 to edit, 0 to delete, 1 scheduled (0 unchanged). ≈ 4 calls, ≈ 4 s, 2 notifications.
    Plan id: p1-…

    done     +   about  https://t.me/sandbox/2
    done     +   rules  https://t.me/sandbox/3
    done     ~   about  link target  https://t.me/sandbox/2
    done     ~   rules  pin  https://t.me/sandbox/3
    Applied: 4 done, 1 skipped, 0 in doubt, 0 failed, 0 held.
    Lock committed as ID.
    ");
    reads!(project, project.run(&["status"]), @r"
    lock: lineage ID, serial 1
    news: 2 posts, chat -1001000000001
      plan p1-… is under way: 3 done, the rest waits for its time
    ");
    reads!(project, project.plan(), @r"
    news (@sandbox)

      @   launch  scheduled  new  content/launch.md:5  2026-01-05T18:00:00Z

      @ scheduled

    Plan: 0 to send, 0 to edit, 0 to delete, 1 scheduled (2 unchanged). ≈ 0 calls, ≈ 0 s, 0 notifications.
    Plan id: p1-…
    ");
}

#[test]
fn changes_of_what_is_there() {
    let project = project();
    project.apply().expect(0);
    project.put("rules.md", "silent: true", "# Rules\n\n1. Be very kind.\n2. No spam.");
    project.remove("content/about.md");
    project.put("launch.md", "", "We launch!");
    reads!(project, project.run(&["plan", "--prune"]), @r"
    news (@sandbox)

      ~   rules   edit       text            content/rules.md:5
      +   launch  send       new             content/launch.md:4
      ~   rules   edit       pin             content/rules.md:5
      -   about   delete     source removed  content/about.md:1
      note: `rules`: `silent`, `protect_content`, `topic` and `reply_to` are fixed when a message is sent; the new values have no effect on it

      + send   ~ edit   - delete

    ~ rules · Rules · @sandbox #3
        Rules

      - 1. Be kind.
      + 1. Be very kind.
        2. No spam.

    + launch
      + We launch!

    ~ rules · Rules · @sandbox #3
        unpinned

    - about · @sandbox #2
      - About us
      -
      - Read the rules <post:rules>.

    Plan: 1 to send, 2 to edit, 1 to delete (0 unchanged). ≈ 4 calls, ≈ 4 s, 1 notification.
    Plan id: p1-…
    ");
    reads!(project, project.run(&["plan", "--prune", "--format", "markdown"]), @r"
    ### tgsync plan

    **Plan: 1 to send, 2 to edit, 1 to delete (0 unchanged). ≈ 4 calls, ≈ 4 s, 1 notification.**

    #### `news` (`@sandbox`)

    | | post | change | why | file |
    |---|---|---|---|---|
    | `~` | `rules` Rules | edit | text | `content/rules.md:5` |
    | `+` | `launch` launch | send 🔔 | new | `content/launch.md:4` |
    | `~` | `rules` Rules | edit | pin | `content/rules.md:5` |
    | `-` | `about` about | delete | source removed | `content/about.md:1` |

    > \`rules\`\: \`silent\`\, \`protect\_content\`\, \`topic\` and \`reply\_to\` are fixed when a message is sent\; the new values have no effect on it

    <details><summary>edit `rules` · Rules</summary>

    ```diff
      Rules
      
    - 1. Be kind.
    + 1. Be very kind.
      2. No spam.
    ```

    </details>

    <details><summary>send `launch` · launch</summary>

    ```diff
    + We launch!
    ```

    </details>

    <details><summary>edit `rules` · Rules</summary>

    - unpinned

    </details>

    <details><summary>delete `about` · about</summary>

    ```diff
    - About us
    - 
    - Read the rules <post:rules>.
    ```

    </details>

    Plan id: `p1-…`
    ");
    reads!(project, project.run(&["plan", "--prune", "--format", "github"]), @r"
    ::notice file=content/rules.md,line=5,title=tgsync%3A edit rules::Rules in @sandbox: text
    ::notice file=content/launch.md,line=4,title=tgsync%3A send launch::launch in @sandbox: new
    ::notice file=content/rules.md,line=5,title=tgsync%3A edit rules::Rules in @sandbox: pin
    ::notice file=content/about.md,line=1,title=tgsync%3A delete about::about in @sandbox: source removed
    Plan: 1 to send, 2 to edit, 1 to delete (0 unchanged). ≈ 4 calls, ≈ 4 s, 1 notification.
    Plan id: p1-…
    ");
    reads!(project, project.apply_with(&["--prune"]), @r"
    warning: `content/about.md` and 2 more are not committed; they are applied as on disk
    news (@sandbox)

      ~   rules   edit       text            content/rules.md:5
      +   launch  send       new             content/launch.md:4
      ~   rules   edit       pin             content/rules.md:5
      -   about   delete     source removed  content/about.md:1
      note: `rules`: `silent`, `protect_content`, `topic` and `reply_to` are fixed when a message is sent; the new values have no effect on it

      + send   ~ edit   - delete

    ~ rules · Rules · @sandbox #3
        Rules

      - 1. Be kind.
      + 1. Be very kind.
        2. No spam.

    + launch
      + We launch!

    ~ rules · Rules · @sandbox #3
        unpinned

    - about · @sandbox #2
      - About us
      -
      - Read the rules <post:rules>.

    Plan: 1 to send, 2 to edit, 1 to delete (0 unchanged). ≈ 4 calls, ≈ 4 s, 1 notification.
    Plan id: p1-…

    done     ~   rules  text  https://t.me/sandbox/3
    done     +   launch  https://t.me/sandbox/5
    done     ~   rules  pin  https://t.me/sandbox/3
    done     -   about
    Applied: 4 done, 0 skipped, 0 in doubt, 0 failed, 0 held.
    Lock committed as ID.
    ");
}

#[test]
fn a_doubt() {
    let project = project();
    project.fault(json!({"method": "sendMessage", "kind": "late", "delay_s": 100}));
    project.fault(json!({"method": "sendMessage", "kind": "drop_after"}));
    reads!(project, project.apply(), @r"
    news (@sandbox)

      @   launch  scheduled  new          content/launch.md:5  2026-01-05T18:00:00Z
      +   about   send       new          content/about.md:4
      +   rules   send       new          content/rules.md:5
      ~   about   edit       link target  content/about.md:4
      ~   rules   edit       pin          content/rules.md:5

      + send   ~ edit   @ scheduled

    + about · About us
      + About us
      +
      + Read the rules <post:rules>.

    + rules · Rules
      + Rules
      +
      + 1. Be kind.
      + 2. No spam.

    ~ about · About us
        its link to `rules` is filled in

    ~ rules · Rules
        pinned

    Plan: 2 to send, 2 to edit, 0 to delete, 1 scheduled (0 unchanged). ≈ 4 calls, ≈ 4 s, 2 notifications.
    Plan id: p1-…

    waiting: target `news`: what was sent without an answer may still arrive: for 120 s, until 2026-01-01T00:02:00Z
    settled: `about` of news was sent: it is message 2  https://t.me/sandbox/2
      looked above message 0, below the marker 3
      message 1: of somebody else: the bot can't edit it
      message 2: ours: no update told of it, as of all that others post
    done     +   about  https://t.me/sandbox/2
    settled: `rules` of news was sent: it is message 5  https://t.me/sandbox/5
      looked above message 4
      message 5: ours: no update told of it, as of all that others post
      message 6: not there
      message 7: not there
      message 8: not there
    done     +   rules  https://t.me/sandbox/5
    done     ~   about  link target  https://t.me/sandbox/2
    done     ~   rules  pin  https://t.me/sandbox/5
    done     ~   rules  made sure of after a doubt  https://t.me/sandbox/5
    Applied: 5 done, 1 skipped, 0 in doubt, 0 failed, 0 held.
    Lock committed as ID.
    ");
}

#[test]
fn a_doubt_that_no_evidence_settles() {
    let project = project();
    reads!(project, project.lose(1, true), @r"
    waiting: target `news`: what was sent without an answer may still arrive: for 210 s, until 2026-01-01T00:03:30Z
    in doubt: `about` of news: message 2 may be it: it is of that time and says something else
      looked above message 0, below the marker 3
      message 1: of somebody else: the bot can't edit it
      message 2: can't be told: it is of that time and says something else
      updates can't be heard: Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first
      look for a message that begins `About us` in the chat, then `tgsync resolve about --sent-as ID` or `--not-sent`
    news (@sandbox)

      @   launch  scheduled  new                          content/launch.md:5  2026-01-05T18:00:00Z
      !   about   blocked    in doubt, new                content/about.md:4
      !   rules   blocked    behind a send in doubt, new  content/rules.md:5
      !   rules   blocked    behind a send in doubt, pin  content/rules.md:5

      @ scheduled   ! blocked

    ! about · About us
        sent at 2026-01-01T00:00:00Z with unknown fate
        look for it in the chat, then `tgsync resolve about --sent-as ID` or `--not-sent`
      + About us
      +
      + Read the rules <post:rules>.

    ! rules · Rules
      + Rules
      +
      + 1. Be kind.
      + 2. No spam.

    ! rules · Rules
        pinned

    Plan: 0 to send, 0 to edit, 0 to delete, 1 scheduled, 3 blocked (0 unchanged). ≈ 0 calls, ≈ 0 s, 0 notifications.
    Plan id: p1-…

    in doubt !   about  sent at 2026-01-01T00:00:00Z with unknown fate
             look for it in the chat, then `tgsync resolve about --sent-as ID` or `--not-sent`
    skipped  !   rules  behind a send in doubt
    skipped  !   rules  behind a send in doubt
    Lock committed as ID.
    ");
    reads!(project, project.run(&["resolve", "about"]), @r"
    in doubt: `about` of news: message 2 may be it: it is of that time and says something else
      looked above message 0, below the marker 5
      message 1: of somebody else: the bot can't edit it
      message 2: can't be told: it is of that time and says something else
      message 3: not there
      message 4: not there
      updates can't be heard: Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first
      look for a message that begins `About us` in the chat, then `tgsync resolve about --sent-as ID` or `--not-sent`
    Lock committed as ID.
    ");
    reads!(project, project.apply(), @r"
    news (@sandbox)

      @   launch  scheduled  new                          content/launch.md:5  2026-01-05T18:00:00Z
      !   about   blocked    in doubt, new                content/about.md:4
      !   rules   blocked    behind a send in doubt, new  content/rules.md:5
      !   rules   blocked    behind a send in doubt, pin  content/rules.md:5

      @ scheduled   ! blocked

    ! about · About us
        sent at 2026-01-01T00:00:00Z with unknown fate
        look for it in the chat, then `tgsync resolve about --sent-as ID` or `--not-sent`
      + About us
      +
      + Read the rules <post:rules>.

    ! rules · Rules
      + Rules
      +
      + 1. Be kind.
      + 2. No spam.

    ! rules · Rules
        pinned

    Plan: 0 to send, 0 to edit, 0 to delete, 1 scheduled, 3 blocked (0 unchanged). ≈ 0 calls, ≈ 0 s, 0 notifications.
    Plan id: p1-…

    in doubt !   about  sent at 2026-01-01T00:00:00Z with unknown fate
             look for it in the chat, then `tgsync resolve about --sent-as ID` or `--not-sent`
    skipped  !   rules  behind a send in doubt
    skipped  !   rules  behind a send in doubt
    ");
    reads!(project, project.run(&["status"]), @r"
    lock: lineage ID, serial 3
    news: 0 posts, chat -1001000000001
      plan p1-… is under way: 0 done
      ! about in doubt: sent at 2026-01-01T00:00:00Z with unknown fate, beginning `About us`; `tgsync resolve about --sent-as ID | --not-sent`
    ");
    reads!(project, project.run(&["resolve", "about", "--sent-as", "2"]), @r"
    Lock committed as ID.
    `about` is message 2; the next apply makes sure that it says what it should
    ");
    reads!(project, project.run(&["resolve", "about", "--sent-as", "2"]), @r"
    error: `about` is not in doubt
    help: `tgsync status` shows what is
    ");
    reads!(project, project.plan(), @r"
    news (@sandbox)

      @   launch  scheduled  new                                      content/launch.md:5  2026-01-05T18:00:00Z
      +   rules   send       new                                      content/rules.md:5
      ~   about   edit       made sure of after a doubt, link target  content/about.md:4
      ~   rules   edit       pin                                      content/rules.md:5

      + send   ~ edit   @ scheduled

    + rules · Rules
      + Rules
      +
      + 1. Be kind.
      + 2. No spam.

    ~ rules · Rules
        pinned

    Plan: 1 to send, 2 to edit, 0 to delete, 1 scheduled (0 unchanged). ≈ 3 calls, ≈ 3 s, 1 notification.
    Plan id: p1-…
    ");
}

#[test]
fn refusals() {
    let project = project();
    reads!(project, project.run(&["apply", "--quiet"]), @r"
    error: there is no terminal to ask on
    help: `--yes` applies without asking
    ");
    let id = project.plan_id();
    project.put("about.md", "", "# About us\n\nRead them.");
    reads!(project, project.apply_with(&["--expect-plan", &id]), @r"
    warning: `content/about.md` is not committed; it is applied as on disk
    Approved and not planned any more:
      +   about in news (send)
      ~   about in news (edit)
    Planned now and not approved:
      +   about in news (send)
    + about · About us
      + About us
      +
      + Read them.
    error: the plan is p1-… now, p1-… was approved; nothing was sent
    help: look at it with `tgsync plan`; `--expect-plan p1-…` approves it
    ");
    project.apply().expect(0);
    project.remove("state.lock.json");
    reads!(project, project.apply(), @r"
    error: the lock is missing, but commit ID has serial 1 of lineage ID; a plan without it would send every post again
    help: restore it: `git checkout ID -- state.lock.json`
    ");
    project.git_run(&["checkout", "--", "state.lock.json"]);
    project.run(&["hold", "rules"]).expect(0);
    project.put("rules.md", "pin: true", "# Rules\n\nNone.");
    reads!(project, project.apply(), @r"
    warning: `content/about.md` and 1 more are not committed; they are applied as on disk
    news (@sandbox)

      !   rules   blocked    held, text  content/rules.md:5
      @   launch  scheduled  new         content/launch.md:5  2026-01-05T18:00:00Z

      @ scheduled   ! blocked

    ! rules · Rules · @sandbox #3
        Rules

      - 1. Be kind.
      - 2. No spam.
      + None.

    Plan: 0 to send, 0 to edit, 0 to delete, 1 scheduled, 1 blocked (1 unchanged). ≈ 0 calls, ≈ 0 s, 0 notifications.
    Plan id: p1-…

    held     !   rules  held by `tgsync hold`
             `tgsync release` lets it go
    ");
}

#[test]
fn problems_of_content() {
    let project = project();
    project.write("content/a.md", "---\nslug: A\npinn: true\n---\n\nSee [x](post:abuot) and [[rules]].\n");
    project.write("content/b.md", "no front matter\n");
    project.put("c.md", "reply_to: about", "%%note%%\n\n[y](nothing.pdf)");
    reads!(project, project.run(&["check"]), @r"
    error[TG0211]: `slug`: the slug `A` may hold only `a-z`, `0-9` and `-`, and begins with a letter or digit
     --> content/a.md:2:7
      |
    2 | slug: A
      |       ^
      |
      = help: write `a`

    error[TG0208]: unknown key `pinn`
     --> content/a.md:3:1
      |
    3 | pinn: true
      | ^^^^
      |
      = help: did you mean `pin`?

    error[TG0202]: the file has no front matter
     --> content/b.md:1:1
      |
    1 | no front matter
      | ^^^^^^^^^^^^^^^
      |
      = help: `tgsync check --fix` adds it, with a slug made from the file name

    error[TG0430]: the private note `%%…%%` would be published
     --> content/c.md:6:1
      |
    6 | %%note%%
      | ^^^^^^^^
      |
      = help: remove the note; write `\%%` for two percent signs

    warning[TG0414]: `nothing.pdf` is neither a web address nor a post: the link is shown as its text
     --> content/c.md:8:1
      |
    8 | [y](nothing.pdf)
      | ^^^^^^^^^^^^^^^^
      |
      = help: a web address begins with `https://`, a post ends in `.md`
    4 posts, 4 errors, 1 warning
    ");
    reads!(project, project.run(&["check", "--format", "github"]), @r"
    ::error file=content/a.md,line=2,col=7,endColumn=8,title=TG0211::`slug`: the slug `A` may hold only `a-z`, `0-9` and `-`, and begins with a letter or digit; write `a`
    ::error file=content/a.md,line=3,col=1,endColumn=5,title=TG0208::unknown key `pinn`; did you mean `pin`?
    ::error file=content/b.md,line=1,col=1,endColumn=16,title=TG0202::the file has no front matter; `tgsync check --fix` adds it, with a slug made from the file name
    ::error file=content/c.md,line=6,col=1,endColumn=9,title=TG0430::the private note `%25%25…%25%25` would be published; remove the note; write `\%25%25` for two percent signs
    ::warning file=content/c.md,line=8,col=1,endColumn=17,title=TG0414::`nothing.pdf` is neither a web address nor a post: the link is shown as its text; a web address begins with `https://`, a post ends in `.md`
    4 posts, 4 errors, 1 warning
    ");
}

#[test]
fn explanations() {
    let project = project();
    project.apply().expect(0);
    project.put("about.md", "", "# About us\n\nRead them.");
    reads!(project, project.run(&["explain", "about"]), @r"
    about in news
      recorded   html/1 from blob BLOB, content/about.md
      source     html/1 from blob BLOB, content/about.md
      text          DIGEST  DIGEST  differs
      options       DIGEST  DIGEST  same
      buttons       -                                 -                                 same
    news (@sandbox)

      ~   about  edit       text  content/about.md:4

      ~ edit

    ~ about · About us · @sandbox #2
        About us

      - Read the rules <post:rules>.
      + Read them.

    Plan: 0 to send, 1 to edit, 0 to delete (1 unchanged). ≈ 1 call, ≈ 1 s, 0 notifications.
    Plan id: p1-…
    ");
    reads!(project, project.run(&["explain", "rules"]), @r"
    rules in news
      recorded   html/1 from blob BLOB, content/rules.md
      source     html/1 from blob BLOB, content/rules.md
      text          DIGEST  DIGEST  same
      options       DIGEST  DIGEST  same
      buttons       -                                 -                                 same
    No change: `rules` is as the content says.
    ");
    reads!(project, project.run(&["explain", "TG0410"]), @r"
    TG0410: link to a post that is not there

    `post:SLUG`, `[[SLUG]]` and relative links to `.md` files lead to other posts, and become their `t.me` links. The slug or file of this one is unknown. Correct the spelling, or add the post.
    ");
    reads!(project, project.run(&["where", "https://t.me/sandbox/3"]), @"news  rules  content/rules.md  blob BLOB  since commit BLOB");
}
