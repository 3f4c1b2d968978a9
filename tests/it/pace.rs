//! As fast as Telegram allows, and not faster: a server that enforces its limits never has to say so.

use std::collections::BinaryHeap;

use serde_json::json;
use tgsync::apply::Pace;
use tgsync::ids::{ChatId, Timestamp};
use tgsync::ports::Platform as _;

use super::stage::{Stage, text};
use super::support::{Project, Server};

/// Messages a minute in one chat; between two of them is a second (Telegram's FAQ for bots; checked 2026-11-21).
const A_MINUTE: i64 = 20;

/// When the last of so many messages to one chat can be sent, in seconds after the first.
fn shortest(messages: i64) -> i64 {
    let last = messages - 1;
    last / A_MINUTE * 60 + last % A_MINUTE
}

#[track_caller]
fn assert_is_short(took: i64, messages: i64) {
    let needed = shortest(messages);
    assert!(took * 100 <= needed * 105, "{took} s, {needed} s are needed");
}

#[test]
fn a_channel_gets_as_much_as_it_may() {
    let server =
        Server::with(tgsync::sandbox::Options { rate_limits: true, ..tgsync::sandbox::Options::default() });
    let project = Project::beside(server);
    (0..200).for_each(|n| project.put(&format!("p{n:03}.md"), "", &format!("Post {n}.")));
    let before = project.server().now_ms();
    project.apply_with(&["--allow", "sends"]).expect(0);
    let took = (project.server().now_ms() - before) / 1000;
    let refused = project.server().requests().iter().filter(|call| !call.succeeded()).count();
    assert_eq!((refused, project.texts().len()), (0, 200), "it was told to wait");
    assert_is_short(took, 200);
}

/// Ten channels side by side, each next message when it may be sent. Virtual time has one hand: this test moves it, from
/// one of these moments to the next, as real time does for workers that wait side by side.
#[tokio::test]
async fn channels_do_not_wait_for_each_other() {
    let ids: Vec<i64> = (1..=10).map(|n| -1_001_000_000_100 - n).collect();
    let chats: Vec<String> = ids.iter().map(|id| format!("{id}:channel:")).collect();
    let stage = Stage::limited(&chats.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let start = Timestamp::from_millisecond(stage.look("clock").await["now_ms"].as_i64().unwrap()).unwrap();
    let mut pace = Pace::default();
    // The earliest moment first; then which channel, and how many messages it still gets.
    let next = |moment: i64, channel: usize, left: u32| (-moment, channel, left);
    let mut turns: BinaryHeap<_> = (0..ids.len()).map(|channel| next(0, channel, 30)).collect();
    let mut reserved = vec![false; ids.len()];
    let mut took = 0;
    while let Some((moment, channel, left)) = turns.pop() {
        let (now, chat) = (start + jiff::SignedDuration::from_millis(-moment), ChatId(ids[channel]));
        if !std::mem::replace(&mut reserved[channel], true) {
            let wait = i64::try_from(pace.reserve(now, chat, 1).as_millis()).unwrap();
            turns.push(next(wait - moment, channel, left));
            continue;
        }
        stage.act("clock", &json!({"until_ms": now.as_millisecond()})).await;
        stage.at(chat).send(&text("words")).await.unwrap();
        pace.answered(now, chat, 1);
        (reserved[channel], took) = (false, -moment / 1000);
        if left > 1 {
            turns.push(next(-moment, channel, left - 1));
        }
    }
    assert_is_short(took, 30);
}
