//! `tgsync new TITLE`: a post with slug and date.

use super::context::Context;
use super::project::{self, Project};
use super::{Exit, Failure, Outcome};
use crate::cli::New;
use crate::content;
use crate::ports::Clock as _;

pub(super) async fn run(context: &Context, args: &New) -> Outcome {
    let project = Project::open(context)?;
    let settings = &project.config.settings;
    let slug = args.slug.clone().or_else(|| content::slug_from(&args.title)).ok_or_else(|| {
        Failure::new(Exit::Usage, format!("no slug can be made from `{}`", args.title))
            .hint("give one: `--slug NAME`")
    })?;
    let (catalog, _) = content::load(&project.root, settings);
    if let Some(post) = catalog.posts.get(&slug) {
        return Err(Failure::new(Exit::Usage, format!("the slug `{slug}` is taken by `{}`", post.file()))
            .hint("give another one: `--slug NAME`"));
    }
    let now = project.clock(context).await?.now().await;
    let date = now.to_zoned(settings.timezone.clone()).date();
    let keys = format!("slug: {slug}\ntitle: {}\ndate: {date}\n", scalar(&args.title));
    let keys = match &settings.namespace {
        None => keys,
        Some(space) => {
            let nested: Vec<String> = keys.lines().map(|line| format!("  {line}")).collect();
            format!("{space}:\n{}\n", nested.join("\n"))
        }
    };
    let file = settings.content.below(&format!("{slug}.md"));
    project::create_text(
        &project.root.join(file.as_str()),
        &format!("---\n{keys}---\n\n# {}\n\n", args.title.trim()),
    )?;
    context.print(&format!("{file}\n"));
    Ok(Exit::Done)
}

/// The title as a YAML scalar: JSON strings are YAML.
fn scalar(title: &str) -> String {
    serde_json::Value::from(title.trim()).to_string()
}
