//! Posts with files, from the folder to the chat: sent once, edited in place, sent anew where nothing else helps.

use serde_json::{Value, json};

use super::sandbox::media::jpeg;
use super::support::{Call, PERSON, Project, chat, day};

/// A small JPEG that differs from all others of another number.
fn picture(number: u16) -> Vec<u8> {
    let mut bytes = jpeg(120, 80);
    bytes.extend(number.to_be_bytes());
    bytes
}

fn name(number: u16) -> String {
    format!("p{number:02}.jpg")
}

/// A post `trip` of the pictures `numbers`, with a caption.
fn album(project: &Project, numbers: &[u16], text: &str) {
    for number in numbers {
        project.write(&format!("content/trip/{}", name(*number)), picture(*number));
    }
    let items: Vec<String> = numbers.iter().map(|number| name(*number)).collect();
    project.write(
        "content/trip/index.md",
        format!("---\nslug: trip\nmedia: [{}]\n---\n\n{text}\n", items.join(", ")),
    );
}

fn twelve() -> Vec<u16> {
    (1..=12).collect()
}

/// How many files the calls carried.
fn uploads(calls: &[Call]) -> usize {
    let is_file = |value: &&Value| value["sha256"].is_string();
    calls.iter().flat_map(|call| call.params.as_object().unwrap().values()).filter(is_file).count()
}

/// The captions of a chat, or texts, in order.
fn said(project: &Project) -> Vec<String> {
    let said = |message: &Value| {
        let text = message["caption"].as_str().or_else(|| message["text"].as_str());
        text.unwrap_or_default().to_owned()
    };
    project.messages().iter().map(said).collect()
}

fn applied(numbers: &[u16], text: &str) -> Project {
    let project = Project::new();
    album(&project, numbers, text);
    let project = project.git();
    project.apply().expect(0);
    project.settled();
    project.server().forget_requests();
    project
}

#[test]
fn a_cover_an_album_of_twelve_and_a_pdf_are_sent_once() {
    let project = Project::new();
    album(&project, &twelve(), "The trip.");
    project.write("content/cover/index.md", "---\nslug: cover\n---\n\n![](cover.jpg)\n\nA cover.\n");
    project.write("content/cover/cover.jpg", picture(77));
    project.write(
        "content/slides/index.md",
        "---\nslug: slides\nmedia: [\"slides final.pdf\"]\n---\n\nThe slides, see [the trip](post:trip).\n",
    );
    project.write("content/slides/slides final.pdf", b"%PDF-1.7\n%%EOF\n");
    let project = project.git();
    let run = project.plan().expect(0).says("[photo cover.jpg, 120×80, ").says("12 files are uploaded, ");
    run.says("[document slides final.pdf, 15 B]");
    let plan = project.plan_json(&[]);
    assert_eq!((&plan["summary"]["calls"], &plan["summary"]["seconds"]), (&json!(5), &json!(15)));
    project.apply().expect(0);
    let sends = ["sendPhoto", "sendDocument", "sendMediaGroup", "sendMediaGroup", "editMessageCaption"];
    assert_eq!(project.methods(), sends);
    assert_eq!(uploads(&project.calls()), 14);
    assert_eq!(project.ids().len(), 14);
    let document = &project.messages()[1]["document"];
    assert!(document["file_name"].as_str().unwrap().starts_with("slides"), "{document}");
    project.settled();
    // A fresh clone has no cache, other times, and the same content.
    for number in twelve() {
        project.write(&format!("content/trip/{}", name(number)), picture(number));
    }
    std::fs::remove_dir_all(project.path(".tgsync")).unwrap();
    project.settled();
}

#[test]
fn one_byte_of_one_file_is_one_edit_of_that_message() {
    let project = applied(&twelve(), "The trip.");
    let id = project.ids()[4];
    project.write("content/trip/p05.jpg", picture(99));
    let run = project.plan().expect(0).says("~ trip").says("media");
    let run = run.says(&format!("1 of its 12 pictures changes: #{id} p05.jpg")).says("1 file is uploaded, ");
    run.says("- [photo p05.jpg]").says("+ [photo p05.jpg, 120×80, ");
    let plan = project.plan_json(&[]);
    let change = &plan["targets"][0]["changes"][0];
    assert_eq!((&change["verb"], &change["reasons"]), (&json!("edit"), &json!(["media"])));
    assert_eq!((&change["messages"][0]["kind"], &plan["summary"]["calls"]), (&json!("photo"), &json!(1)));
    project.apply().expect(0);
    let calls = project.calls();
    assert_eq!((project.methods(), calls[0].message_id()), (vec!["editMessageMedia".to_owned()], id));
    assert_eq!(uploads(&calls), 1);
    project.settled();
}

