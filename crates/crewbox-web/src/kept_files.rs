//! Compressed forms of files that are served beside the API and never change.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::coding::{CompressedForms, Effort};

/// The compressed forms of files that never change, by their paths. A path names one of the program's own files, so there
/// are as many as it has.
#[derive(Debug, Default)]
pub(crate) struct KeptFiles(Mutex<HashMap<String, Arc<CompressedForms>>>);

impl KeptFiles {
    pub(crate) fn of(&self, path: &str) -> Arc<CompressedForms> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let forms =
            kept.entry(path.to_owned()).or_insert_with(|| Arc::new(CompressedForms::new(Effort::Once)));
        Arc::clone(forms)
    }
}
