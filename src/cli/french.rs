//! The command line in French: what clap says by itself is in English.

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgAction, Command, CommandFactory, FromArgMatches};

const HELP: &str = "{about-with-newline}\nEmploi : {usage}\n\n{all-args}";

/// Reads the arguments of this process. Help, version and mistakes end it.
pub(super) fn parse<A: CommandFactory + FromArgMatches>() -> A {
    let command = in_french(A::command(), true);
    let read = command
        .try_get_matches()
        .and_then(|mut found| A::from_arg_matches_mut(&mut found));
    match read {
        Ok(arguments) => arguments,
        Err(error) => match told(&error) {
            Some(message) => {
                eprintln!("allo : {message} (« --help » montre l'emploi)");
                std::process::exit(2);
            }
            None => error.exit(),
        },
    }
}

/// A command whose help is in French, with those under it.
fn in_french(command: Command, is_root: bool) -> Command {
    let help = Arg::new("aide")
        .short('h')
        .long("help")
        .action(ArgAction::Help)
        .help("Montre cette aide");
    let version = Arg::new("version")
        .short('V')
        .long("version")
        .action(ArgAction::Version)
        .help("Montre la version");
    let names: Vec<String> = command.get_subcommands().map(|c| c.get_name().to_owned()).collect();
    let mut command = command
        .help_template(HELP)
        .subcommand_help_heading("Commandes")
        .subcommand_value_name("COMMANDE")
        .disable_help_subcommand(true)
        .disable_help_flag(true)
        .disable_version_flag(true)
        .mut_args(|argument| {
            let heading = if argument.is_positional() {
                "À donner"
            } else {
                "Options"
            };
            argument.help_heading(heading)
        })
        .arg(help.help_heading("Options"));
    if is_root {
        command = command.arg(version.help_heading("Options"));
    }
    for name in names {
        command = command.mut_subcommand(name, |under| in_french(under, false));
    }
    command
}

/// A mistake in one French sentence; none for what is no mistake.
fn told(error: &clap::Error) -> Option<String> {
    let said = |kind| error.get(kind).map(text).unwrap_or_default();
    let meant = |kind| match said(kind) {
        name if name.is_empty() => String::new(),
        name => format!(" ; vouliez-vous dire « {name} » ?"),
    };
    let (argument, value) = (said(ContextKind::InvalidArg), said(ContextKind::InvalidValue));
    Some(match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            return None;
        }
        ErrorKind::UnknownArgument => {
            format!("argument inconnu « {argument} »{}", meant(ContextKind::SuggestedArg))
        }
        ErrorKind::InvalidSubcommand => {
            let name = said(ContextKind::InvalidSubcommand);
            format!(
                "commande inconnue « {name} »{}",
                meant(ContextKind::SuggestedSubcommand)
            )
        }
        ErrorKind::MissingSubcommand => "il manque une commande".into(),
        ErrorKind::MissingRequiredArgument => format!("il manque « {argument} »"),
        ErrorKind::InvalidValue if value.is_empty() => format!("il manque une valeur à « {argument} »"),
        ErrorKind::InvalidValue => {
            let valid = said(ContextKind::ValidValue);
            format!("« {value} » ne convient pas à « {argument} » ; possibles : {valid}")
        }
        ErrorKind::ValueValidation => format!("« {value} » ne convient pas à « {argument} »"),
        ErrorKind::ArgumentConflict => {
            let other = said(ContextKind::PriorArg);
            if other == argument {
                format!("« {argument} » est donné deux fois")
            } else {
                format!("« {argument} » ne va pas avec « {other} »")
            }
        }
        _ => error.to_string().trim().to_owned(),
    })
}

fn text(value: &ContextValue) -> String {
    match value {
        ContextValue::String(text) => text.clone(),
        ContextValue::Strings(texts) => texts.join(", "),
        ContextValue::StyledStr(text) => StyledStr::to_string(text),
        ContextValue::StyledStrs(texts) => texts.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
        ContextValue::Number(number) => number.to_string(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mistake(line: &str) -> String {
        let command = in_french(super::super::Arguments::command(), true);
        let error = command.try_get_matches_from(line.split(' ')).expect_err("a mistake");
        told(&error).unwrap_or_default()
    }

    #[test]
    fn mistakes_are_told_in_french() {
        for (line, expected) in [
            (
                "allo chek",
                "commande inconnue « chek » ; vouliez-vous dire « check » ?",
            ),
            ("allo check", "il manque « <FICHIER>... »"),
            (
                "allo serve --dialplam x",
                "argument inconnu « --dialplam » ; vouliez-vous dire « --dialplan » ?",
            ),
            (
                "allo calls --last beaucoup",
                "« beaucoup » ne convient pas à « --last <LAST> »",
            ),
            ("allo serve --sip", "il manque une valeur à « --sip <ADRESSE:PORT> »"),
        ] {
            assert_eq!(mistake(line), expected, "{line}");
        }
    }

    #[test]
    fn help_has_no_english() {
        let mut command = in_french(super::super::Arguments::command(), true);
        command.build();
        let mut pages = vec![command.render_help().to_string()];
        for under in command.get_subcommands_mut() {
            pages.push(under.render_help().to_string());
        }
        for page in pages {
            for english in [
                "Usage",
                "Options:\n  -h, --help     Print",
                "Print",
                "Commands",
                "Arguments:",
            ] {
                assert!(!page.contains(english), "{english} in {page}");
            }
        }
    }
}
