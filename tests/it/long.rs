//! A post of ten messages, from its first sending to its last cut.

use std::fmt::Write as _;

use serde_json::Value;

use super::support::Project;

/// Sections of about a third of a message each.
fn article(sections: usize) -> String {
    let mut body = String::new();
    for section in 1..=sections {
        let _ = write!(body, "## Section {section}\n\n");
        for paragraph in ["first", "second"] {
            let sentence = format!(
                "The {paragraph} paragraph of section {section} says little, but says it at length. "
            );
            let _ = write!(body, "{}\n\n", sentence.repeat(9).trim_end());
        }
    }
    body
}

/// The channel as one text, blanks aside.
fn channel(project: &Project) -> String {
    project.texts().concat().split_whitespace().collect()
}

fn seen(body: &str) -> String {
    body.replace("## ", "").split_whitespace().collect()
}

#[test]
fn a_post_of_ten_messages_changes_little_by_little() {
    let body = article(30);
    let project = Project::new().post("a.md", &body);
    project.apply().expect(0);
    let first = project.texts();
    assert_eq!(first.len(), 11);
    assert_eq!(channel(&project), seen(&body));
    let begins_well =
        |text: &String| text.starts_with("Section ") || text.starts_with("The second paragraph");
    assert!(first.iter().all(begins_well), "{first:?}");
    project.settled();

    // A sentence more in the middle.
    let place = "The second paragraph of section 15 says little";
    let longer = body.replacen(place, &format!("This is new. {place}"), 1);
    project.put("a.md", "", &longer);
    project.plan().says("1 of its 11 messages changes: #");
    let calls = project.methods().len();
    project.apply().expect(0);
    assert_eq!(project.methods()[calls..].iter().filter(|method| method.starts_with("edit")).count(), 1);
    assert_eq!(channel(&project), seen(&longer));
    let changed = first.iter().zip(&project.texts()).filter(|(was, is)| was != is).count();
    assert_eq!((changed, project.texts().len()), (1, 11));
    project.settled();

    // Growth beyond what the messages hold goes to the end of the chat; nothing is sent again.
    let ids = project.ids();
    let grown =
        format!("{longer}{}", article(12).replace("Section", "Chapter").replace("section", "chapter"));
    project.put("a.md", "", &grown);
    project.plan().says("at the end of the chat");
    project.apply().expect(0);
    assert_eq!(channel(&project), seen(&grown));
    assert_eq!(project.ids()[..ids.len()], ids);
    assert!(project.ids().len() > ids.len());
    project.settled();

    // Shrinkage keeps the first messages.
    let short = article(12);
    project.put("a.md", "", &short);
    project.plan().says("it shrinks by");
    project.apply().expect(0);
    assert_eq!(channel(&project), seen(&short));
    assert_eq!(project.ids(), ids[..project.ids().len()]);
    assert_eq!(project.texts()[0], first[0]);
    project.settled();
}

/// The visible characters of the channel's rich messages, blanks aside.
fn rich_channel(project: &Project) -> Vec<String> {
    fn texts(value: &Value, out: &mut String) {
        match value {
            Value::String(text) => out.push_str(text),
            Value::Array(values) => values.iter().for_each(|value| texts(value, out)),
            Value::Object(fields) => {
                let inner = ["text", "blocks", "items"].iter().filter_map(|key| fields.get(*key));
                inner.for_each(|value| texts(value, out));
            }
            _ => {}
        }
    }
    let message = |message: Value| {
        let mut text = String::new();
        texts(&message["rich_message"], &mut text);
        text.split_whitespace().collect()
    };
    project.messages().into_iter().map(message).collect()
}

#[test]
fn a_long_rich_post_is_edited_in_place_and_becomes_classic_and_rich_again() {
    let body = article(90);
    assert!(body.len() > 100_000);
    let project = Project::new().post_with("a.md", "format: rich", &body);
    project.apply().expect(0);
    let first = rich_channel(&project);
    assert!((3..=5).contains(&first.len()), "{}", first.len());
    assert_eq!(first.concat(), seen(&body));
    assert!(first.iter().all(|text| text.starts_with("Section")), "cut before headings");
    project.settled();

    // A sentence more in the middle.
    let place = "The second paragraph of section 40 says little";
    let longer = body.replacen(place, &format!("This is new. {place}"), 1);
    project.put("a.md", "format: rich", &longer);
    let calls = project.methods().len();
    project.apply().expect(0);
    assert_eq!(project.methods()[calls..], ["editMessageText"]);
    let second = rich_channel(&project);
    assert_eq!(second.concat(), seen(&longer));
    assert_eq!(first.iter().zip(&second).filter(|(was, is)| was != is).count(), 1);
    project.settled();

    // A classic message holds less: the first ones are edited, further ones come at the end.
    let ids = project.ids();
    project.put("a.md", "format: html", &longer);
    project.plan().says("at the end of the chat");
    project.apply().expect(0);
    assert_eq!(channel(&project), seen(&longer));
    assert!(project.ids().len() > 24 && project.ids()[..ids.len()] == ids);
    project.settled();

    project.put("a.md", "format: rich", &longer);
    project.plan().says("it shrinks by");
    project.apply().expect(0);
    assert_eq!(rich_channel(&project), second);
    assert_eq!(project.ids(), ids);
    project.settled();
}
