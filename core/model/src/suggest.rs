//! "Did you mean": the nearest known word. Not here: the words themselves.

/// The candidate nearest to `word`, if one is near enough that it was probably meant.
///
/// Near enough is at most a third of the word's length in edits (insert, delete, replace, swap of neighbours), and
/// never more than three: beyond that a suggestion misleads more often than it helps.
pub fn did_you_mean<'a>(word: &str, candidates: &[&'a str]) -> Option<&'a str> {
    let limit = (word.chars().count() / 3).clamp(1, 3);
    let mut nearest: Option<(usize, &str)> = None;
    for candidate in candidates.iter().copied() {
        let found = (distance(word, candidate), candidate);
        if found.0 <= limit && nearest.is_none_or(|nearest| found < nearest) {
            nearest = Some(found);
        }
    }
    nearest.map(|(_, candidate)| candidate)
}

/// Edit distance in which swapping two neighbours is one edit (optimal string alignment).
fn distance(left: &str, right: &str) -> usize {
    let left: Vec<char> = left.chars().collect();
    let right: Vec<char> = right.chars().collect();
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=right.len()).collect();
    for i in 1..=left.len() {
        let mut row = vec![i; right.len() + 1];
        for j in 1..=right.len() {
            let cost = usize::from(left[i - 1] != right[j - 1]);
            row[j] = (last[j] + 1).min(row[j - 1] + 1).min(last[j - 1] + cost);
            let swapped = i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1];
            if swapped {
                row[j] = row[j].min(before_last[j - 2] + 1);
            }
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearest_word_within_a_third() {
        assert_eq!(did_you_mean("tabel", &["table", "cluster"]), Some("table"));
        assert_eq!(did_you_mean("us_esat_1", &["us_east_1", "us_west_1"]), Some("us_east_1"));
        assert_eq!(did_you_mean("kubernetes", &["table", "cluster"]), None);
        assert_eq!(did_you_mean("ap", &["us", "eu"]), None);
    }
}
