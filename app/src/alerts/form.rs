//! What can be done with an alert: one form, with a button for each action. Without a script it is sent as it is, and
//! leads back to the page.

use leptos::prelude::*;
use ui::{LiveState, all, notify};
use wire::{AlertAction, AlertDetail, AlertNote, AlertState};

use super::api::{act_on_alert, load_alert};
use crate::labelled::input;

/// What the page shows: it is replaced as a whole.
pub(super) type Shown = RwSignal<AlertDetail>;

/// For how long an alert is taken: minutes as they are sent, and as they are called.
const LENGTHS: [(&str, &str); 7] = [
    ("", "until it ends"),
    ("30", "for 30 minutes"),
    ("60", "for 1 hour"),
    ("240", "for 4 hours"),
    ("480", "for 8 hours"),
    ("1440", "for 1 day"),
    ("10080", "for 1 week"),
];
const MINUTE_MS: i64 = 60_000;

/// What is being written.
#[derive(Clone, Copy)]
struct Draft {
    by: RwSignal<String>,
    comment: RwSignal<String>,
    owner: RwSignal<String>,
    minutes: RwSignal<String>,
}

impl Draft {
    /// What of it belongs to an action.
    fn note(self, action: AlertAction) -> AlertNote {
        let minutes = self.minutes.get_untracked().parse::<i64>().ok();
        let is_taken = action == AlertAction::Acknowledge;
        let has_owner = is_taken || action == AlertAction::Assign;
        AlertNote {
            by: self.by.get_untracked(),
            comment: self.comment.get_untracked(),
            owner: match has_owner {
                true => self.owner.get_untracked(),
                false => String::new(),
            },
            until_ms: None,
            lasts_ms: minutes.filter(|_| is_taken).map(|it| it * MINUTE_MS),
        }
    }
}

/// The actions that an alert is open to, each with its button's word.
fn actions(state: AlertState) -> &'static [(AlertAction, &'static str)] {
    use AlertAction::{Acknowledge, Assign, Comment, Reopen, Resolve};
    match state {
        AlertState::Pending => &[
            (Comment, "Comment"),
            (Assign, "Assign"),
            (Resolve, "Resolve"),
        ],
        AlertState::Firing => &[
            (Acknowledge, "Acknowledge"),
            (Comment, "Comment"),
            (Assign, "Assign"),
            (Resolve, "Resolve"),
        ],
        AlertState::Acknowledged => &[
            (Comment, "Comment"),
            (Assign, "Assign"),
            (Acknowledge, "Acknowledge anew"),
            (Resolve, "Resolve"),
        ],
        AlertState::Resolved => &[(Comment, "Comment"), (Reopen, "Reopen")],
    }
}

/// The form of an alert. What is written in it stays while the alert takes steps.
pub(super) fn form(shown: Shown) -> AnyView {
    let live = expect_context::<LiveState>();
    let text = || RwSignal::new(String::new());
    let draft = Draft {
        by: text(),
        comment: text(),
        owner: text(),
        minutes: text(),
    };
    let id = shown.with_untracked(|shown| shown.alert.id.clone());
    let state = Memo::new(move |_| shown.with(|shown| shown.alert.state));
    let buttons = move || {
        let id = id.clone();
        all(actions(state.get()).iter().map(move |&(action, word)| {
            let address = format!("/alerts/{id}/{}", action.as_str());
            let class = (action == AlertAction::Acknowledge).then_some("primary");
            let act = move |event: leptos::ev::MouseEvent| {
                event.prevent_default();
                act(live, shown, draft, action);
            };
            view! { <button class=class type="submit" formaction=address on:click=act>{word}</button> }
        }))
    };
    let lengths = all(LENGTHS.into_iter().map(|(sent, called)| {
        view! { <option value=sent>{called}</option> }
    }));
    let can_be_taken = move || state.get() != AlertState::Resolved;
    view! {
        <form class="actions" method="post">
            {input("by".to_owned(), "by", "Your name", draft.by)}
            {input("comment".to_owned(), "comment", "Comment", draft.comment)}
            <span hidden=move || !can_be_taken()>{input("owner".to_owned(), "owner", "For whom", draft.owner)}</span>
            <label class="hidden-label" for="minutes">"Acknowledge"</label>
            <select
                id="minutes"
                name="minutes"
                hidden=move || !can_be_taken()
                on:change:target=move |event| draft.minutes.set(event.target().value())
            >
                {lengths}
            </select>
            {move || buttons()}
        </form>
    }
    .into_any()
}

/// Asks for it, and shows what has become of the alert. What was written is kept where the product refuses.
fn act(live: LiveState, shown: Shown, draft: Draft, action: AlertAction) {
    let (id, note) = (
        shown.with_untracked(|shown| shown.alert.id.clone()),
        draft.note(action),
    );
    leptos::task::spawn_local(async move {
        let asked = act_on_alert(id, action, note).await;
        let answer = asked.map_err(|failure| failure.0);
        match answer.and_then(|answer| answer.read()) {
            Ok(alert) => {
                // The page may have been left.
                draft.comment.try_set(String::new());
                draft.owner.try_set(String::new());
                // What is said of one that was over already brings it back to no list.
                if action != AlertAction::Comment || alert.is_open() {
                    live.put_alert(alert);
                }
            }
            Err(problem) => notify(problem.to_string(), true),
        }
        renew(shown).await;
    });
}

/// Shows an alert as it is now.
pub(super) async fn renew(shown: Shown) {
    let Some(id) = shown.try_with_untracked(|shown| shown.alert.id.clone()) else {
        return;
    };
    // What is shown stays where nothing newer can be had; the bar above says that the product is gone.
    if let Ok(answer) = load_alert(id).await
        && let Ok(newer) = answer.read()
        && shown.try_with_untracked(|shown| *shown != newer) == Some(true)
    {
        shown.try_set(newer);
    }
}
