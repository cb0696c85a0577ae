//! What is wanted, for many texts and cursors.

use super::*;

/// What is wanted where the bar stands, what has been typed of it, and what it would replace.
fn shown(marked: &str) -> String {
    let cursor = marked.find('|').expect("a bar says where the cursor is");
    let text = marked.replacen('|', "", 1);
    let place = place(&text, cursor);
    let wanted = match place.wanted {
        Wanted::Operand(words) if words.is_empty() => "operand".to_owned(),
        Wanted::Operand(words) => format!("operand or {}", words.join(" ")),
        Wanted::Word(words) => words.join(" "),
        Wanted::LabelName { metric, is_matcher } => {
            let matcher = if is_matcher { "matcher" } else { "label" };
            format!("{matcher} of {metric}")
        }
        Wanted::LabelValue {
            label,
            metric,
            is_regex,
            quotes,
        } => {
            let quotes = match quotes {
                Quotes::Both => "no quotes".to_owned(),
                Quotes::Last(quote) => format!("begun {quote}"),
                Quotes::Neither(quote) => format!("quoted {quote}"),
            };
            let regex = if is_regex { ", regex" } else { "" };
            format!("value of {label} of {metric}, {quotes}{regex}")
        }
        Wanted::Duration => "duration".to_owned(),
        Wanted::Nothing => return "nothing".to_owned(),
    };
    assert!(text[..cursor].ends_with(&place.typed), "{marked}");
    format!("{wanted}: {}>{}", place.typed, &text[place.from..place.to])
}

const AFTER: &str = "offset and or unless atan2";
const AFTER_AGGREGATION: &str = "by without offset and or unless atan2";

#[test]
fn places() {
    for (marked, expected) in [
        // The beginning of an expression.
        ("|", "operand: >"),
        ("mcp_pr|", "operand: mcp_pr>mcp_pr"),
        ("mcp_pr|obe + 1", "operand: mcp_pr>mcp_probe"),
        ("|mcp", "operand: >"),
        ("  \n  ra|", "operand: ra>ra"),
        ("rate(|", "operand: >"),
        ("rate(x|", "operand: x>x"),
        ("rate(|)", "operand: >"),
        ("topk(5, |", "operand: >"),
        ("histogram_quantile(0.9, sum by (le) (ra|", "operand: ra>ra"),
        ("sum by (a) (|", "operand: >"),
        ("(|", "operand: >"),
        ("-|", "operand or on ignoring: >"),
        ("sum|", "operand: sum>sum"),
        ("a:b:c|", "operand: a:b:c>a:b:c"),
        // Behind an operator.
        ("a + |", "operand or on ignoring: >"),
        ("a + b|", "operand or on ignoring: b>b"),
        ("a > |", "operand or on ignoring bool: >"),
        ("a == bo|", "operand or on ignoring bool: bo>bo"),
        ("a > bool |", "operand or on ignoring: >"),
        ("a and |", "operand or on ignoring: >"),
        ("a and o|", "operand or on ignoring: o>o"),
        ("a / on(x) |", "operand or group_left group_right: >"),
        ("a / on(x) gr|", "operand or group_left group_right: gr>gr"),
        ("a / on(x) group_left(y) |", "operand: >"),
        ("a / on(x) group_left |", "operand: >"),
        // Behind an operand.
        ("a |", &format!("{AFTER}: >")),
        ("a of|", &format!("{AFTER}: of>of")),
        ("a{b=\"c\"} |", &format!("{AFTER}: >")),
        ("a[5m] |", &format!("{AFTER}: >")),
        ("rate(a[5m]) |", &format!("{AFTER}: >")),
        ("sum(a) |", &format!("{AFTER_AGGREGATION}: >")),
        ("sum(rate(a[5m])) b|", &format!("{AFTER_AGGREGATION}: b>b")),
        ("sum |", &format!("{AFTER_AGGREGATION}: >")),
        ("sum b|", &format!("{AFTER_AGGREGATION}: b>b")),
        ("sum(a) by (b) |", &format!("{AFTER}: >")),
        ("sum by (b) |", "nothing"),
        ("a offset 5m |", &format!("{AFTER}: >")),
        ("a # so\n|", &format!("{AFTER}: >")),
        // Names of labels.
        ("up{|", "matcher of up: >"),
        ("up{|}", "matcher of up: >"),
        ("up{se|", "matcher of up: se>se"),
        ("up{se|rver=\"x\"}", "matcher of up: se>server"),
        ("up{a=\"b\", |", "matcher of up: >"),
        ("up{a=\"b\",|}", "matcher of up: >"),
        ("{|", "matcher of : >"),
        ("a{x=\"y\"} + up{|", "matcher of up: >"),
        ("rate(up{|}[5m])", "matcher of up: >"),
        ("{\"a.b\", |", "matcher of a.b: >"),
        ("{__name__=\"up\", |", "matcher of up: >"),
        ("{__name__=~\"up.*\", |", "matcher of : >"),
        ("{|, __name__=\"up\"}", "matcher of up: >"),
        ("{x=\"up\", |", "matcher of : >"),
        ("up{server |", "= != =~ !~: >"),
        ("up{a=\"b\" |", "nothing"),
        ("up{a=\"b\"|", "nothing"),
        // Names of labels in parentheses.
        ("sum by (|", "label of : >"),
        ("sum by (|) (rate(up[5m]))", "label of up: >"),
        ("sum by (se|) (up)", "label of up: se>se"),
        ("sum by (a, |) (up)", "label of up: >"),
        ("sum(rate(up[5m])) by (|)", "label of up: >"),
        ("x + sum(up) without (|) + y", "label of up: >"),
        ("x + sum without (|) (up) + y", "label of up: >"),
        ("up / on (|) down", "label of up: >"),
        ("up / ignoring(|", "label of up: >"),
        ("up * on(a) group_left(|) down", "label of up: >"),
        ("SUM BY (|) (up)", "label of up: >"),
        ("sum by (a |", "nothing"),
        // Values of labels.
        ("up{a=|", "value of a of up, no quotes: >"),
        ("up{a=|}", "value of a of up, no quotes: >"),
        ("up{a=\"|", "value of a of up, begun \": >"),
        ("up{a=\"|\"}", "value of a of up, quoted \": >"),
        ("up{a=\"b|c\"}", "value of a of up, quoted \": b>bc"),
        ("up{a='b|", "value of a of up, begun ': b>b"),
        ("up{a!=\"b|\"}", "value of a of up, quoted \": b>b"),
        ("up{a=~\"b|\"}", "value of a of up, quoted \", regex: b>b"),
        ("up{x=\"1\", a=\"|\"}", "value of a of up, quoted \": >"),
        (
            "{a=\"|\", __name__=\"up\"}",
            "value of a of up, quoted \": >",
        ),
        ("{__name__=\"|\"}", "value of __name__ of , quoted \": >"),
        ("up{a = \"b c|", "value of a of up, begun \": b c>b c"),
        // Nothing is known in other texts, comments, and behind what is unknown.
        ("label_replace(up, \"|\"", "nothing"),
        ("up # wh|", "nothing"),
        ("{\"a|\"}", "nothing"),
        ("up ; |", "nothing"),
        ("a > 5|", "nothing"),
        ("topk(5|", "nothing"),
        // Lengths of time.
        ("up[|", "duration: >"),
        ("up[|]", "duration: >"),
        ("up[5|]", "duration: 5>5"),
        ("up[5m:|]", "duration: >"),
        ("up[5m:1|]", "duration: 1>1"),
        ("up[$wi|]", "duration: $wi>$wi"),
        ("up[5m |]", "nothing"),
        ("up offset |", "duration: >"),
        ("up offset 5|", "duration: 5>5"),
        ("up offset -|", "duration: >"),
        ("up @ |", "start() end(): >"),
        ("up @ st|", "start() end(): st>st"),
    ] {
        assert_eq!(shown(marked), expected, "{marked}");
    }
}

