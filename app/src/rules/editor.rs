//! A rule is written, and what it would have done is said while it is.

use leptos::prelude::*;
use ui::{
    CheckField, ErrorSummary, FieldInfo, FieldKind, SelectField, TextField, effect, notify, when,
    when_else,
};
use wire::{
    Code, RuleChange, RuleDetail, RuleDraft, RuleInfo, RuleKind, RuleMistake, RulePreview, Severity,
};

use super::api::{load_rule, preview_rule, save_rule};
use super::fields::Form;
use super::outlook::outlook;
use super::words::{address, read};
use crate::address::Address;

/// How long nothing is typed before it is asked what the rule would have done.
const PAUSE: std::time::Duration = std::time::Duration::from_millis(600);

/// What is known of what is written.
#[derive(Clone, Copy)]
struct Editor {
    /// The rule that is changed; none where a new one is made.
    id: StoredValue<Option<String>>,
    /// The version that was read, and what it says.
    version: StoredValue<u32>,
    base: StoredValue<RuleDraft>,
    is_built_in: bool,
    form: Form,
    by: RwSignal<String>,
    comment: RwSignal<String>,
    mistakes: RwSignal<Vec<RuleMistake>>,
    /// Those that kept it from being saved.
    refused: RwSignal<Vec<RuleMistake>>,
    preview: RwSignal<Option<RulePreview>>,
    problem: RwSignal<Option<String>>,
    is_busy: RwSignal<bool>,
    /// What was asked last: an older answer is not shown.
    turn: StoredValue<u32>,
    /// What to do once it is saved.
    saved: StoredValue<Box<dyn Fn(RuleInfo) + Send + Sync>>,
}

/// The fields of a draft, and their names.
const FIELDS: [(&str, &str); 10] = [
    ("group", "Group"),
    ("interval", "Every"),
    ("name", "Name"),
    ("expr", "Expression"),
    ("hold", "For"),
    ("keep_firing_for", "Keep firing for"),
    ("labels", "Other labels"),
    ("annotations", "Other texts"),
    ("no_data", "Without data"),
    ("text", "Rule"),
];

fn field_id(field: &str) -> String {
    format!("rule-{}", field.replace('_', "-"))
}

impl Editor {
    fn new(
        draft: &RuleDraft,
        of: Option<&RuleInfo>,
        saved: impl Fn(RuleInfo) + Send + Sync + 'static,
    ) -> Self {
        let text = || RwSignal::new(String::new());
        Self {
            id: StoredValue::new(of.map(|it| it.id.clone())),
            version: StoredValue::new(of.map_or(0, |it| it.version)),
            base: StoredValue::new(draft.clone()),
            is_built_in: of.is_some_and(|it| it.origin != wire::Origin::Made),
            form: Form::of(draft),
            by: text(),
            comment: text(),
            mistakes: RwSignal::new(Vec::new()),
            refused: RwSignal::new(Vec::new()),
            preview: RwSignal::new(None),
            problem: RwSignal::new(None),
            is_busy: RwSignal::new(false),
            turn: StoredValue::new(0),
            saved: StoredValue::new(Box::new(saved)),
        }
    }

    fn info(self, field: &'static str, label: &'static str) -> FieldInfo {
        let mistakes = self.mistakes;
        FieldInfo::new(field_id(field), label).problem(move || {
            mistakes.with(|mistakes| {
                let mut of_field = mistakes.iter().filter(|it| it.field == field);
                of_field.next().map(|it| it.message.clone())
            })
        })
    }

    /// Asks what it would have done, when nothing has been typed for a while.
    fn follow(self) {
        effect(move || {
            let draft = self.form.draft();
            self.refused.set(Vec::new());
            let Some(turn) = self.turn.try_update_value(|turn| {
                *turn += 1;
                *turn
            }) else {
                return;
            };
            // What has not been begun has no mistakes yet.
            if draft.expr.trim().is_empty() {
                self.mistakes.set(Vec::new());
                self.preview.set(None);
                return;
            }
            set_timeout(move || self.look(draft.clone(), turn), PAUSE);
        });
    }

    /// Keeps to what is changed elsewhere, as long as nothing is written here.
    fn keep_to(self, shown: RwSignal<RuleDetail>) {
        let newest = Memo::new(move |_| shown.with(|it| (it.rule.version, it.rule.draft.clone())));
        effect(move || {
            let (version, draft) = newest.get();
            let is_known = self.version.try_get_value() == Some(version);
            if is_known || untrack(|| self.form.draft()) != self.base.get_value() {
                return;
            }
            self.version.set_value(version);
            self.base.set_value(draft.clone());
            self.form.fill(&draft);
        });
    }

