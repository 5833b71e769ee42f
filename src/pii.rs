//! Personal data: what callers say, their names and numbers.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A value about a person. `Debug` and `Display` hide it, so that no log line shows it by accident; code that has to
/// use it says so with [`Pii::reveal`], which is easy to search for.
#[derive(Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Pii<T>(T);

impl<T> Pii<T> {
    /// Marks `value` as personal.
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself, for the one place that needs it (the dialogue, the store, a page behind a login).
    pub const fn reveal(&self) -> &T {
        &self.0
    }

    /// The value itself, taken out.
    pub fn into_revealed(self) -> T {
        self.0
    }
}

impl<T> From<T> for Pii<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

impl<T> fmt::Debug for Pii<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[personal]")
    }
}

impl<T> fmt::Display for Pii<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[personal]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formatting_never_shows_the_value() {
        let number = Pii::new("0642187591");
        assert_eq!(format!("{number} {number:?}"), "[personal] [personal]");
        assert_eq!(*number.reveal(), "0642187591");
    }
}
