//! Two benchmarks of one group, and one with a name only.

use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput};

fn main() {
    let mut criterion = Criterion::default()
        .sample_size(10)
        .nresamples(2_000)
        .warm_up_time(Duration::from_millis(50))
        .measurement_time(Duration::from_millis(100))
        .configure_from_args();
    criterion.bench_function("sum", |bencher| {
        bencher.iter(|| black_box(0..100_u64).sum::<u64>());
    });
    let mut group = criterion.benchmark_group("sort");
    for length in [10_u64, 100] {
        group.throughput(Throughput::Elements(length));
        group.bench_with_input(
            BenchmarkId::from_parameter(length),
            &length,
            |bencher, length| {
                bencher.iter(|| {
                    let mut all: Vec<_> = (0..*length).rev().collect();
                    all.sort_unstable();
                    black_box(all)
                });
            },
        );
    }
    group.finish();
    criterion.final_summary();
}