#[test]
fn one_of_several_values_of_a_regular_expression() {
    for (text, cursor, typed, replaced) in [
        ("up{a=~\"b|cd|e\"}", 10, "c", "cd"),
        ("up{a=~\"b|", 9, "", ""),
        ("up{a=~\"(b|c)x\"}", 11, "c", "c"),
        ("up{a=\"b|cd\"}", 9, "b|c", "b|cd"),
    ] {
        let place = place(text, cursor);
        assert_eq!(
            (&*place.typed, &text[place.from..place.to]),
            (typed, replaced),
            "{text}"
        );
    }
}

#[test]
fn some_words_offer_themselves() {
    for (marked, expected) in [
        ("|", false),
        ("m|", true),
        ("up |", false),
        ("up o|", true),
        ("up{|", true),
        ("up{a=\"|", true),
        ("up[|", true),
        ("up # |", false),
        ("1|", false),
    ] {
        let cursor = marked.find('|').expect("a bar says where the cursor is");
        let text = marked.replacen('|', "", 1);
        assert_eq!(place(&text, cursor).offers_itself(), expected, "{marked}");
    }
}

#[test]
fn any_cursor_in_any_text_has_a_place() {
    let text = "sum by(é, a) (rate(a:b{c=~\"d\\\"|é\",`x`='\u{1f600}'}[$w:1h5m] offset -5m @ 1e3)) # ü\n>= bool 2";
    let backwards: String = text.chars().rev().collect();
    for text in [text, &backwards] {
        for cursor in 0..=text.len() + 1 {
            let place = place(text, cursor);
            let is_whole = text.is_char_boundary(cursor);
            assert!(!is_whole || place.from <= place.to, "{cursor} {text}");
        }
    }
}
