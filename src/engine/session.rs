//! ONNX models: how the voices and the sentence encoders open theirs.

use std::path::Path;

use ort::session::Session;
use ort::session::builder::GraphOptimizationLevel;

/// Opens a model for one thread that never spins: the cores belong to the calls.
pub(super) fn open(model: &Path) -> ort::Result<Session> {
    let mut builder = Session::builder()?
        .with_optimization_level(GraphOptimizationLevel::All)?
        .with_intra_threads(1)?
        .with_inter_threads(1)?
        .with_intra_op_spinning(false)?
        .with_inter_op_spinning(false)?
        // Every text has another length: plans of memory would pile up and never be used again.
        .with_memory_pattern(false)?
        // Near silence a vocoder computes with denormals, which are slow.
        .with_flush_to_zero()?;
    builder.commit_from_file(model)
}
