//! The grouping key, as it stands in the address: `job/NAME/LABEL/VALUE/…`.

use std::borrow::Cow;

use base64::Engine;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use model::Labels;

/// What says that the part behind is base64.
const BASE64: &str = "@base64";

/// The URL alphabet, with padding or without.
const ENGINE: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The labels of a grouping key from the part of an address behind `/metrics/`, as it was sent.
///
/// # Errors
/// What is wrong with it, in words.
pub fn grouping_key(address: &str) -> Result<Labels, String> {
    let address = address.strip_suffix('/').unwrap_or(address);
    let parts: Vec<&str> = address.split('/').collect();
    let (pairs, rest) = parts.as_chunks::<2>();
    if let [name] = rest {
        return Err(format!(
            "{name:?} stands in the address without a value behind it"
        ));
    }
    let mut labels = Labels::new();
    for (place, [name, value]) in pairs.iter().enumerate() {
        let name = unescaped(name)?;
        let (name, is_base64) = match name.strip_suffix(BASE64) {
            Some(name) => (name, true),
            None => (&*name, false),
        };
        let value = match is_base64 {
            true => from_base64(value)
                .ok_or_else(|| format!("the value {value:?} of {name} is no base64 of a text"))?,
            false => unescaped(value)?.into_owned(),
        };
        if place == 0 && value.is_empty() {
            return Err("the name of the job is empty".to_owned());
        }
        let mut letters = name.chars();
        let is_name = letters
            .next()
            .is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
            && letters.all(|c| c.is_ascii_alphanumeric() || c == '_');
        if !is_name || name.starts_with("__") {
            return Err(format!("{name:?} is no name of a label"));
        }
        if place > 0 && name == "job" {
            return Err("the job is named twice".to_owned());
        }
        labels = labels.with(name, value);
    }
    Ok(labels)
}

fn from_base64(value: &str) -> Option<String> {
    // A single sign of padding is the empty text: an address cannot have an empty part.
    let value = value.trim_end_matches('=');
    String::from_utf8(ENGINE.decode(value).ok()?).ok()
}

/// `%2F` as `/`.
fn unescaped(part: &str) -> Result<Cow<'_, str>, String> {
    if !part.contains('%') {
        return Ok(Cow::Borrowed(part));
    }
    let wrong = || format!("{part:?} is not escaped as an address has to be");
    let mut bytes = Vec::with_capacity(part.len());
    let mut rest = part.bytes();
    while let Some(byte) = rest.next() {
        let digit = |digit: Option<u8>| digit.and_then(|digit| char::from(digit).to_digit(16));
        bytes.push(match byte {
            b'%' => {
                let high = digit(rest.next()).ok_or_else(wrong)?;
                let low = digit(rest.next()).ok_or_else(wrong)?;
                u8::try_from(high * 16 + low).map_err(|_| wrong())?
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes)
        .map(Cow::Owned)
        .map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for (address, expected) in [
            ("job/a", Ok(r#"{job="a"}"#)),
            ("job/a/", Ok(r#"{job="a"}"#)),
            (
                "job/a/instance/b/x/c%20d",
                Ok(r#"{instance="b", job="a", x="c d"}"#),
            ),
            (
                "job/a/path/%2Fvar%2Ftmp",
                Ok(r#"{job="a", path="/var/tmp"}"#),
            ),
            ("job@base64/YWI", Ok(r#"{job="ab"}"#)),
            (
                "job/x/path@base64/L3Zhci90bXA=",
                Ok(r#"{job="x", path="/var/tmp"}"#),
            ),
            (
                "job/x/path@base64/L3Zhci90bXA",
                Ok(r#"{job="x", path="/var/tmp"}"#),
            ),
            ("job/x/empty@base64/=", Ok(r#"{job="x"}"#)),
            ("job/%C3%A4", Ok(r#"{job="ä"}"#)),
            ("job", Err("without a value")),
            ("job/", Err("without a value")),
            ("job//x/y", Err("job is empty")),
            ("job@base64/=", Err("job is empty")),
            ("job/a/b", Err("without a value")),
            ("job/a/__name__/b", Err("no name of a label")),
            ("job/a/1b/c", Err("no name of a label")),
            ("job/a/b.c/d", Err("no name of a label")),
            ("job/a/job/b", Err("named twice")),
            ("job/a/b@base64/!", Err("no base64")),
            ("job/a/b@base64/_w", Err("no base64")),
            ("job/a%2", Err("not escaped")),
            ("job/a%zz", Err("not escaped")),
            ("job/a%ff", Err("not escaped")),
        ] {
            let found = grouping_key(address).map(|labels| labels.to_string());
            match expected {
                Ok(labels) => assert_eq!(found.as_deref(), Ok(labels), "{address}"),
                Err(why) => assert!(
                    found.as_ref().is_err_and(|e| e.contains(why)),
                    "{address}: {found:?}"
                ),
            }
        }
    }
}