#[test]
fn captions_change_without_an_upload() {
    let project = applied(&[1, 2, 3], "The trip.");
    album(&project, &[1, 2, 3], "The **best** trip.");
    project.plan().expect(0).says("nothing is uploaded").says("- The trip.").says("+ The best trip.");
    project.apply().expect(0);
    assert_eq!((project.methods(), uploads(&project.calls())), (vec!["editMessageCaption".to_owned()], 0));
    assert_eq!(said(&project), ["The best trip.", "", ""]);
    project.settled();
}

#[test]
fn another_order_is_edits_with_files_that_are_there() {
    let project = applied(&[1, 2, 3], "The trip.");
    let ids = project.ids();
    album(&project, &[3, 1, 2], "The trip.");
    project.plan().expect(0).says("nothing is uploaded").says("3 of its 3 pictures change");
    project.apply().expect(0);
    assert_eq!((project.methods(), uploads(&project.calls())), (vec!["editMessageMedia".to_owned(); 3], 0));
    assert_eq!(
        (project.ids(), said(&project)),
        (ids, vec!["The trip.".to_owned(), String::new(), String::new()])
    );
    project.settled();
}

#[test]
fn an_eleventh_picture_is_a_resend_under_the_guard() {
    let ten: Vec<u16> = (1..=10).collect();
    let project = applied(&ten, "The trip.");
    let more: Vec<u16> = (1..=11).collect();
    album(&project, &more, "The trip.");
    project.put("link.md", "", "See [the trip](post:trip).");
    let config = project.read("tgsync.yaml");
    project.write("tgsync.yaml", format!("{config}guard: {{max_resends: 0}}\n"));
    let run = project.plan().expect(0).says("-/+ trip").says("10 are there, 9 are wanted");
    let run =
        run.says("views, reactions, comments and links from outside stay").says("10 old messages: deleted");
    run.says("1 file is uploaded").says("`--allow resends` lifts it once").says("1 to re-send");
    project.apply().expect(5);
    assert_eq!(project.methods(), [""; 0]);
    project.apply_with(&["--allow", "resends"]).expect(0);
    assert_eq!((uploads(&project.calls()), project.messages().len()), (1, 12));
    let trip = project.lock()["targets"]["news"]["posts"]["trip"].clone();
    assert_eq!((trip["old"].clone(), trip["spare"].clone()), (Value::Null, Value::Null), "all is done");
    project.settled();
}

#[test]
fn an_album_of_unknown_fate_is_named_whole() {
    let project = Project::new();
    album(&project, &[1, 2, 3], "The trip.");
    let project = project.git();
    project.lose(1, true).says("message 2 may be it: it says what was sent");
    project.run(&["status"]).expect(4).says("3 files, beginning `The trip.`");
    let ids = project.ids();
    let range = format!("{}-{}", ids[0], ids[2]);
    let resolve = |ids: &str| project.run(&["resolve", "trip", "--sent-as", ids]);
    resolve(&ids[0].to_string()).expect(64).says("`trip` was sent as 3 messages, 1 message named");
    resolve(&format!("{0},{0},{1}", ids[0], ids[1])).expect(64);
    resolve("3-1").expect(64);
    resolve(&range).expect(0);
    for id in &ids {
        project.run(&["where", &id.to_string()]).expect(0).says("trip");
    }
    project.apply().expect(0);
    assert_eq!(project.ids(), ids);
    project.settled();
    // The other answer: they are not there.
    let project = Project::new();
    album(&project, &[1, 2], "The trip.");
    project.lose(1, false);
    project.run(&["resolve", "trip", "--not-sent"]).expect(0);
    project.apply().expect(0);
    assert_eq!(said(&project), [PERSON, "The trip.", ""]);
    project.settled();
}

