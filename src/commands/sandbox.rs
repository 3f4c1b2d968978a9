//! `tgsync sandbox`: the Bot API on loopback.

use super::apply::end_signal;
use super::context::Context;
use super::{Exit, Failure, Outcome};
use crate::cli::Sandbox;
use crate::clock::SystemClock;
use crate::ports::Clock as _;
use crate::sandbox::{self, Options};

pub(super) async fn run(context: &Context, args: &Sandbox) -> Outcome {
    let usage = |error: String| Failure::new(Exit::Usage, error);
    let chats = args.chat.iter().map(|spec| sandbox::parse_chat_spec(spec)).collect::<Result<Vec<_>, _>>();
    let links = args.link.iter().map(|spec| sandbox::parse_link(spec)).collect::<Result<Vec<_>, _>>();
    let options = Options {
        listen: args.listen,
        state: args.state.as_ref().map(|path| context.path(path)),
        seed: args.seed,
        chats: chats.map_err(usage)?,
        links: links.map_err(usage)?,
        rate_limits: args.rate_limits,
        start_ms: SystemClock.now().await.as_millisecond(),
        flow: true,
        tokens: None,
        max_upload: args.max_upload.saturating_mul(1 << 20),
    };
    let running =
        sandbox::start(options).await.map_err(|error| Failure::new(Exit::Failed, error.to_string()))?;
    context.print(&format!("{}\n", running.url()));
    context.say(&format!(
        "the sandbox answers at {0}; use it with\n  export TGSYNC_API_URL={0} TELEGRAM_BOT_TOKEN=123456:{1}\nits chats: {0}/_sandbox/chats",
        running.url(),
        "A".repeat(35)
    ));
    // What it keeps for itself alone is removed when it is dropped.
    tokio::select! {
        () = running.wait() => {}
        _ = end_signal() => {}
    }
    Ok(Exit::Done)
}
