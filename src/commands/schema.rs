//! `tgsync schema NAME`: the JSON schemas of what others read and write.

use super::Exit;
use super::context::Context;
use crate::cli::SchemaName;
use crate::report::json::{PlanView, ReportView};
use crate::report::verify::VerifyView;
use crate::{config, content, lock};

pub(super) fn run(context: &Context, name: SchemaName) -> Exit {
    let schema = match name {
        SchemaName::Config => config::schema(),
        SchemaName::FrontMatter => content::front_matter_schema(),
        SchemaName::Lock => schemars::schema_for!(lock::Lock).to_value(),
        SchemaName::Plan => schemars::schema_for!(PlanView).to_value(),
        SchemaName::Verify => schemars::schema_for!(VerifyView).to_value(),
        SchemaName::Report => schemars::schema_for!(ReportView).to_value(),
    };
    context.print(&super::plan::pretty(&schema));
    Exit::Done
}
