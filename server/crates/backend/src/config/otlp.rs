//! The section `otlp`: how OpenTelemetry's metrics become ours, with the names of Prometheus's section `otlp`.

use ingest::otlp::{Settings, Strategy};
use serde::Deserialize;

use super::Mistakes;

/// The section as written.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct RawOtlp {
    translation_strategy: Option<String>,
    promote_resource_attributes: Vec<String>,
    promote_all_resource_attributes: bool,
    ignore_resource_attributes: Vec<String>,
    keep_identifying_resource_attributes: bool,
    promote_scope_metadata: bool,
    target_info: Option<bool>,
}

pub(super) const KEYS: &[&str] = &[
    "translation_strategy",
    "promote_resource_attributes",
    "promote_all_resource_attributes",
    "ignore_resource_attributes",
    "keep_identifying_resource_attributes",
    "promote_scope_metadata",
    "target_info",
];

impl RawOtlp {
    pub(super) fn into_settings(self, mistakes: &mut Mistakes) -> Settings {
        let mut settings = Settings {
            translation_strategy: Strategy::default(),
            promote_resource_attributes: self.promote_resource_attributes,
            promote_all_resource_attributes: self.promote_all_resource_attributes,
            ignore_resource_attributes: self.ignore_resource_attributes,
            keep_identifying_resource_attributes: self.keep_identifying_resource_attributes,
            promote_scope_metadata: self.promote_scope_metadata,
            target_info: self.target_info.unwrap_or(true),
        };
        if let Some(name) = &self.translation_strategy {
            match Strategy::ALL.iter().find(|(known, _)| known == name) {
                Some((_, strategy)) => settings.translation_strategy = *strategy,
                None => {
                    let known = Strategy::ALL.map(|(known, _)| known).join(", ");
                    let message = format!("{name:?} is no strategy; write one of {known}");
                    mistakes.push("otlp.translation_strategy", message);
                }
            }
        }
        let (promoted, is_all) = (
            &settings.promote_resource_attributes,
            settings.promote_all_resource_attributes,
        );
        if is_all && !promoted.is_empty() {
            let message = "is without effect when all are promoted; leave one of them out";
            mistakes.push("otlp.promote_resource_attributes", message);
        }
        if !is_all && !settings.ignore_resource_attributes.is_empty() {
            let message = "is only for promote_all_resource_attributes = true";
            mistakes.push("otlp.ignore_resource_attributes", message);
        }
        settings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_named() {
        for (text, wrong) in [
            ("", None),
            ("translation_strategy = \"NoTranslation\"", None),
            ("promote_resource_attributes = [\"k8s.pod.name\"]", None),
            (
                "promote_all_resource_attributes = true\nignore_resource_attributes = [\"process.pid\"]",
                None,
            ),
            (
                "translation_strategy = \"notranslation\"",
                Some("otlp.translation_strategy"),
            ),
            (
                "promote_all_resource_attributes = true\npromote_resource_attributes = [\"a\"]",
                Some("otlp.promote_resource_attributes"),
            ),
            (
                "ignore_resource_attributes = [\"a\"]",
                Some("otlp.ignore_resource_attributes"),
            ),
        ] {
            let raw: RawOtlp = toml::from_str(text).unwrap();
            let mut mistakes = Mistakes::default();
            let settings = raw.into_settings(&mut mistakes);
            let found: Vec<_> = mistakes.iter_errors().collect();
            let paths: Vec<_> = found.iter().map(|one| one.finding.path.as_str()).collect();
            assert_eq!(paths, Vec::from_iter(wrong), "{text}");
            if text.is_empty() {
                assert_eq!(settings, Settings::default());
            }
        }
    }
}
