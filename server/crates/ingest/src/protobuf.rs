//! Fields of a protobuf message, borrowed: most of what is received is label texts that are only looked
//! at, and a decoder that owns its messages would copy each of them.
//!
//! The encoding: <https://protobuf.dev/programming-guides/encoding/>.

use prost::encoding::decode_varint;

/// The value of a field as it stands in the message.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Value<'a> {
    /// A whole number or a flag.
    Number(u64),
    /// Eight bytes: a double or a fixed number.
    Eight([u8; 8]),
    /// Four bytes.
    Four([u8; 4]),
    /// A text, bytes or a message.
    Bytes(&'a [u8]),
}

/// Why a message cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// It ends within a field.
    #[error("it is cut short")]
    Short,
    /// A field has a tag or a type that does not exist.
    #[error("it is no protobuf message")]
    Tag,
    /// A field has another type than it should.
    #[error("field {0} has another type than it should")]
    Type(u32),
    /// A text is not UTF-8.
    #[error("a text is not UTF-8")]
    Text,
    /// Values within values, more than anybody needs.
    #[error("a value is nested too deep")]
    Deep,
}

impl<'a> Value<'a> {
    pub(crate) fn bytes(self, tag: u32) -> Result<&'a [u8], Malformed> {
        match self {
            Self::Bytes(bytes) => Ok(bytes),
            _ => Err(Malformed::Type(tag)),
        }
    }

    pub(crate) fn text(self, tag: u32) -> Result<&'a str, Malformed> {
        std::str::from_utf8(self.bytes(tag)?).map_err(|_| Malformed::Text)
    }

    pub(crate) fn number(self, tag: u32) -> Result<u64, Malformed> {
        match self {
            Self::Number(number) => Ok(number),
            _ => Err(Malformed::Type(tag)),
        }
    }

    /// A fixed number of eight bytes.
    pub(crate) fn fixed(self, tag: u32) -> Result<u64, Malformed> {
        match self {
            Self::Eight(bytes) => Ok(u64::from_le_bytes(bytes)),
            _ => Err(Malformed::Type(tag)),
        }
    }

    /// A signed number that small negative values are short in (`sint32`).
    pub(crate) fn zigzag(self, tag: u32) -> Result<i32, Malformed> {
        let number = self.number(tag)?;
        let half = i64::try_from(number >> 1).map_err(|_| Malformed::Type(tag))?;
        let signed = if number & 1 == 0 { half } else { -half - 1 };
        i32::try_from(signed).map_err(|_| Malformed::Type(tag))
    }

    /// Repeated fixed numbers or doubles of eight bytes: many at once, or one.
    pub(crate) fn each_eight(
        self,
        tag: u32,
        mut each: impl FnMut([u8; 8]),
    ) -> Result<(), Malformed> {
        match self {
            Self::Eight(bytes) => each(bytes),
            Self::Bytes(bytes) => {
                let (chunks, rest) = bytes.as_chunks::<8>();
                if !rest.is_empty() {
                    return Err(Malformed::Short);
                }
                chunks.iter().copied().for_each(each);
            }
            _ => return Err(Malformed::Type(tag)),
        }
        Ok(())
    }

    /// Repeated whole numbers: many at once, or one.
    pub(crate) fn each_number(self, tag: u32, mut each: impl FnMut(u64)) -> Result<(), Malformed> {
        match self {
            Self::Number(one) => each(one),
            Self::Bytes(mut bytes) => {
                while !bytes.is_empty() {
                    each(number(&mut bytes)?);
                }
            }
            _ => return Err(Malformed::Type(tag)),
        }
        Ok(())
    }

    pub(crate) fn double(self, tag: u32) -> Result<f64, Malformed> {
        match self {
            Self::Eight(bytes) => Ok(f64::from_le_bytes(bytes)),
            _ => Err(Malformed::Type(tag)),
        }
    }
}

/// The next field of a message; `None` at its end.
#[inline]
pub(crate) fn next<'a>(message: &mut &'a [u8]) -> Result<Option<(u32, Value<'a>)>, Malformed> {
    if message.is_empty() {
        return Ok(None);
    }
    let key = number(message)?;
    let tag = u32::try_from(key >> 3).map_err(|_| Malformed::Tag)?;
    let value = match key & 7 {
        0 => Value::Number(number(message)?),
        1 => Value::Eight(fixed(message)?),
        2 => {
            let length = usize::try_from(number(message)?).map_err(|_| Malformed::Short)?;
            let (bytes, rest) = message.split_at_checked(length).ok_or(Malformed::Short)?;
            *message = rest;
            Value::Bytes(bytes)
        }
        5 => Value::Four(fixed(message)?),
        _ => return Err(Malformed::Tag),
    };
    match tag {
        0 => Err(Malformed::Tag),
        tag => Ok(Some((tag, value))),
    }
}

#[inline]
fn number(message: &mut &[u8]) -> Result<u64, Malformed> {
    // Nearly all keys and lengths are one byte.
    if let [byte @ ..0x80, rest @ ..] = *message {
        *message = rest;
        return Ok(u64::from(*byte));
    }
    decode_varint(message).map_err(|_| Malformed::Short)
}

#[inline]
fn fixed<const N: usize>(message: &mut &[u8]) -> Result<[u8; N], Malformed> {
    let (bytes, rest) = message.split_first_chunk().ok_or(Malformed::Short)?;
    *message = rest;
    Ok(*bytes)
}
