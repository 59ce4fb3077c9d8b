//! Showing an application while it runs: progress bars on a terminal, plain lines elsewhere, JSON lines for programs.
//! Not here: the words (`lines`, `json`).

use std::collections::BTreeMap;
use std::io::{IsTerminal as _, Write as _};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle as BarStyle};

use super::json::event_json;
use super::lines::{event_line, names, verb};
use crate::apply::{Event, EventKind, EventSink};
use crate::plan::{Plan, StepId};

/// How to show progress.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProgressStyle {
    /// Bars that are redrawn.
    Bars,
    /// A line per event.
    Lines,
    /// A JSON object per event, on standard output.
    Json,
}

impl ProgressStyle {
    /// Bars where somebody watches: standard error is a terminal and no continuous integration says otherwise.
    pub fn detect() -> Self {
        let watched = std::io::stderr().is_terminal() && std::env::var_os("CI").is_none();
        if watched { ProgressStyle::Bars } else { ProgressStyle::Lines }
    }
}

/// A consumer of events.
#[derive(Debug)]
pub struct Progress;

impl Progress {
    /// A sink that shows the events of a plan's application.
    pub fn sink(style: ProgressStyle, plan: Arc<Plan>) -> EventSink {
        match style {
            ProgressStyle::Bars => {
                let bars = Mutex::new(Bars::new(plan.steps.len()));
                EventSink::new(move |event| {
                    bars.lock().unwrap_or_else(PoisonError::into_inner).show(&plan, &event)
                })
            }
            ProgressStyle::Lines => {
                let seen = Mutex::new(Seen::default());
                EventSink::new(move |event| {
                    if seen.lock().unwrap_or_else(PoisonError::into_inner).is_news(&event) {
                        // Standard error that is closed is no reason to stop.
                        let _ = writeln!(anstream::stderr(), "{}", event_line(&plan, &event));
                    }
                })
            }
            ProgressStyle::Json => EventSink::new(move |event| {
                let _ = writeln!(anstream::stdout(), "{}", event_json(&plan, &event));
            }),
        }
    }
}

/// What was said last of each step that waits, and when. A status that stays the same is said again only from time to
/// time: often enough that a log shows life.
#[derive(Default)]
struct Seen(BTreeMap<StepId, (String, Duration)>);

impl Seen {
    const SAID_AGAIN_AFTER: Duration = Duration::from_secs(300);

    fn is_news(&mut self, event: &Event) -> bool {
        let EventKind::Waiting { step, status } = &event.kind else { return true };
        let said = self.0.get(step);
        let news = said.is_none_or(|(last, at)| last != status || event.at >= *at + Self::SAID_AGAIN_AFTER);
        if news {
            self.0.insert(*step, (status.clone(), event.at));
        }
        news
    }
}

/// One bar for the whole and one per running step.
struct Bars {
    all: MultiProgress,
    total: ProgressBar,
    steps: BTreeMap<StepId, ProgressBar>,
}

impl Bars {
    fn new(steps: usize) -> Self {
        let all = MultiProgress::with_draw_target(ProgressDrawTarget::stderr());
        let style = BarStyle::with_template("{bar:30} {pos}/{len} steps, {elapsed}");
        let total =
            ProgressBar::new(steps as u64).with_style(style.unwrap_or_else(|_| BarStyle::default_bar()));
        let total = all.add(total);
        Self { all, total, steps: BTreeMap::new() }
    }

    fn show(&mut self, plan: &Plan, event: &Event) {
        match &event.kind {
            EventKind::Started { .. } => {}
            EventKind::StepStarted { step } => {
                let bar = self.all.insert_before(&self.total, ProgressBar::new_spinner());
                bar.set_message(format!("{} {}", verb(plan, *step), names(plan, *step)));
                bar.enable_steady_tick(Duration::from_millis(120));
                self.steps.insert(*step, bar);
            }
            EventKind::Waiting { step, status } => {
                if let Some(bar) = self.steps.get(step) {
                    bar.set_message(format!("{} {}: {status}", verb(plan, *step), names(plan, *step)));
                }
            }
            EventKind::StepDone { step } => {
                self.end(*step);
                self.total.inc(1);
            }
            EventKind::StepFailed { step, .. } | EventKind::Blocked { step, .. } => {
                self.end(*step);
                // A line that the terminal does not take is lost; the exit code says it again.
                let _ = self.all.println(event_line(plan, event));
            }
            EventKind::Finished { .. } => {
                self.total.finish_and_clear();
                let _ = self.all.println(event_line(plan, event));
            }
        }
    }

    fn end(&mut self, step: StepId) {
        if let Some(bar) = self.steps.remove(&step) {
            bar.finish_and_clear();
        }
    }
}