#[test]
fn what_somebody_deleted_comes_back_without_an_upload() {
    let project = applied(&[1, 2, 3], "The trip.");
    let id = project.ids()[1];
    project.server().human(json!({"do": "delete", "chat_id": chat::CHANNEL, "message_id": id}));
    let touched: Vec<u16> = vec![1, 2, 3];
    album(&project, &touched, "The trip.");
    project.write(
        "content/trip/index.md",
        "---\nslug: trip\nmedia: [p01.jpg, {file: p02.jpg, caption: Second.}, p03.jpg]\n---\n\n<!-- tgsync:break -->\n",
    );
    project.apply().expect(0).says("has been sent again");
    assert_eq!((uploads(&project.calls()), project.messages().len()), (0, 3));
    assert!(project.ids().iter().all(|new| *new > id), "sent anew, whole");
    project.settled();
}

#[test]
fn what_is_too_old_to_be_deleted_stays_under_the_tombstone_text() {
    let project = applied(&[1, 2], "The trip.");
    project.server().advance(day(3));
    album(&project, &[1, 2, 3], "The trip.");
    project.plan().expect(0).says("2 old messages: older than 48 h").says("the file an empty one");
    project.apply().expect(0);
    assert!(replaced(&project, 0) && replaced(&project, 1) && !replaced(&project, 2));
    let expected = ["This post was removed.", "This post was removed.", "The trip.", "", ""];
    assert_eq!(said(&project), expected);
    project.settled();
    // Not even the removal of the post touches them again.
    project.write("content/trip/index.md", "---\nslug: trip\nstatus: archived\n---\n\nThe trip.\n");
    project.apply().expect(0);
    assert_eq!(said(&project), expected[..2]);
    project.settled();
}

/// Whether the picture of a message is the one that stands where one stood.
fn replaced(project: &Project, index: usize) -> bool {
    project.messages()[index]["photo"].as_array().unwrap().last().unwrap()["width"] == 640
}

#[test]
fn a_tombstone_has_another_picture_until_its_source_comes_back() {
    let project = applied(&[1, 2], "The trip.");
    let before = project.messages();
    project.server().advance(day(3));
    let source = project.read("content/trip/index.md");
    project.write("content/trip/index.md", source.replace("slug: trip\n", "slug: trip\nstatus: archived\n"));
    let run = project.plan().expect(0).says("older than 48 h");
    run.says("the caption becomes the tombstone text, the file an empty one");
    project.apply().expect(0).says("tombstone");
    assert_eq!(said(&project), ["This post was removed.", ""]);
    assert!(replaced(&project, 0) && replaced(&project, 1));
    project.settled();
    project.server().forget_requests();
    project.write("content/trip/index.md", &source);
    project.apply().expect(0);
    assert_eq!(uploads(&project.calls()), 0, "Telegram still has the pictures");
    let photos = |messages: Vec<Value>| messages.into_iter().map(|message| message["photo"].clone());
    assert!(photos(project.messages()).eq(photos(before)));
    assert_eq!(said(&project), ["The trip.", ""]);
    project.settled();
}

#[test]
fn several_messages_go_with_one_call() {
    let project = applied(&[1, 2, 3], "The trip.");
    project.write("content/trip/index.md", "---\nslug: trip\nstatus: archived\n---\n\nThe trip.\n");
    assert_eq!(project.plan_json(&[])["summary"]["calls"], 1);
    project.apply().expect(0);
    assert_eq!((project.methods(), project.messages().len()), (vec!["deleteMessages".to_owned()], 0));
    project.settled();
}

#[test]
fn a_text_becomes_a_picture_in_place_and_back_as_another_message() {
    let project = Project::new().post("trip.md", "The trip.");
    project.apply().expect(0);
    let ids = project.ids();
    project.remove("content/trip.md");
    album(&project, &[1], "The trip.");
    project.apply().expect(0);
    assert_eq!((project.ids(), said(&project)), (ids.clone(), vec!["The trip.".to_owned()]));
    project.settled();
    project.write("content/trip/index.md", "---\nslug: trip\n---\n\nThe trip.\n");
    project.plan().expect(0).says("Telegram does not make a text of a message with a file");
    project.apply().expect(0);
    assert_eq!(project.texts(), ["The trip."]);
    assert_ne!(project.ids(), ids);
    project.settled();
}

