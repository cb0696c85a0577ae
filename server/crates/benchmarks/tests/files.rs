//! Files that tools really wrote (Criterion 0.7, hyperfine 1.15, pytest-benchmark 5.3, k6 1.1, Locust 2.47), whole and
//! broken.

use benchmarks::{Measured, Reading, read};

const CRITERION: &str = include_str!("files/criterion.json");
const HYPERFINE: &str = include_str!("files/hyperfine.json");
const PYTEST: &str = include_str!("files/pytest.json");
const K6: &str = include_str!("files/k6.json");
const LOCUST: &str = include_str!("files/locust.json");
const LOCUST_TABLE: &str = include_str!("files/locust_stats.csv");
const ALL: [&str; 6] = [CRITERION, HYPERFINE, PYTEST, K6, LOCUST, LOCUST_TABLE];

fn keys(reading: &Reading) -> Vec<String> {
    reading.results.iter().map(Measured::key).collect()
}

fn find<'a>(reading: &'a Reading, key: &str) -> &'a Measured {
    let found = reading.results.iter().find(|it| it.key() == key);
    found.unwrap_or_else(|| panic!("{key} is none of {:?}", keys(reading)))
}

fn near(found: f64, expected: f64) {
    assert!(
        (found / expected - 1.0).abs() < 1e-6,
        "{found} is not {expected}"
    );
}

#[test]
fn criterion() {
    let reading = read(CRITERION).unwrap();
    assert_eq!((reading.tool, reading.notes.len()), ("criterion", 0));
    assert_eq!(
        keys(&reading),
        [
            "json/parse{value=10}@rust",
            "json/parse{value=1000}@rust",
            "sort@rust"
        ]
    );
    let sort = find(&reading, "sort@rust");
    assert_eq!(
        (sort.n, sort.samples.len(), sort.unit.as_str()),
        (30, 30, "seconds")
    );
    let estimates: serde_json::Value = serde_json::from_str(CRITERION).unwrap();
    let estimates = &estimates["criterion"][2]["estimates"];
    near(
        sort.mean,
        estimates["mean"]["point_estimate"].as_f64().unwrap() / 1e9,
    );
    let (low, high) = sort.interval.unwrap();
    assert!(low < sort.mean && sort.mean < high);
    near(
        high,
        estimates["mean"]["confidence_interval"]["upper_bound"]
            .as_f64()
            .unwrap()
            / 1e9,
    );
}

#[test]
fn hyperfine() {
    let reading = read(HYPERFINE).unwrap();
    assert_eq!(reading.tool, "hyperfine");
    assert_eq!(reading.notes, [""; 0]);
    let seq = find(&reading, "seq 10000{n=10000}");
    assert_eq!((seq.n, seq.samples.len()), (10, 10));
    near(seq.mean, 0.015_695_158_1);
    near(seq.deviation.unwrap(), 0.034_786_400_5);
}

#[test]
fn pytest() {
    let reading = read(PYTEST).unwrap();
    assert_eq!(reading.tool, "pytest-benchmark");
    assert_eq!(
        keys(&reading),
        [
            "json/parse{rows=10}@python",
            "json/parse{rows=1000}@python",
            "sort@python"
        ]
    );
    let parse = find(&reading, "json/parse{rows=10}@python");
    assert_eq!(
        parse.operation(),
        "json/parse/10",
        "as Criterion's is called"
    );
    assert_eq!((parse.n, parse.samples.len()), (89, 89));
    let about = reading.about;
    assert_eq!(
        (about.host.as_str(), about.branch.as_str()),
        ("vm", "master")
    );
    assert_eq!(about.commit, "9ee6a04e95ba36c677139d2c774b2419e88f14e1");
    assert_eq!(about.at_ms, Some(1_795_992_471_997));
}

#[test]
fn k6() {
    let reading = read(K6).unwrap();
    assert_eq!(reading.tool, "k6");
    let took = find(&reading, "http_req_duration");
    near(took.mean, 0.003_278_783_746);
    near(took.percentiles.unwrap().p95, 0.008_938_899_9);
    near(took.percentiles.unwrap().p99, 0.023_322_296_92);
    let rate = find(&reading, "http_reqs");
    assert!(rate.more_is_better && rate.unit == "1/s");
    near(rate.mean, 1_103.785_322_549);
    assert_eq!(find(&reading, "concurrent users").mean, 4.0);
    // The same as handleSummary is given it.
    let mut value: serde_json::Value = serde_json::from_str(K6).unwrap();
    for metric in value["metrics"].as_object_mut().unwrap().values_mut() {
        *metric = serde_json::json!({ "type": "x", "values": metric.clone() });
    }
    let again = read(&value.to_string()).unwrap();
    assert_eq!(again.results.len(), reading.results.len());
    near(find(&again, "http_reqs").mean, rate.mean);
}

