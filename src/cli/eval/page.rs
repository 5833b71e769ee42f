//! The same as a page: one file, no script, plots as SVG.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::figures::{Figures, Row, Tally, Verdict, changes};
use super::told;
use crate::web::words::{decimal, percent};

/// Side of a plot, and the margin for its axes, in pixels.
const SIDE: f32 = 360.0;
const MARGIN: f32 = 64.0;
/// How each verdict is named and coloured, in the order of a bar.
const VERDICTS: [(Verdict, &str, &str); 7] = [
    (Verdict::Right, "juste aussitôt", "#1b7837"),
    (Verdict::Refused, "reconnu hors sujet", "#5aae61"),
    (Verdict::Asked, "juste après question", "#a6dba0"),
    (Verdict::AskedSecond, "second de deux demandés", "#d9f0d3"),
    (Verdict::Missed, "pas compris", "#bdbdbd"),
    (Verdict::WronglyAsked, "autre chose demandé", "#fdb863"),
    (Verdict::Wrong, "autre chose répondu", "#b2182b"),
];
const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222;\
    overflow-wrap:anywhere}\
    table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.25rem .5rem;border-bottom:1px solid #ddd}\
    small{color:#666;display:block}td.n{text-align:right;font-variant-numeric:tabular-nums}.bar{display:flex;height:1rem}\
    .topics td:last-child{width:45%}.key span{white-space:nowrap;margin-right:1rem}\
    .key i{display:inline-block;width:1rem;height:1rem;margin-right:.3rem;vertical-align:-.15rem}\
    .wide{overflow-x:auto}.matrix{width:auto}.matrix th{font-weight:normal;min-width:7rem;overflow-wrap:normal}\
    .matrix thead th{vertical-align:bottom;min-width:4rem}.matrix td{text-align:center;border:1px solid #ddd}\
    figure{margin:1rem 0}svg{max-width:100%;height:auto}ul{padding-left:1.2rem}\
    @media(max-width:40rem){.topics thead{display:none}.topics tr{display:grid;grid-template-columns:1fr auto auto;\
    border-bottom:1px solid #ddd}.topics td{border:0}.topics td:last-child{grid-column:1/-1;width:auto}}";

/// What the page is about.
pub struct About {
    pub town: String,
    /// The names of the files.
    pub corpus: String,
    pub plan: String,
    /// "27/11/2026"
    pub day: String,
    /// What each label is called: "un acte de naissance" for `acte_naissance`.
    pub names: BTreeMap<String, String>,
}

impl About {
    /// A label with its name, as HTML.
    fn named(&self, label: &str) -> String {
        match self.names.get(label).filter(|name| *name != label) {
            Some(name) => format!("{}<small>{}</small>", escaped(name), escaped(label)),
            None => escaped(label),
        }
    }
}

/// The page of a plan over a corpus.
pub fn page(about: &About, rows: &[Row], before: Option<&[Row]>) -> String {
    let figures = Figures::of(rows);
    let mut out = String::new();
    let title = format!("Ce qu'Allô comprend à {}", escaped(&about.town));
    let _ = write!(
        out,
        "<!doctype html><html lang=\"fr\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>{title}</title><style>{STYLE}</style></head><body><h1>{title}</h1><p>{} phrases de {}, avec le plan {}, \
         le {}.</p>",
        rows.len(),
        escaped(&about.corpus),
        escaped(&about.plan),
        escaped(&about.day)
    );
    let all = [
        (
            &figures.inside,
            "tous sujets et valeurs",
            "Sur un sujet ou une valeur",
            "sont servies, au besoin après une question",
        ),
        (
            &figures.outside,
            "tout le hors-sujet",
            "Hors sujet",
            "sont reconnues comme telles",
        ),
    ];
    let all = || all.iter().filter(|(tally, ..)| tally.total() > 0);
    for (tally, _, what, outcome) in all() {
        let _ = write!(out, "<p>{what}, <b>{}</b> {outcome}.</p>", percent(tally.share(), 1));
    }
    key(&mut out);
    out.push_str("<table class=\"topics\"><thead><tr><th>Attendu<th>Phrases<th>Servies<th>Comment</tr></thead><tbody>");
    for (label, tally) in &figures.by_label {
        line(&mut out, &about.named(label), tally);
    }
    for (tally, name, ..) in all() {
        line(&mut out, name, tally);
    }
    out.push_str("</tbody></table>");
    reliability(&mut out, &figures);
    confusions(&mut out, &figures, about);
    if let Some(before) = before {
        let (better, worse) = changes(before, rows);
        list(&mut out, &format!("Mieux servies qu'avant : {}", better.len()), &better);
        list(
            &mut out,
            &format!("Moins bien servies qu'avant : {}", worse.len()),
            &worse,
        );
    }
    let wrong: Vec<&Row> = rows.iter().filter(|row| !row.verdict.is_served()).collect();
    list(&mut out, &format!("Phrases mal comprises : {}", wrong.len()), &wrong);
    out.push_str("</body></html>\n");
    out
}

fn key(out: &mut String) {
    out.push_str("<p class=\"key\">");
    for (_, name, colour) in VERDICTS {
        let _ = write!(out, "<span><i style=\"background:{colour}\"></i>{name}</span> ");
    }
    out.push_str("</p>");
}

/// `label` is HTML.
fn line(out: &mut String, label: &str, tally: &Tally) {
    let total = tally.total();
    let _ = write!(
        out,
        "<tr><td>{}<td class=\"n\">{total}<td class=\"n\">{}<td><div class=\"bar\" role=\"img\" aria-label=\"{}\">",
        label,
        tally.served(),
        spoken(tally)
    );
    for (verdict, name, colour) in VERDICTS {
        let count = tally.count(verdict);
        if count > 0 {
            let share = 100.0 * count as f32 / total as f32;
            let _ = write!(
                out,
                "<div title=\"{count} {name}\" style=\"width:{share:.2}%;background:{colour}\"></div>"
            );
        }
    }
    out.push_str("</div></tr>");
}

/// A bar, for those who do not see it.
fn spoken(tally: &Tally) -> String {
    let counts = VERDICTS.iter().map(|(verdict, name, _)| (tally.count(*verdict), name));
    let told: Vec<String> = counts
        .filter(|(count, _)| *count > 0)
        .map(|(count, name)| format!("{count} {name}"))
        .collect();
    told.join(", ")
}

fn reliability(out: &mut String, figures: &Figures) {
    if figures.reliability.is_empty() {
        return;
    }
    let place = |confidence: f32, right: f32| (MARGIN + confidence * SIDE, MARGIN / 2.0 + (1.0 - right) * SIDE);
    let (width, height) = (SIDE + 1.5 * MARGIN, SIDE + 1.5 * MARGIN);
    let _ = write!(
        out,
        "<h2>La confiance dit-elle vrai ?</h2><p>Un point par dixième de confiance, avec le nombre de ses phrases ; sur la diagonale, 80 % de confiance \
         veut dire juste huit fois sur dix. Écart moyen : {}.</p><figure><svg viewBox=\"0 0 {width} {height}\" \
         width=\"{width}\" role=\"img\" aria-label=\"Part de phrases justes selon la confiance\">",
        decimal(figures.calibration_error, 3)
    );
    let ((x0, y0), (x1, y1)) = (place(0.0, 0.0), place(1.0, 1.0));
    let _ = write!(
        out,
        "<path d=\"M{x0} {y1}V{y0}H{x1}\" fill=\"none\" stroke=\"#444\"/><path d=\"M{x0} {y0}L{x1} {y1}\" stroke=\"#bbb\" \
         stroke-dasharray=\"4\"/>"
    );
    for tick in [0.0, 0.5, 1.0] {
        let ((x, _), (_, y)) = (place(tick, 0.0), place(0.0, tick));
        let percent = tick * 100.0;
        let _ = write!(
            out,
            "<text x=\"{x}\" y=\"{}\" text-anchor=\"middle\" font-size=\"12\">{percent} %</text><text x=\"{}\" y=\"{}\" \
             text-anchor=\"end\" font-size=\"12\">{percent} %</text>",
            y0 + 16.0,
            x0 - 4.0,
            y + 4.0
        );
    }
    let (middle_x, middle_y) = place(0.5, 0.5);
    let _ = write!(
        out,
        "<text x=\"{middle_x}\" y=\"{}\" text-anchor=\"middle\" font-size=\"14\">confiance</text>\
         <text x=\"14\" y=\"{middle_y}\" text-anchor=\"middle\" font-size=\"14\" transform=\"rotate(-90 14 {middle_y})\">\
         part de phrases justes</text>",
        y0 + 40.0
    );
    let points: Vec<String> = figures
        .reliability
        .iter()
        .map(|bin| place(bin.confidence, bin.right))
        .map(|(x, y)| format!("{x:.1},{y:.1}"))
        .collect();
    let _ = write!(
        out,
        "<polyline points=\"{}\" fill=\"none\" stroke=\"#2166ac\" stroke-width=\"2\"/>",
        points.join(" ")
    );
    for bin in &figures.reliability {
        let (x, y) = place(bin.confidence, bin.right);
        let radius = 3.0 + (bin.count as f32).sqrt() / 2.0;
        let (count, right) = (bin.count, 100.0 * bin.right);
        // Towards the middle, so that nothing is cut off.
        let (beside, anchor) = if bin.confidence < 0.5 {
            (x + radius + 4.0, "start")
        } else {
            (x - radius - 4.0, "end")
        };
        let _ = write!(
            out,
            "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius:.1}\" fill=\"#2166ac\"><title>{count} phrases, {right:.0} % \
             justes</title></circle><text x=\"{beside:.1}\" y=\"{:.1}\" text-anchor=\"{anchor}\" font-size=\"12\">{count}</text>",
            y + 4.0
        );
    }
    out.push_str("</svg></figure>");
}

/// What was expected against what was found, as far as one was taken for another.
fn confusions(out: &mut String, figures: &Figures, about: &About) {
    let counts: BTreeMap<(&str, &str), usize> = (figures.confusions.iter())
        .map(|(expected, found, count)| ((expected.as_str(), found.as_str()), *count))
        .collect();
    let Some(most) = counts.values().max() else { return };
    let expected: BTreeSet<&str> = counts.keys().map(|(expected, _)| *expected).collect();
    let found: BTreeSet<&str> = counts.keys().map(|(_, found)| *found).collect();
    out.push_str(
        "<h2>Confusions</h2><p>À gauche ce qui était attendu, en haut ce qui a été compris.</p><div class=\"wide\">\
         <table class=\"matrix\"><thead><tr><th>",
    );
    for label in &found {
        let _ = write!(out, "<th scope=\"col\">{}", about.named(label));
    }
    out.push_str("</tr></thead><tbody>");
    for label in expected {
        let _ = write!(out, "<tr><th scope=\"row\">{}", about.named(label));
        for other in &found {
            match counts.get(&(label, *other)) {
                Some(count) => {
                    let shade = 0.1 + 0.6 * *count as f32 / *most as f32;
                    let _ = write!(out, "<td style=\"background:rgba(178,24,43,{shade:.2})\">{count}");
                }
                None => out.push_str("<td>"),
            }
        }
        out.push_str("</tr>");
    }
    out.push_str("</tbody></table></div>");
}

fn list(out: &mut String, title: &str, rows: &[&Row]) {
    let _ = write!(out, "<h2>{}</h2><ul>", escaped(title));
    for row in rows {
        let _ = write!(out, "<li>{}</li>", escaped(&told(row)));
    }
    out.push_str("</ul>");
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn about() -> About {
        About {
            town: "Valbourg".into(),
            corpus: "phrases.tsv".into(),
            plan: "plan.yaml".into(),
            day: "27/11/2026".into(),
            names: [("pacs".to_owned(), "le PACS".to_owned())].into(),
        }
    }

    #[test]
    fn only_what_was_confused_is_in_the_matrix() {
        let row = |expected: &str, found: &str, verdict| Row {
            said: expected.into(),
            heard: None,
            expected: expected.into(),
            found: Some(found.into()),
            confidence: 0.9,
            verdict,
        };
        let rows = [
            row("pacs", "mariage", Verdict::Wrong),
            row("pacs", "mariage", Verdict::Wrong),
            row("passeport", "passeport", Verdict::Right),
        ];
        let page = page(&about(), &rows, None);
        let (_, matrix) = page.split_once("class=\"matrix\"").unwrap();
        let (matrix, _) = matrix.split_once("</table>").unwrap();
        assert!(
            matrix.contains("<th scope=\"row\">le PACS<small>pacs</small><td"),
            "{matrix}"
        );
        assert!(
            matrix.contains("<th scope=\"col\">mariage</tr>") && matrix.contains(">2</tr>"),
            "{matrix}"
        );
        assert!(!matrix.contains("passeport"), "{matrix}");
        assert!(page.contains("<h1>Ce qu'Allô comprend à Valbourg</h1>") && page.contains("33,3\u{a0}%"));
        assert!(!page.contains("ors sujet, <b>") && !page.contains("tout le hors-sujet"));
        assert!(page.contains(">part de phrases justes</text>") && page.contains("font-size=\"12\">3</text>"));
    }

    #[test]
    fn what_was_said_cannot_write_the_page() {
        let row = Row {
            said: "<script>alert(1)</script>".into(),
            heard: None,
            expected: "pacs".into(),
            found: Some("\"><b>".into()),
            confidence: 0.9,
            verdict: Verdict::Wrong,
        };
        let before = Some(std::slice::from_ref(&row));
        let page = page(&about(), std::slice::from_ref(&row), before);
        assert!(!page.contains("<script>") && !page.contains("\"><b>"));
        assert!(page.contains("&lt;script&gt;") && page.contains("0,0\u{a0}%") && page.contains("<svg"));
    }
}
