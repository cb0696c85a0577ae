//! Panels, and what stands in them when there is no picture.

use std::sync::Arc;

use leptos::prelude::*;
use ui::{
    Changing, Empty, PanelFrame, PanelMenu, Partial, Shape, Skeleton, Spark, Sparkline, Stale,
    Trouble, notify, when_else,
};

use super::data::{MINUTE_MS, NOW_MS, course};

pub(super) fn panels() -> AnyView {
    let as_table = RwSignal::new(false);
    let spark = Spark::from(course(4, 60, 40.0, 12.0));
    let text = |text: &'static str| Changing::from(move || text.to_owned());
    let menu = PanelMenu {
        exports: Some(text("table=servers")),
        query: Some(text("sum by (server) (rate(mcp_calls_total[5m]))")),
        explore: Some(text("/explore?q=up")),
        as_table: Some(as_table),
        png: Some(Arc::new(|| notify("The picture would be saved now", false))),
    };
    let summary = "per cent of calls · 1 min steps".into_any();
    let picture = move || {
        let spark = spark.clone();
        view! { <Sparkline spark=move || spark.clone() /> }
    };
    let table = || view! { <table><tbody><tr><th scope="row">"14:02"</th><td class="number">"41.0 %"</td></tr></tbody></table> };
    let again = || notify("It would be asked again now", false);
    let blank = PanelMenu::default;
    view! {
        <div class="halves">
            <PanelFrame id="whole" title="Failing calls by server" summary=Some(summary) menu=menu>
                {when_else(move || as_table.get(), table, picture)}
            </PanelFrame>
            <PanelFrame id="loading" title="Loading" menu=blank()>
                <Skeleton shape=Shape::Lines(3) />
            </PanelFrame>
            <PanelFrame id="empty" title="Empty" menu=blank()>
                <Empty>"No probe has got through in the last hour. Durations appear with the first one that does."</Empty>
            </PanelFrame>
            <PanelFrame id="failed" title="Failed" menu=blank()>
                <Trouble message="The query took longer than 10 s. Choose a shorter range.".to_owned() retry=Some(Arc::new(again)) />
            </PanelFrame>
            <PanelFrame id="stale" title="Stale" menu=blank()>
                <Stale since_ms=NOW_MS - 12 * MINUTE_MS why="The connection is lost; trying again." />
                <p>"What was last known stays."</p>
            </PanelFrame>
            <PanelFrame id="partial" title="A title of a panel that is so long that it does not fit beside its menu on a phone" menu=blank()>
                <Partial missing="3 of 12 servers did not answer in time: s3-storage, kubernetes, time." />
                <p>"What came is shown."</p>
            </PanelFrame>
        </div>
    }
    .into_any()
}

pub(super) fn skeletons() -> AnyView {
    view! {
        <div class="halves">
            <Skeleton shape=Shape::Chart />
            <Skeleton shape=Shape::Rows(7) />
            <Skeleton shape=Shape::Tiles(4) />
            <Skeleton shape=Shape::Lines(4) />
        </div>
    }
    .into_any()
}
