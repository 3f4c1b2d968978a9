//! `tgsync check`: everything that can be known offline.

use std::collections::BTreeSet;

use super::context::Context;
use super::planning::Content;
use super::project::{self, Project};
use super::{Exit, Outcome};
use crate::cli::{Check, CheckFormat};
use crate::content;
use crate::diagnostic::codes::lock as codes;
use crate::diagnostic::{self, Diagnostic, Place, Severity};
use crate::ids::{BlobId, Slug};
use crate::lock;
use crate::ports::Clock as _;
use crate::report;
use crate::report::style::count;
use crate::state::KnownAt;

pub(super) async fn run(context: &Context, args: &Check) -> Outcome {
    let project = Project::open(context)?;
    if args.fix {
        fix(context, &project)?;
    }
    let (posts, problems) = find(context, &project, args.strict).await?;
    let errors = problems.iter().filter(|problem| problem.is_error()).count();
    let summary = format!(
        "{}, {}, {}",
        count(posts, "post"),
        count(errors, "error"),
        count(problems.len() - errors, "warning")
    );
    match args.format {
        CheckFormat::Text => {
            context.show(&problems);
            context.say(&summary);
        }
        CheckFormat::Github => {
            context.print(&report::diagnostic::github(&diagnostic::fold(problems)));
            context.say(&summary);
        }
        CheckFormat::Json => context.print(&super::plan::pretty(&views(&problems))),
    }
    Ok(if errors > 0 { Exit::Invalid } else { Exit::Done })
}

/// What is wrong with the lock, as far as its own bytes and git's history tell.
fn lock_problem(project: &Project) -> Option<Diagnostic> {
    let path = &project.config.lock;
    let text = project::read_text(&project.root.join(path.as_str())).ok()?;
    let place = Place::file(path);
    let lock = match lock::parse(&text) {
        Ok(lock) => lock,
        Err(error) => {
            let message = format!("the lock can't be read: {error}");
            return Some(Diagnostic::error(codes::UNREADABLE, message).at(place).hint(error.hint()));
        }
    };
    let blob = BlobId::of(text.as_bytes());
    let known = project.git.as_ref().map(|git| git.known_locks(path)).unwrap_or_default();
    let twin = known.iter().find(|known| {
        matches!(known.at, KnownAt::Commit(_))
            && (&known.lineage, known.serial) == (&lock.lineage, lock.serial)
    });
    if let Some(twin) = twin.filter(|twin| twin.blob != blob) {
        let message = format!(
            "the lock was edited by hand: {} has the same serial {} and says something else",
            twin.at, lock.serial
        );
        let hint = format!("`git checkout HEAD -- {path}`; repairs are made with `tgsync state`");
        return Some(Diagnostic::warning(codes::EDITED, message).at(place).hint(hint));
    }
    (lock::to_json(&lock) != text).then(|| {
        Diagnostic::warning(codes::NOT_CANONICAL, "the lock is not in its canonical form")
            .at(place)
            .hint("exclude it from formatters and line-end conversion")
    })
}

/// How many posts there are, and all that is wrong.
pub(super) async fn find(
    context: &Context,
    project: &Project,
    strict: bool,
) -> Result<(usize, Vec<Diagnostic>), super::Failure> {
    let now = project.clock(context).await?.now().await;
    let content = Content::read(project, now);
    let mut problems = content.problems;
    problems.extend(lock_problem(project));
    diagnostic::sort(&mut problems);
    if strict {
        for problem in &mut problems {
            problem.severity = Severity::Error;
        }
    }
    Ok((content.catalog.posts.len(), problems))
}

fn views(problems: &[Diagnostic]) -> Vec<report::json::DiagnosticView> {
    problems.iter().map(report::json::DiagnosticView::from).collect()
}

/// `--fix`: a missing slug is made from the file's name.
fn fix(context: &Context, project: &Project) -> Result<(), super::Failure> {
    let settings = &project.config.settings;
    let (sources, _) = content::read(&project.root, settings);
    let (catalog, _) = content::parse(sources.clone(), settings);
    let mut taken: BTreeSet<Slug> = catalog.posts.keys().cloned().collect();
    for source in sources {
        let Some((slug, text)) = content::fix_slug(&source, settings, &taken) else { continue };
        project::write_text(&project.root.join(source.file.as_str()), &text)?;
        context.say(&format!("{}: slug `{slug}` inserted", source.file));
        taken.insert(slug);
    }
    Ok(())
}
