//! What the JSON of silences and maintenance windows looks like.

use serde_json::{Value, json};
use wire::{
    Alert, MaintenanceWindow, Note, QuietTime, Silence, SilenceDraft, WindowDraft, WindowEnd,
    WindowPreview,
};

use super::shapes::{Shape, of};

/// What is answered at an address.
pub(super) fn answer(method: &str, path: &str) -> Option<Shape> {
    Some(match path {
        "/observability/silences" if method == "post" => of::<Silence>,
        "/observability/silences" => of::<Vec<Silence>>,
        "/observability/silences/preview" => of::<Vec<Alert>>,
        "/observability/silences/{id}/end" => of::<Silence>,
        "/observability/windows" if method == "post" => of::<MaintenanceWindow>,
        "/observability/windows" => of::<Vec<MaintenanceWindow>>,
        "/observability/windows/calendar" => of::<Vec<QuietTime>>,
        "/observability/windows/preview" => of::<WindowPreview>,
        "/observability/windows/{id}" | "/observability/windows/{id}/end" => {
            of::<MaintenanceWindow>
        }
        _ => return None,
    })
}

/// What is sent to an address.
pub(super) fn body(path: &str) -> Option<Shape> {
    Some(match path {
        "/observability/silences" => of::<SilenceDraft>,
        "/observability/silences/{id}/end" => of::<Note>,
        "/observability/windows" | "/observability/windows/preview" => of::<WindowDraft>,
        "/observability/windows/{id}" => of::<WindowDraft>,
        "/observability/windows/{id}/end" => of::<WindowEnd>,
        _ => return None,
    })
}

/// An example of what is sent to an address.
pub(super) fn example(path: &str) -> Option<Value> {
    Some(match path {
        "/observability/silences" => json!({
            "matchers": "server=\"files\"",
            "lasts_ms": 3_600_000,
            "by": "Ann",
            "comment": "the disk is being replaced",
        }),
        "/observability/silences/{id}/end" => json!({ "by": "Ann" }),
        "/observability/windows"
        | "/observability/windows/preview"
        | "/observability/windows/{id}" => json!({
            "name": "Backup of the file servers",
            "matchers": "server files, web",
            "times": "22:00-06:00",
            "weekdays": "sat:sun",
            "zone": "Europe/Berlin",
            "by": "Ann",
            "comment": "disks are slow meanwhile",
        }),
        "/observability/windows/{id}/end" => json!({ "by": "Ann", "occurrence": true }),
        _ => return None,
    })
}