#[test]
fn locust() {
    let reading = read(LOCUST).unwrap();
    assert_eq!(reading.tool, "locust");
    let index = find(&reading, "GET /");
    assert_eq!(index.n, 123);
    near(index.mean, 2.377_709_753 / 123.0);
    near(index.percentiles.unwrap().p50, 0.006);
    assert_eq!(find(&reading, "GET /missing (failed)").mean, 1.0);
    assert!(find(&reading, "GET / (requests)").more_is_better);
    assert_eq!(reading.about.at_ms, Some(1_795_992_020_296));

    let table = read(LOCUST_TABLE).unwrap();
    let index = find(&table, "GET /");
    near(index.mean, 0.019_687_302_266);
    near(index.percentiles.unwrap().p99, 0.390);
    assert_eq!(find(&table, "Aggregated (failed)").mean, 37.0 / 157.0);
}

#[test]
fn what_is_sent_by_hand() {
    let reading = read(
        r#"{
            "suite": "experts", "commit": "abc", "time": "2026-10-07T14:00:00Z",
            "results": [
                { "name": "circle_experts_response_time", "unit": "ms", "samples": [100, 200, 300, 400] },
                { "name": "circle_experts_accuracy_score", "value": 0.93 },
                { "name": "synthex_parallel_speedup_factor", "value": 9.2 },
                { "name": "circle_experts_consensus_time_ms", "value": 80 },
                { "name": "search", "unit": "ms", "mean": 20, "stddev": 2, "n": 16, "parameters": { "approach": "SYNTHEX" } },
                { "name": "speed", "value": 3 },
                { "name": "nothing", "unit": "s" },
                { "value": 3 },
                { "name": "speed", "value": 4 }
            ]
        }"#,
    )
    .unwrap();
    assert_eq!(
        (reading.tool, reading.about.at_ms),
        ("plain", Some(1_791_381_600_000))
    );
    let times = find(&reading, "circle_experts_response_time");
    assert_eq!((times.mean, times.unit.as_str()), (0.25, "seconds"));
    assert!(find(&reading, "circle_experts_accuracy_score").more_is_better);
    assert!(find(&reading, "synthex_parallel_speedup_factor").more_is_better);
    assert_eq!(
        find(&reading, "circle_experts_consensus_time_ms").mean,
        0.08
    );
    let search = find(&reading, "search+synthex");
    near(search.interval.unwrap().1, 0.020_98);
    let expected = [
        "speed has no unit",
        "nothing is left out: it has no values",
        "result 8 is left out: it has no name",
        "speed has no unit",
        "speed is there twice",
    ];
    assert_eq!(reading.notes.len(), expected.len(), "{:#?}", reading.notes);
    for (note, expected) in reading.notes.iter().zip(expected) {
        assert!(note.starts_with(expected), "{note}");
    }
}

#[test]
fn half_a_file_gives_what_is_whole() {
    let half = |text: &'static str, part: f64| &text[..(text.len() as f64 * part) as usize];
    for (text, part, expected) in [
        (HYPERFINE, 0.7, 2),
        (PYTEST, 0.75, 1),
        (CRITERION, 0.7, 2),
        (LOCUST, 0.7, 3),
    ] {
        let reading =
            read(half(text, part)).unwrap_or_else(|why| panic!("{}: {why:?}", &text[..40]));
        assert_eq!(
            reading.results.len(),
            expected,
            "{:?} {:?}",
            reading.tool,
            keys(&reading)
        );
        assert!(
            reading.notes[0].starts_with("the file breaks off"),
            "{:?}",
            reading.notes
        );
    }
}

/// Wherever a file breaks off, it is read or refused with a reason.
#[test]
fn a_file_may_break_off_anywhere() {
    for text in ALL {
        let step = (text.len() / 150).max(1);
        for end in (0..text.len())
            .step_by(step)
            .filter(|end| text.is_char_boundary(*end))
        {
            match read(&text[..end]) {
                Ok(reading) => assert!(!reading.results.is_empty()),
                Err(why) => assert!(!why.0.is_empty()),
            }
        }
    }
}

#[test]
fn what_is_no_result_is_refused_with_a_reason() {
    for (text, expected) in [
        ("", "breaks off"),
        ("hello", "no JSON"),
        ("{}", "no file of Criterion"),
        ("[]", "no file of Criterion"),
        ("{\"results\":[]}", "has no result"),
        (
            "{\"results\":[{\"name\":\"a\"}]}",
            "a is left out: it has no values",
        ),
        (
            "{\"results\":[{\"name\":\"a\",\"value\":1e999}]}",
            "no JSON",
        ),
        ("{\"median\":{},\"std_dev\":{}}", "import the folder"),
        (
            "{\"benchmarks\":[{\"name\":\"test_a\",\"stats\":null}]}",
            "a is left out",
        ),
    ] {
        let why = read(text).unwrap_err().0;
        assert!(why.contains(expected), "{text}: {why}");
    }
}
