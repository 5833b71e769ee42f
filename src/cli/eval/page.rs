//! The same as a page: one file, no script, plots as SVG.

use std::fmt::Write;

use super::figures::{Figures, Row, Tally, Verdict, changes};
use super::told;

/// Side of a plot, and the margin for its axes, in pixels.
const SIDE: f32 = 360.0;
const MARGIN: f32 = 40.0;
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
const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222}\
    table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.25rem .5rem;border-bottom:1px solid #ddd}\
    td.n{text-align:right;font-variant-numeric:tabular-nums}.bar{display:flex;height:1rem;min-width:12rem}\
    .key span{display:inline-block;width:1rem;height:1rem;margin:0 .3rem 0 1rem;vertical-align:-.15rem}\
    figure{margin:1rem 0}svg{max-width:100%;height:auto}ul{padding-left:1.2rem}";

/// The page of a plan over a corpus.
pub fn page(plan: &str, rows: &[Row], before: Option<&[Row]>) -> String {
    let figures = Figures::of(rows);
    let mut out = String::new();
    let percent = |tally: &Tally| 100.0 * tally.served() as f32 / tally.total().max(1) as f32;
    let _ = write!(
        out,
        "<!doctype html><html lang=\"fr\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>Compréhension</title><style>{STYLE}</style></head><body><h1>Ce que comprend {}</h1>\
         <p>{} phrases : sur un sujet ou une valeur, <b>{:.1} %</b> sont servies, au besoin après une question ; hors sujet, \
         <b>{:.1} %</b> sont reconnues comme telles.</p>",
        escaped(plan),
        rows.len(),
        percent(&figures.inside),
        percent(&figures.outside)
    );
    key(&mut out);
    out.push_str("<table><thead><tr><th>Attendu<th>Phrases<th>Servies<th>Comment</tr></thead><tbody>");
    for (label, tally) in &figures.by_label {
        line(&mut out, label, tally);
    }
    line(&mut out, "tous sujets et valeurs", &figures.inside);
    line(&mut out, "tout le hors-sujet", &figures.outside);
    out.push_str("</tbody></table>");
    reliability(&mut out, &figures);
    confusions(&mut out, &figures);
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
        let _ = write!(out, "<span style=\"background:{colour}\"></span>{name}");
    }
    out.push_str("</p>");
}

fn line(out: &mut String, label: &str, tally: &Tally) {
    let total = tally.total();
    let _ = write!(
        out,
        "<tr><td>{}<td class=\"n\">{total}<td class=\"n\">{}<td><div class=\"bar\" role=\"img\" aria-label=\"{}\">",
        escaped(label),
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
    let place = |confidence: f32, right: f32| (MARGIN + confidence * SIDE, MARGIN / 2.0 + (1.0 - right) * SIDE);
    let (width, height) = (SIDE + 1.5 * MARGIN, SIDE + 1.5 * MARGIN);
    let _ = write!(
        out,
        "<h2>La confiance dit-elle vrai ?</h2><p>Un point par dixième de confiance ; sur la diagonale, 80 % de confiance \
         veut dire juste huit fois sur dix. Écart moyen : {:.3}.</p><figure><svg viewBox=\"0 0 {width} {height}\" \
         width=\"{width}\" role=\"img\" aria-label=\"Part de phrases justes selon la confiance\">",
        figures.calibration_error
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
        let _ = write!(
            out,
            "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius:.1}\" fill=\"#2166ac\"><title>{count} phrases, {right:.0} % \
             justes</title></circle>"
        );
    }
    out.push_str("</svg></figure>");
}

fn confusions(out: &mut String, figures: &Figures) {
    if figures.confusions.is_empty() {
        return;
    }
    out.push_str("<h2>Confusions</h2><table><thead><tr><th>Attendu<th>Compris<th>Fois</tr></thead><tbody>");
    let most = figures.confusions[0].2.max(1) as f32;
    for (expected, found, count) in &figures.confusions {
        let shade = 0.1 + 0.6 * *count as f32 / most;
        let _ = write!(
            out,
            "<tr><td>{}<td>{}<td class=\"n\" style=\"background:rgba(178,24,43,{shade:.2})\">{count}</tr>",
            escaped(expected),
            escaped(found)
        );
    }
    out.push_str("</tbody></table>");
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
        let page = page(
            "plan.yaml",
            std::slice::from_ref(&row),
            Some(std::slice::from_ref(&row)),
        );
        assert!(!page.contains("<script>") && !page.contains("\"><b>"));
        assert!(page.contains("&lt;script&gt;") && page.contains("0.0 %") && page.contains("<svg"));
    }
}
