//! A sheet's tables (`Tableau`), one sentence a row: "Âge : moins de 15 ans ; Prix : 17 €."

use roxmltree::Node;

use super::text::{plain, sentence};

/// A wider or higher merged cell is no real one.
const WIDEST: usize = 50;

/// The rows below the headers (`Rangée type="header"`), each with them.
///
/// Merged cells (`fusionHorizontale`, `fusionVerticale`) count in all their columns and rows: no amount gets under
/// another's header.
pub(super) fn rows(table: Node) -> Vec<String> {
    let of_kind = |name: &'static str| table.children().filter(move |node| node.has_tag_name(name));
    let named = of_kind("Colonne").next().is_some_and(is_header);
    let mut grid = Grid::default();
    let mut headers: Vec<String> = Vec::new();
    let mut below_headers = true;
    let mut said = Vec::new();
    for row in of_kind("Rangée") {
        let cells = grid.row(row);
        if is_header(row) {
            if below_headers {
                headers.clear();
            }
            add_headers(&mut headers, cells);
        } else {
            said.push(said_row(&headers, &cells, named));
        }
        below_headers = !is_header(row);
    }
    said.retain(|row| !row.is_empty());
    said
}

fn is_header(node: Node) -> bool {
    node.attribute("type") == Some("header")
}

/// Two rows of headers, one above the other, are one: "Prix, en ligne".
fn add_headers(headers: &mut Vec<String>, cells: Vec<String>) {
    headers.resize(headers.len().max(cells.len()), String::new());
    for (header, cell) in headers.iter_mut().zip(cells) {
        if header.is_empty() {
            *header = cell;
        } else if !cell.is_empty() && *header != cell {
            *header = format!("{header}, {cell}");
        }
    }
}

fn said_row(headers: &[String], cells: &[String], named: bool) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut last = ("", "");
    for (column, cell) in cells.iter().enumerate().filter(|(_, cell)| !cell.is_empty()) {
        let header = headers.get(column).map_or("", String::as_str);
        match parts.last_mut().filter(|_| !header.is_empty() && header == last.0) {
            // Columns below one header: "Consultation : enfant, le soir".
            Some(_) if cell == last.1 => {}
            Some(part) => *part = format!("{part}, {cell}"),
            None if header.is_empty() => parts.push(cell.clone()),
            None => parts.push(format!("{header} : {cell}")),
        }
        last = (header, cell);
    }
    // Without headers above, the first column says what the row is: "Moins de 15 ans : 17 €."
    if headers.is_empty() && named && parts.len() > 1 {
        let name = parts.remove(0);
        parts[0] = format!("{name} : {}", parts[0]);
    }
    sentence(&parts.join(" ; "))
}

/// The columns of the last row: their text, and in how many rows below it counts too.
#[derive(Default)]
struct Grid(Vec<(String, usize)>);

impl Grid {
    /// The text of each column in the next row.
    fn row(&mut self, row: Node) -> Vec<String> {
        let cells: Vec<Node> = row.children().filter(|cell| cell.has_tag_name("Cellule")).collect();
        let own: usize = cells.iter().map(|cell| span(*cell, "fusionHorizontale")).sum();
        let mut above = std::mem::take(&mut self.0);
        if own >= above.len() {
            // Some sheets have merged cells reach too far down: a row that has all its cells is reached by none.
            above.clear();
        }
        let above = above.into_iter();
        let mut above = above.map(|(text, left)| (left > 0).then(|| (text, left - 1)));
        for cell in cells {
            // Up to the first column that nothing reaches, which is this cell's.
            while let Some(Some(column)) = above.next() {
                self.0.push(column);
            }
            let (wide, high) = (span(cell, "fusionHorizontale"), span(cell, "fusionVerticale"));
            let text = plain(cell).trim_end_matches([' ', '.', ';', ',', ':']).to_owned();
            self.0.extend(std::iter::repeat_n((text, high - 1), wide));
            above.by_ref().take(wide - 1).for_each(drop);
        }
        self.0.extend(above.map(Option::unwrap_or_default));
        self.0.iter().map(|(text, _)| text.clone()).collect()
    }
}

