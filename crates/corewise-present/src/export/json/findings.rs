//! Findings, with their Python stacks written out.

use corewise_model::{
    Code, CoreSeconds, Evidence, Finding, Fix, Frame, Known, Measure, Nanos, PoolId, ProcessId,
    Recording, Severity, ThreadId,
};
use serde::Serialize;

#[derive(Serialize)]
pub(super) struct FindingFacts<'a> {
    code: Code,
    severity: Severity,
    title: &'a str,
    lost_core_seconds: &'a Known<CoreSeconds>,
    lost_how: &'a str,
    evidence: Vec<EvidenceFacts<'a>>,
    fixes: &'a [Fix],
}

#[derive(Serialize)]
struct EvidenceFacts<'a> {
    text: &'a str,
    spans: Vec<SpanFacts>,
    processes: &'a [ProcessId],
    threads: &'a [ThreadId],
    pools: &'a [PoolId],
    /// The innermost frame first.
    stack: Option<Vec<&'a Frame>>,
    measures: &'a [Measure],
}

#[derive(Serialize)]
struct SpanFacts {
    start_ns: Nanos,
    end_ns: Nanos,
}

impl<'a> FindingFacts<'a> {
    pub(super) fn of(recording: &'a Recording, finding: &'a Finding) -> Self {
        Self {
            code: finding.code,
            severity: finding.severity,
            title: &finding.title,
            lost_core_seconds: &finding.cost.lost,
            lost_how: &finding.cost.how,
            evidence: finding.evidence.iter().map(|e| EvidenceFacts::of(recording, e)).collect(),
            fixes: &finding.fixes,
        }
    }
}

impl<'a> EvidenceFacts<'a> {
    fn of(recording: &'a Recording, evidence: &'a Evidence) -> Self {
        let stack = evidence.stack.and_then(|id| recording.stacks.get(id.index()));
        let frames = stack.map(|stack| {
            stack.frames.iter().filter_map(|id| recording.frames.get(id.index())).collect()
        });
        Self {
            text: &evidence.text,
            spans: evidence
                .spans
                .iter()
                .map(|span| SpanFacts { start_ns: span.start, end_ns: span.end })
                .collect(),
            processes: &evidence.processes,
            threads: &evidence.threads,
            pools: &evidence.pools,
            stack: frames,
            measures: &evidence.measures,
        }
    }
}
