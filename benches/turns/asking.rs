//! Where the dialogue waits for what a recording holds.

use allo::dialogue::plan::{Action, Field, Form, MenuEntry, Plan, Target, Topic};
use allo::units::Expect;

/// The key after which the machine speaks for long and then asks something.
pub const TALKATIVE: char = '2';
/// Keys that lead to a form with one question, which these values answer.
const VALUES: [(char, Expect, &str); 5] = [
    ('A', Expect::Name, "À quel nom ?"),
    ('B', Expect::Phone, "À quel numéro peut-on vous rappeler ?"),
    ('C', Expect::Date, "Quel jour ?"),
    ('D', Expect::Digits, "Quel est le numéro ?"),
    ('9', Expect::Time, "À quelle heure ?"),
];

/// The plan with one form more for each value that a recording may hold, behind a key that no telephone has twice.
pub fn asking(plan: &Plan) -> Plan {
    let mut plan = plan.clone();
    for (key, expect, question) in VALUES {
        let (id, label) = (format!("{expect:?}"), "une réponse".to_owned());
        plan.menu.push(MenuEntry {
            key,
            label: label.clone(),
            target: Target::Topic(plan.topics.len()),
        });
        plan.topics.push(Topic {
            id: id.clone(),
            label: label.clone(),
            examples: Vec::new(),
            action: Action::Form(None, plan.forms.len()),
            service: 0,
            at: String::new(),
        });
        let field = Field {
            id: id.clone(),
            label: label.clone(),
            question: question.into(),
            expect,
            told: false,
            open_day: false,
        };
        plan.forms.push(Form {
            sms: None,
            calls_back: false,
            id,
            label,
            service: 0,
            fields: vec![field],
        });
    }
    plan
}

/// The keys that lead to a question that expects this, one after the other.
pub fn keys(expects: Expect) -> Vec<char> {
    let form = VALUES.iter().find(|(_, kind, _)| *kind == expects);
    match (expects, form) {
        (Expect::YesNo, _) => vec![TALKATIVE],
        // The form, and yes to it.
        (_, Some((key, ..))) => vec![*key, '1'],
        _ => Vec::new(),
    }
}
