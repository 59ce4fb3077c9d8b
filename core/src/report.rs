//! Showing plans and events to people and programs. Only this folder and `cli` print. Not here: what there is to show.

mod json;
mod lines;
mod live;
mod state;
mod text;

pub use json::{event_json, plan_json};
pub use lines::event_line;
pub use live::{Progress, ProgressStyle};
pub use state::{state_json, state_text};
pub use text::{duration, plan_text};
