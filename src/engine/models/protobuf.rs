//! Protocol buffers, written: as much as model files need (<https://protobuf.dev/programming-guides/encoding/>).

/// A message that grows by one field after another.
#[derive(Debug, Default)]
pub struct Message(Vec<u8>);

impl Message {
    /// With a whole number in this field.
    pub fn number(mut self, field: u32, value: u64) -> Self {
        self.tag(field, 0);
        self.varint(value);
        self
    }

    /// With a number of single precision.
    pub fn float(mut self, field: u32, value: f32) -> Self {
        self.tag(field, 5);
        self.0.extend(value.to_le_bytes());
        self
    }

    /// With bytes or a text.
    pub fn bytes(mut self, field: u32, value: impl AsRef<[u8]>) -> Self {
        self.begin(field, value.as_ref().len());
        self.0.extend(value.as_ref());
        self
    }

    /// With another message.
    pub fn message(self, field: u32, message: Message) -> Self {
        self.bytes(field, message.0)
    }

    /// With a field of `length` bytes, which are written after this message.
    pub fn before(mut self, field: u32, length: usize) -> Self {
        self.begin(field, length);
        self
    }

    /// As it is written.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    fn begin(&mut self, field: u32, length: usize) {
        self.tag(field, 2);
        self.varint(length as u64);
    }

    fn tag(&mut self, field: u32, kind: u32) {
        self.varint(u64::from(field << 3 | kind));
    }

    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of the encoding's own description.
    #[test]
    fn fields_are_as_the_encoding_describes_them() {
        let inner = Message::default().number(1, 150);
        assert_eq!(inner.as_bytes(), [0x08, 0x96, 0x01]);
        let outer = Message::default().message(3, inner);
        assert_eq!(outer.as_bytes(), [0x1a, 0x03, 0x08, 0x96, 0x01]);
        assert_eq!(
            Message::default().bytes(2, "testing").as_bytes(),
            [0x12, 0x07, 0x74, 0x65, 0x73, 0x74, 0x69, 0x6e, 0x67]
        );
        assert_eq!(
            Message::default().float(20, 1.0).as_bytes(),
            [0xa5, 0x01, 0, 0, 0x80, 0x3f]
        );
        assert_eq!(Message::default().before(16, 300).as_bytes(), [0x82, 0x01, 0xac, 0x02]);
    }
}
