//! Names that metrics and labels can have in every version of Prometheus.

/// Whether a metric can have this name.
pub(super) fn is_metric(name: &str) -> bool {
    is_name(name, |c| c == ':')
}

/// Whether a label or an annotation can have this name.
pub(super) fn is_label(name: &str) -> bool {
    is_name(name, |_| false)
}

fn is_name(name: &str, is_also: impl Fn(char) -> bool) -> bool {
    let is_usual = |c: char| c.is_ascii_alphanumeric() || c == '_' || is_also(c);
    !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.chars().all(is_usual)
}