fn span(cell: Node, direction: &str) -> usize {
    let span = cell.attribute(direction).and_then(|span| span.trim().parse().ok());
    span.unwrap_or(1).clamp(1, WIDEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(table: &str) -> Vec<String> {
        let tree = roxmltree::Document::parse(table).unwrap();
        rows(tree.root_element())
    }

    #[test]
    fn rows_have_their_headers() {
        let table = "<Tableau>
            <Titre>Tableau - Prix du passeport</Titre>
            <Colonne largeur='30' type='header'/><Colonne largeur='70' type='normal'/>
            <Rangée type='header'><Cellule><Paragraphe>Âge</Paragraphe></Cellule>
                <Cellule><Paragraphe>Prix</Paragraphe></Cellule></Rangée>
            <Rangée type='normal'><Cellule><Paragraphe>Moins de 15 ans</Paragraphe></Cellule>
                <Cellule><Paragraphe><Valeur>17 €</Valeur>.</Paragraphe></Cellule></Rangée>
            <Rangée type='normal'><Cellule><Paragraphe>Majeur</Paragraphe></Cellule><Cellule/></Rangée>
            <Rangée type='normal'><Cellule/><Cellule/></Rangée>
            </Tableau>";
        assert_eq!(said(table), ["Âge : Moins de 15 ans ; Prix : 17 €.", "Âge : Majeur."]);
    }

    #[test]
    fn merged_cells_count_where_they_reach() {
        let table = "<Tableau>
            <Rangée type='header'><Cellule fusionVerticale='2'>Âge</Cellule>
                <Cellule fusionHorizontale='2'>Prix</Cellule></Rangée>
            <Rangée type='header'><Cellule>en mairie</Cellule><Cellule>en ligne</Cellule></Rangée>
            <Rangée><Cellule fusionVerticale='2'>Mineur</Cellule><Cellule>20 €</Cellule><Cellule>10 €</Cellule></Rangée>
            <Rangée><Cellule fusionHorizontale='2'>gratuit le samedi</Cellule></Rangée>
            </Tableau>";
        assert_eq!(
            said(table),
            [
                "Âge : Mineur ; Prix, en mairie : 20 € ; Prix, en ligne : 10 €.",
                "Âge : Mineur ; Prix, en mairie : gratuit le samedi ; Prix, en ligne : gratuit le samedi."
            ]
        );
    }

    #[test]
    fn cells_that_reach_too_far_are_held_back() {
        let table = "<Tableau>
            <Rangée type='header'><Cellule fusionVerticale='2'>Foyer</Cellule><Cellule fusionVerticale='2'>Plafond</Cellule>
            </Rangée><Rangée type='normal'><Cellule>1 personne</Cellule><Cellule>10 053 €</Cellule></Rangée>
            </Tableau>";
        assert_eq!(said(table), ["Foyer : 1 personne ; Plafond : 10 053 €."]);
    }

    #[test]
    fn columns_below_one_header_are_said_together() {
        let table = "<Tableau>
            <Rangée type='header'><Cellule fusionHorizontale='2'>Personnes</Cellule><Cellule>Plafond</Cellule></Rangée>
            <Rangée><Cellule>3</Cellule><Cellule>couple</Cellule><Cellule>20 €</Cellule></Rangée>
            <Rangée><Cellule fusionHorizontale='2'>4</Cellule><Cellule>30 €</Cellule></Rangée>
            </Tableau>";
        assert_eq!(
            said(table),
            [
                "Personnes : 3, couple ; Plafond : 20 €.",
                "Personnes : 4 ; Plafond : 30 €."
            ]
        );
    }

    #[test]
    fn other_headers_further_down_replace_the_first() {
        let table = "<Tableau>
            <Rangée type='header'><Cellule>Mineur</Cellule></Rangée><Rangée><Cellule>17 €</Cellule></Rangée>
            <Rangée type='header'><Cellule>Majeur</Cellule></Rangée><Rangée><Cellule>86 €</Cellule></Rangée>
            </Tableau>";
        assert_eq!(said(table), ["Mineur : 17 €.", "Majeur : 86 €."]);
    }

    #[test]
    fn without_headers_above_the_first_column_may_name_the_row() {
        let row = "<Rangée><Cellule>Mineur</Cellule><Cellule>17 €</Cellule><Cellule>3 jours</Cellule></Rangée>";
        let named = format!("<Tableau><Colonne type='header'/>{row}</Tableau>");
        assert_eq!(said(&named), ["Mineur : 17 € ; 3 jours."]);
        assert_eq!(said(&format!("<Tableau>{row}</Tableau>")), ["Mineur ; 17 € ; 3 jours."]);
    }

    #[test]
    fn absurd_tables_are_read() {
        let table = "<Tableau><Rangée><Cellule fusionHorizontale='99999999999'>a</Cellule>
            <Cellule fusionVerticale='-3'>b</Cellule></Rangée><Rangée/></Tableau>";
        assert!(said(table)[0].ends_with("a ; b."));
        assert!(said("<Tableau/>").is_empty());
    }
}