#[test]
fn a_second_target_gets_what_the_bot_has() {
    let project =
        Project::new().config("targets:\n  news: {chat: \"@sandbox\"}\n  team: {chat: -1001000000003}\n");
    album(&project, &[1, 2], "The trip.");
    project.write(
        "content/trip/index.md",
        "---\nslug: trip\ntargets: [news]\nmedia: [p01.jpg, p02.jpg]\n---\n\nTrip.\n",
    );
    project.apply().expect(0);
    project.server().forget_requests();
    project.write(
        "content/trip/index.md",
        "---\nslug: trip\ntargets: [news, team]\nmedia: [p01.jpg, p02.jpg]\n---\n\nTrip.\n",
    );
    // Which bot a target has is known when it answered for the first time: until then a plan counts all files.
    project.plan().expect(0).says("2 files are uploaded");
    project.apply().expect(0);
    assert_eq!((project.server().messages(chat::PRIVATE).len(), uploads(&project.calls())), (2, 0));
    project.settled();
}

/// An album of two becomes one of three: one send, one deletion of both. Killed in each, before or after its effect.
#[test]
fn a_resend_that_is_killed_anywhere_ends_well() {
    for (call, done) in [(1, false), (1, true), (2, false), (2, true)] {
        let project = applied(&[1, 2], "The trip.");
        let top = project.ids()[1];
        album(&project, &[1, 2, 3], "The trip.");
        let plan = project.plan_id();
        project.kill_in(call, done, &["--expect-plan", &plan]);
        assert!(project.ids().len() >= 2, "nothing is removed before the new one is there");
        project.apply_with(&["--expect-plan", &plan]).expect(0);
        assert_eq!(said(&project), ["The trip.", "", ""], "call {call}, done {done}");
        assert!(project.ids().iter().all(|id| *id > top));
        project.settled();
    }
}

#[test]
fn plans_of_files_are_readable() {
    let project = Project::new();
    album(&project, &[1, 2], "The trip.");
    let project = project.git();
    project.apply().expect(0);
    project.write("content/trip/p02.jpg", picture(9));
    project.write(
        "content/trip/index.md",
        "---\nslug: trip\nmedia: [{file: p01.jpg, spoiler: true}, p02.jpg]\n---\n\nA trip.\n",
    );
    let filters = super::prose::settings(&project);
    filters.bind(|| {
        insta::assert_snapshot!(project.plan().all(), @r"
        news (@sandbox)

          ~   trip  edit       text, media  content/trip/index.md:5

          ~ edit

        ~ trip · @sandbox #2 #3
            2 of its 2 pictures change: #2 p01.jpg, #3 p02.jpg
            1 file is uploaded, 19 B
          - [photo p01.jpg, 120×80, 19 B]
          - The trip.
          - [photo p02.jpg]
          + [photo p01.jpg, 120×80, 19 B, spoiler]
          + A trip.
          + [photo p02.jpg, 120×80, 19 B]

        Plan: 0 to send, 1 to edit, 0 to delete (0 unchanged). ≈ 2 calls, ≈ 2 s, 0 notifications.
        Plan id: p1-…
        ");
    });
    album(&project, &[1, 3, 4], "The trip.");
    filters.bind(|| {
        insta::assert_snapshot!(project.plan().all(), @r"
        news (@sandbox)

          -/+ trip  re-send    media  content/trip/index.md:5

          -/+ re-send

        -/+ trip · @sandbox #2 #3
            Telegram does not change how many files an album has (2 are there, 3 are wanted); so the post is sent anew, at the end of the chat
            views, reactions, comments and links from outside stay with the old message
            2 old messages: deleted
            subscribers get a notification
            2 files are uploaded, 38 B
            [photo p01.jpg, 120×80, 19 B]
            The trip.
          - [photo p02.jpg]
          + [photo p03.jpg, 120×80, 19 B]
          + [photo p04.jpg, 120×80, 19 B]

        Plan: 0 to send, 0 to edit, 0 to delete, 1 to re-send (0 unchanged). ≈ 2 calls, ≈ 4 s, 1 notification.
        Plan id: p1-…
        ");
    });
}
