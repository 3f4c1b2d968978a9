//! The state file: the whole machine as JSON, replaced atomically after each effect.
#![expect(clippy::disallowed_methods, reason = "the sandbox's only files are read and written here")]

use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::Error;
use super::machine::Machine;

/// Where the state is kept.
#[derive(Debug, Clone)]
pub(super) struct Store {
    path: PathBuf,
}

impl Store {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// The saved machine, if there is one.
    pub(super) fn load(&self) -> Result<Option<Machine>, Error> {
        let bytes = match std::fs::read(&self.path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(self.failed(&source)),
        };
        serde_json::from_slice(&bytes).map(Some).map_err(|source| self.failed(&source))
    }

    pub(super) fn save(&self, machine: &Machine) -> Result<(), Error> {
        let json = serde_json::to_vec(machine).map_err(|error| self.failed(&error))?;
        let folder =
            self.path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let write = || -> std::io::Result<()> {
            let mut file = tempfile::NamedTempFile::new_in(folder)?;
            file.write_all(&json)?;
            file.persist(&self.path)?;
            Ok(())
        };
        write().map_err(|source| self.failed(&source))
    }

    fn failed(&self, source: &impl ToString) -> Error {
        Error::State { path: self.path.clone(), reason: source.to_string() }
    }
}