    /// What was written is kept; saved once more, it replaces what somebody else has saved.
    async fn catch_up(self) {
        let Some(Some(id)) = self.id.try_get_value() else {
            return;
        };
        if let Ok(newer) = read(load_rule(id).await) {
            self.version.try_set_value(newer.rule.version);
        }
    }

    fn look(self, draft: RuleDraft, turn: u32) {
        let is_newest = move || self.turn.try_get_value() == Some(turn);
        let (true, Ok(text)) = (is_newest(), serde_json::to_string(&draft)) else {
            return;
        };
        let Some(id) = self.id.try_get_value() else {
            return;
        };
        self.is_busy.try_set(true);
        leptos::task::spawn_local(async move {
            let answer = read(preview_rule(id, text).await);
            if !is_newest() {
                return;
            }
            self.is_busy.try_set(false);
            match answer {
                Ok(preview) => {
                    self.problem.try_set(None);
                    // A rule without a name yet is being written.
                    let mistakes = preview.mistakes.iter();
                    let mistakes = mistakes.filter(|it| !is_unfilled(it, &draft)).cloned();
                    self.mistakes.try_set(mistakes.collect());
                    self.preview.try_set(Some(preview));
                }
                Err(problem) => {
                    self.problem.try_set(Some(problem.to_string()));
                }
            }
        });
    }

    fn save(self) {
        let change = RuleChange {
            rule: untrack(|| self.form.draft()),
            version: Some(self.version.get_value()).filter(|_| self.id.get_value().is_some()),
            by: self.by.get_untracked(),
            comment: self.comment.get_untracked(),
        };
        let Ok(text) = serde_json::to_string(&change) else {
            return;
        };
        leptos::task::spawn_local(async move {
            let id = self.id.get_value();
            match read(save_rule(id, text).await) {
                Ok(saved) if saved.mistakes.is_empty() => {
                    notify("Saved; it is judged by this from now on".to_owned(), false);
                    self.comment.try_set(String::new());
                    self.refused.try_set(Vec::new());
                    if let Some(rule) = saved.rules.into_iter().next() {
                        self.version.try_set_value(rule.version);
                        self.base.try_set_value(rule.draft.clone());
                        self.saved.try_with_value(|saved| saved(rule));
                    }
                }
                // What is written stays as it is.
                Ok(saved) => {
                    self.mistakes.try_set(saved.mistakes.clone());
                    self.refused.try_set(saved.mistakes);
                }
                Err(problem) => {
                    let is_conflict = problem.code == Code::Conflict;
                    notify(problem.to_string(), true);
                    if is_conflict {
                        self.catch_up().await;
                    }
                }
            }
        });
    }
}

/// Whether a mistake is only that a field has not been filled yet.
fn is_unfilled(mistake: &RuleMistake, draft: &RuleDraft) -> bool {
    match mistake.field.as_str() {
        "name" => draft.name.trim().is_empty(),
        "group" => draft.group.trim().is_empty(),
        _ => false,
    }
}

/// A new rule.
pub(crate) fn new_rule() -> AnyView {
    let here = Address::here();
    let query = here.query.get_untracked();
    let draft = RuleDraft {
        group: "ours".to_owned(),
        // Explore, and links, bring an expression along.
        expr: query.get("expr").unwrap_or_default(),
        labels: [("severity".to_owned(), "warning".to_owned())].into(),
        ..RuleDraft::default()
    };
    let here = StoredValue::new_local(here);
    let go = SendGo(here);
    let editor = Editor::new(&draft, None, move |rule| go.to(&address(&rule.id)));
    form(editor, None)
}

/// Goes to another page of the product.
#[derive(Clone, Copy)]
struct SendGo(StoredValue<Address, LocalStorage>);

impl SendGo {
    fn to(self, address: &str) {
        self.0.with_value(|here| here.go(address, false));
    }
}

/// A rule that is there.
pub(super) fn change_rule(
    shown: RwSignal<RuleDetail>,
    saved: impl Fn(RuleInfo) + Send + Sync + 'static,
) -> AnyView {
    let rule = shown.with_untracked(|it| it.rule.clone());
    let editor = Editor::new(&rule.draft, Some(&rule), saved);
    editor.keep_to(shown);
    form(editor, Some(&rule))
}

