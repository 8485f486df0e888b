//! Figures, as a table for people and as the document that the repository keeps.

use anyhow::{Context, Result};
use std::fmt::Write as _;
use std::path::Path;

/// One figure: product beside ceiling.
#[derive(Clone, Debug)]
pub struct Figure {
    pub what: String,
    pub product: String,
    pub ceiling: Option<String>,
    /// Product over ceiling.
    pub ratio: Option<f64>,
    pub at_least: &'static str,
    pub towards: &'static str,
    pub more: String,
}

#[derive(Debug, Default)]
pub struct Report {
    figures: Vec<Figure>,
    printed: usize,
}

const BEGIN: &str = "<!-- figures: begin -->";
const END: &str = "<!-- figures: end -->";

impl Report {
    pub fn add(&mut self, figure: Figure) {
        self.figures.push(figure);
    }

    #[expect(clippy::print_stdout, reason = "figures are this command's output")]
    pub fn print_last(&mut self) {
        for figure in &self.figures[self.printed..] {
            println!("{}", figure.line());
        }
        self.printed = self.figures.len();
    }

    /// Replaces the part of a document between its marks; figures of other scenarios stay.
    pub fn write(&self, path: &Path) -> Result<()> {
        let old =
            std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
        let (head, rest) = old
            .split_once(BEGIN)
            .context("the document has no begin mark")?;
        let (table, tail) = rest
            .split_once(END)
            .context("the document has no end mark")?;
        let mut rows: Vec<String> = table
            .lines()
            .filter(|l| l.starts_with("| ") && !l.starts_with("| what"))
            .map(str::to_owned)
            .collect();
        for figure in &self.figures {
            let row = figure.row();
            let prefix = format!("| {} |", figure.what);
            match rows.iter_mut().find(|known| known.starts_with(&prefix)) {
                Some(known) => *known = row,
                None => rows.push(row),
            }
        }
        let mut out = format!(
            "{head}{BEGIN}\n| what | at least | towards | measured | ceiling | ratio | more |\n|---|---|---|---|---|---|---|\n"
        );
        for row in rows {
            writeln!(out, "{row}")?;
        }
        write!(out, "{END}{tail}")?;
        std::fs::write(path, out)?;
        Ok(())
    }
}

impl Figure {
    fn ratio_text(&self) -> String {
        self.ratio
            .map_or_else(|| "–".to_owned(), |ratio| format!("{:.0} %", ratio * 100.0))
    }

    fn row(&self) -> String {
        format!(
            "| {} | {} | {} | {} | {} | {} | {} |",
            self.what,
            self.at_least,
            self.towards,
            self.product,
            self.ceiling.as_deref().unwrap_or("–"),
            self.ratio_text(),
            self.more
        )
    }

    fn line(&self) -> String {
        format!(
            "{}: {} (ceiling {}, {}); at least {}, towards {}; {}",
            self.what,
            self.product,
            self.ceiling.as_deref().unwrap_or("–"),
            self.ratio_text(),
            self.at_least,
            self.towards,
            self.more
        )
    }
}

/// The middle of some figures.
pub fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(0.0)
}

/// `123,456`.
pub fn thousands(figure: f64) -> String {
    let digits = format!("{figure:.0}");
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
