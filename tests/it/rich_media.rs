//! Rich messages with files in them, from the folder to the chat: uploaded once, named again by every edit.

use serde_json::{Value, json};

use super::sandbox::media::{gif, jpeg, mp4};
use super::support::{Call, Project, TOKEN, chat};

/// A small JPEG that differs from all others of another number.
fn picture(number: u8) -> Vec<u8> {
    let mut bytes = jpeg(120, 80);
    bytes.push(number);
    bytes
}

/// A post `page` with a file of every kind that can be shown within it, and a picture of the web among them.
const PAGE: &str = "# The house

![Before](before.jpg \"in May\")

![](https://example.org/map.png)

- the film:

  ![](film.mp4)

- the sound: ![[song.mp3]]

||![](ending.jpg)||

![](loop.gif)

> ![The plan](plan a.pdf)

See [the other](post:other).";

fn house() -> Project {
    let page =
        PAGE.replace("- the sound: ![[song.mp3]]", "![[song.mp3]]").replace("(plan a.pdf)", "(<plan a.pdf>)");
    let project = Project::new().post_with("page.md", "format: rich", &page).post("other.md", "O");
    project.write("content/page/before.jpg", picture(1));
    project.write("content/page/film.mp4", mp4(true));
    project.write("content/page/song.mp3", b"ID3song");
    project.write("content/page/ending.jpg", picture(2));
    project.write("content/page/loop.gif", gif(32, 32));
    project.write("content/page/plan a.pdf", b"%PDF-1.7\n%%EOF\n");
    project.git()
}

fn applied() -> Project {
    let project = house();
    project.apply().expect(0);
    project.settled();
    project.server().forget_requests();
    project
}

/// The names of the files that a call carried.
fn uploads(call: &Call) -> Vec<String> {
    let files = call.params.as_object().unwrap().values().filter(|value| value["sha256"].is_string());
    files.map(|file| file["name"].as_str().unwrap().to_owned()).collect()
}

/// The files that a rich message shows, by their types, in order.
fn shown(blocks: &Value, out: &mut Vec<String>) {
    for block in blocks.as_array().into_iter().flatten() {
        let kind = block["type"].as_str().unwrap_or_default();
        let is_file = ["photo", "video", "animation", "audio", "document"].contains(&kind);
        out.extend(is_file.then(|| kind.to_owned()));
        shown(&block["blocks"], out);
        shown(&block["items"], out);
    }
}

fn page_of(project: &Project) -> Value {
    project.messages().into_iter().find(|message| message.get("rich_message").is_some()).unwrap()
}

#[test]
fn files_are_shown_where_they_stand_and_uploaded_once() {
    let project = house();
    project.run(&["check"]).expect(0).says("0 warnings");
    project.plan().expect(0).says("6 files are uploaded, ");
    let read = project.run(&["render", "page", "--format", "text"]).expect(0);
    let read = read.says("![Before\nin May](before.jpg)").says("[photo before.jpg, 120×80, ");
    read.says("[video film.mp4, ").says("[photo ending.jpg, 120×80, ").says(" B, spoiler]");
    let html = project.run(&["render", "page"]).expect(0);
    html.says("<img src=\"tg://photo?id=f01\"/>").says("[document: content/page/plan a.pdf]");
    project.apply().expect(0);
    assert_eq!(project.methods(), ["sendMessage", "sendRichMessage"], "`other` is there to be linked to");
    let sent = &project.calls()[1];
    assert_eq!(uploads(sent).len(), 6);
    assert!(!sent.params.to_string().contains(TOKEN));
    let page = page_of(&project);
    let mut kinds = Vec::new();
    shown(&page["rich_message"]["blocks"], &mut kinds);
    assert_eq!(kinds, ["photo", "photo", "video", "audio", "photo", "animation", "document"]);
    assert_eq!(page["rich_message"]["blocks"][1]["caption"]["text"], "Before\nin May");
    let items = &project.lock()["targets"]["news"]["posts"]["page"]["parts"][0]["items"];
    let known = items.as_array().unwrap().iter().filter(|item| item["file"]["file_id"].is_string());
    assert_eq!((items.as_array().unwrap().len(), known.count()), (6, 6), "{items}");
    project.settled();
    // A fresh clone knows all files by their ids.
    std::fs::remove_dir_all(project.path(".tgsync")).unwrap();
    project.settled();
}

#[test]
fn one_byte_of_one_file_is_an_edit_with_that_file() {
    let project = applied();
    project.write("content/page/before.jpg", picture(9));
    let run = project.plan().expect(0).says("~ page").says("media").says("1 file is uploaded, ");
    run.says("- [photo before.jpg]").says("+ [photo before.jpg, 120×80, ");
    project.apply().expect(0);
    assert_eq!(project.methods(), ["editMessageText"]);
    assert_eq!(uploads(&project.calls()[0]), ["before.jpg"]);
    project.settled();
}

#[test]
fn a_word_or_another_order_is_an_edit_without_an_upload() {
    let project = applied();
    let source = project.read("content/page.md");
    project.write("content/page.md", source.replace("The house", "The roof"));
    project.plan().expect(0).says("nothing is uploaded").says("- # The house").says("+ # The roof");
    project.apply().expect(0);
    project.settled();
    let swapped = source.replace("before.jpg", "x.jpg").replace("ending.jpg", "before.jpg");
    project.write("content/page.md", swapped.replace("x.jpg", "ending.jpg"));
    project.server().forget_requests();
    project.plan().expect(0).says("nothing is uploaded");
    project.apply().expect(0);
    assert_eq!(
        (project.methods(), uploads(&project.calls()[0])),
        (vec!["editMessageText".to_owned()], vec![])
    );
    project.settled();
    // What is added is uploaded, what is gone is not missed.
    project.write("content/page/new.jpg", picture(7));
    let source = project.read("content/page.md").replace("![](film.mp4)", "![](new.jpg)");
    project.write("content/page.md", source);
    project.server().forget_requests();
    project.apply().expect(0);
    assert_eq!(uploads(&project.calls()[0]), ["new.jpg"]);
    project.settled();
}

#[test]
fn what_somebody_deleted_comes_back_without_an_upload() {
    let project = applied();
    let id = page_of(&project)["message_id"].as_i64().unwrap();
    project.server().human(json!({"do": "delete", "chat_id": chat::CHANNEL, "message_id": id}));
    let source = project.read("content/page.md");
    project.write("content/page.md", source.replace("The house", "The roof"));
    project.apply().expect(0);
    let calls = project.calls();
    let sent: Vec<&Call> = calls.iter().filter(|call| call.succeeded()).collect();
    assert_eq!((sent[0].method.as_str(), uploads(sent[0])), ("sendRichMessage", vec![]));
    project.settled();
}

#[test]
fn a_second_target_and_a_classic_message_get_what_the_bot_has() {
    let project = applied();
    let config = "targets:\n  news:\n    chat: \"@sandbox\"\n  strict:\n    chat: \"-1001000000002\"\n";
    project.write("tgsync.yaml", config);
    project.put("other.md", "targets: [news]", "O");
    let source =
        project.read("content/page.md").replace("format: rich", "format: rich\ntargets: [news, strict]");
    project.write("content/page.md", source);
    project.write("content/cover/before.jpg", picture(1));
    project.put("cover.md", "targets: [strict]\nmedia: [before.jpg]", "C");
    project.apply().expect(0);
    let sent: Vec<(String, usize)> =
        project.calls().iter().map(|call| (call.method.clone(), uploads(call).len())).collect();
    assert_eq!(sent, [("sendPhoto".to_owned(), 0), ("sendRichMessage".to_owned(), 0)]);
    project.settled();
}

#[test]
fn a_server_that_forgot_the_files_gets_them_again() {
    let project = applied();
    let source = project.read("content/page.md");
    project.write("content/page.md", source.replace("The house", "The roof"));
    // Ids of photos begin so.
    let lock = project.read("state.lock.json");
    project.write("state.lock.json", lock.replace("\"file_id\":\"AgAC", "\"file_id\":\"AgAB"));
    project.apply().expect(0);
    let carried: Vec<usize> = project.calls().iter().map(|call| uploads(call).len()).collect();
    assert_eq!(carried, [0, 6]);
    project.settled();
}

#[test]
fn a_page_becomes_a_photo_in_place_and_back_as_another_message() {
    let project = Project::new().post_with("p.md", "format: rich", "![](a.jpg)\n\nWords");
    project.write("content/p/a.jpg", picture(1));
    let project = project.git();
    project.apply().expect(0);
    project.server().forget_requests();
    project.put("p.md", "", "![](a.jpg)\n\nWords");
    project.apply().expect(0);
    assert_eq!(
        (project.methods(), uploads(&project.calls()[0])),
        (vec!["editMessageMedia".to_owned()], vec![])
    );
    project.settled();
    project.put("p.md", "format: rich", "![](a.jpg)\n\nWords");
    project.server().forget_requests();
    project.apply().expect(0);
    assert_eq!(project.methods(), ["sendRichMessage", "deleteMessage"]);
    assert_eq!(uploads(&project.calls()[0]), [""; 0]);
    project.settled();
}