fn form(editor: Editor, of: Option<&RuleInfo>) -> AnyView {
    editor.follow();
    let form = editor.form;
    let is_alert = move || form.kind.with(|kind| kind != RuleKind::Record.as_str());
    let kind = move || RuleKind::parse(&form.kind.get()).unwrap_or_default();
    let problems = move || {
        let label = |field: &str| FIELDS.iter().find(|(name, _)| *name == field);
        editor.refused.with(|mistakes| {
            let each = mistakes.iter().map(|it| {
                let label = label(&it.field).map_or("Rule", |(_, label)| label);
                (field_id(&it.field), label.to_owned(), it.message.clone())
            });
            each.collect::<Vec<_>>()
        })
    };
    let save = match of {
        Some(_) => "Save",
        None => "Make rule",
    };
    let seen = move || editor.preview.with(Option::is_some);
    let shown = move || {
        editor.preview.with(|preview| {
            let preview = preview.as_ref();
            preview.map(|preview| match preview.mistakes.is_empty() {
                true => outlook(preview, kind()),
                false => view! { <p>"What it would have done is said when it has no mistake."</p> }
                    .into_any(),
            })
        })
    };
    view! {
        <div class="rule-editor" data-needs-script>
            <div>
                <ErrorSummary problems=problems />
                {(!editor.is_built_in).then(|| named(editor))}
                <TextField
                    info=editor.info("expr", "Expression").hint("PromQL. Each series it returns is an alert.").required()
                    value=form.expr
                    kind=FieldKind::Lines
                />
                {when(is_alert, move || of_alerts(editor))}
                <TextField
                    info=editor.info("labels", "Other labels").hint("A line each: team: mcp")
                    value=form.labels
                    kind=FieldKind::Lines
                />
                <CheckField info=FieldInfo::new("rule-enabled", "Evaluate it") value=form.enabled />
                <div class="halves">
                    <TextField info=FieldInfo::new("rule-by", "Your name") value=editor.by />
                    <TextField info=FieldInfo::new("rule-why", "Why") value=editor.comment />
                </div>
                <button class="primary" on:click=move |_| editor.save()>{save}</button>
            </div>
            <section aria-label="What it would have done" aria-live="polite" aria-busy=move || editor.is_busy.get().to_string()>
                {move || editor.problem.get().map(|why| view! { <p class="trouble">{why}</p> }.into_any())}
                {when_else(
                    seen,
                    move || view! { {move || shown()} },
                    || view! { <p>"Here stands what the rule would have done over the last day, as soon as it has an expression."</p> },
                )}
            </section>
        </div>
    }
    .into_any()
}

/// What a built-in rule keeps.
fn named(editor: Editor) -> AnyView {
    let form = editor.form;
    let kinds = || {
        vec![
            ("alert".to_owned(), "Alerts".to_owned()),
            ("record".to_owned(), "A series".to_owned()),
        ]
    };
    view! {
        <div class="halves">
            <TextField info=editor.info("name", "Name").required() value=form.name />
            <SelectField info=FieldInfo::new("rule-kind", "Makes") value=form.kind options=kinds />
            <TextField info=editor.info("group", "Group").required() value=form.group />
            <TextField
                info=editor.info("interval", "Every").hint("30s, 1m: of the whole group; as configured where empty.")
                value=form.interval
            />
        </div>
    }
    .into_any()
}

fn of_alerts(editor: Editor) -> AnyView {
    let form = editor.form;
    let severities = || {
        let words = Severity::ALL.iter().map(|it| it.as_str().to_owned());
        let named = words.map(|word| (word.clone(), word));
        let none = [(String::new(), "none".to_owned())];
        none.into_iter().chain(named).collect::<Vec<_>>()
    };
    view! {
        <div class="halves">
            <SelectField info=FieldInfo::new("rule-severity", "Severity") value=form.severity options=severities />
            <TextField info=editor.info("hold", "For").hint("How long it has to hold: 5m.") value=form.hold />
            <TextField
                info=editor.info("keep_firing_for", "Keep firing for").hint("How long it fires on after its end.")
                value=form.keep_firing_for
            />
            <TextField
                info=editor.info("no_data", "Without data").hint("ok, keep, alert or resolve after 15m.")
                value=form.no_data
            />
        </div>
        <TextField
            info=FieldInfo::new("rule-summary", "Summary").hint("{{ $labels.server }} and {{ $value }} are filled in.")
            value=form.summary
        />
        <TextField
            info=FieldInfo::new("rule-description", "What to do")
            value=form.description
            kind=FieldKind::Lines
        />
        <TextField
            info=FieldInfo::new("rule-link", "Link").hint("Where its panel is: /servers/{{ $labels.server }}")
            value=form.link
        />
        <TextField
            info=editor.info("annotations", "Other texts").hint("A line each: runbook: https://…")
            value=form.annotations
            kind=FieldKind::Lines
        />
    }
    .into_any()
}
