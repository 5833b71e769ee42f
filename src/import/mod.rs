//! What official open data says, as Markdown that Allô answers from.

pub mod directory;
pub mod document;
pub mod encoding;
pub mod service_public;
