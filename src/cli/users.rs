//! `allo users`: the accounts of those who work with the console.

use std::io::{BufRead, IsTerminal, Write};
use std::process::ExitCode;

use anyhow::{Context, bail, ensure};

use crate::app::plans;
use crate::config::{Config, did_you_mean};
use crate::pii::Secret;
use crate::store::{Role, Store, User};
use crate::web::{password, words};

/// Longest name, in characters.
const LONGEST_NAME: usize = 64;

#[derive(clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    /// Crée un compte ; le mot de passe est demandé, ou lu sur l'entrée standard
    Add {
        /// Nom, tel qu'il sera tapé pour se connecter
        name: String,
        /// Ce que ce compte peut faire : un clerc voit ce qui est pour ses services, un superviseur tout, un admin aussi le
        /// journal des accès
        #[arg(long, value_enum)]
        role: RoleName,
        /// Services du compte, par leur clé dans le plan
        #[arg(long = "service", value_delimiter = ',', value_name = "SERVICE")]
        services: Vec<String>,
    },
    /// Montre les comptes
    List {
        /// En JSON
        #[arg(long)]
        json: bool,
    },
    /// Change un mot de passe ; les sessions ouvertes avec l'ancien prennent fin
    Password {
        /// Nom du compte
        name: String,
    },
    /// Supprime un compte ; ses sessions prennent fin
    Remove {
        /// Nom du compte
        name: String,
    },
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum RoleName {
    Clerc,
    Superviseur,
    Admin,
}

impl From<RoleName> for Role {
    fn from(name: RoleName) -> Self {
        match name {
            RoleName::Clerc => Self::Clerk,
            RoleName::Superviseur => Self::Supervisor,
            RoleName::Admin => Self::Admin,
        }
    }
}

pub(super) fn run(config: &Config, arguments: &Arguments) -> anyhow::Result<ExitCode> {
    // Makes the folder where there is none, readable by its owner alone.
    let (store, _writer) = Store::open(&config.data, config.keep_calls_days)?;
    let desk = store.desk()?;
    match &arguments.what {
        What::Add { name, role, services } => {
            let user = User {
                name: named(name)?,
                role: (*role).into(),
                services: services.clone(),
            };
            ensure!(
                user.role != Role::Clerk || !services.is_empty(),
                "un clerc voit ce qui est pour ses services : donnez-en un au moins avec --service"
            );
            known(config, services)?;
            ensure!(desk.account(&user.name)?.is_none(), "« {name} » a déjà un compte");
            let password = ask()?;
            let now = chrono::Utc::now().timestamp_millis();
            ensure!(desk.add_user(&user, &password, now)?, "« {name} » a déjà un compte");
            println!("compte « {} » créé : {}", user.name, words::role(user.role));
        }
        What::List { json } => {
            let users = desk.users()?;
            if *json {
                println!("{}", serde_json::to_string_pretty(&users)?);
            } else {
                for user in users {
                    let services = user.services.join(", ");
                    println!("{:<24} {:<12} {services}", user.name, words::role(user.role));
                }
            }
        }
        What::Password { name } => {
            ensure!(desk.account(name)?.is_some(), "aucun compte « {name} »");
            ensure!(desk.set_password(name, &ask()?)?, "aucun compte « {name} »");
            println!("mot de passe de « {name} » changé ; ses sessions ont pris fin");
        }
        What::Remove { name } => {
            ensure!(desk.remove_user(name)?, "aucun compte « {name} »");
            println!("compte « {name} » supprimé");
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// A name that can be typed and shown.
fn named(name: &str) -> anyhow::Result<String> {
    let name = name.trim();
    ensure!(
        (1..=LONGEST_NAME).contains(&name.chars().count()) && !name.chars().any(char::is_control),
        "un nom a de 1 à {LONGEST_NAME} caractères"
    );
    Ok(name.to_owned())
}

/// Says which services there are, where one is wanted that is not.
fn known(config: &Config, services: &[String]) -> anyhow::Result<()> {
    let mut there = Vec::new();
    for file in &config.dialplans {
        // A plan that cannot be read is for `allo check`: it does not stop an account.
        let Ok((plan, _)) = plans::read(file) else {
            return Ok(());
        };
        there.extend(plan.services.into_iter().map(|service| service.id));
    }
    if let Some(service) = services.iter().find(|service| !there.contains(service)) {
        let near = did_you_mean(service, there.iter().map(String::as_str));
        let there = there.join(", ");
        bail!("aucun plan n'a de service « {service} »{near} (il y a {there})");
    }
    Ok(())
}

/// Asks for a password, twice at a terminal, and gives it as it is kept. It is never an argument: other users of the machine
/// see those.
fn ask() -> anyhow::Result<String> {
    let stdin = std::io::stdin();
    let given = if stdin.is_terminal() {
        let given = without_echo("Mot de passe : ")?;
        password::check(&given).map_err(anyhow::Error::msg)?;
        ensure!(
            without_echo("Encore une fois : ")? == given,
            "les deux mots de passe diffèrent"
        );
        given
    } else {
        line()?
    };
    password::check(&given).map_err(anyhow::Error::msg)?;
    password::hash(&given).map_err(anyhow::Error::msg)
}

fn line() -> anyhow::Result<Secret> {
    let mut line = String::new();
    std::io::stdin()
        .lock()
        .read_line(&mut line)
        .context("mot de passe illisible")?;
    Ok(Secret::new(line.trim_end_matches(['\n', '\r'])))
}

/// Reads a line that is not shown while it is typed.
fn without_echo(question: &str) -> anyhow::Result<Secret> {
    eprint!("{question}");
    std::io::stderr().flush()?;
    let shown = Echo::off()?;
    let line = line();
    drop(shown);
    eprintln!();
    line
}

/// Shows again what is typed, once dropped.
struct Echo(libc::termios);

impl Echo {
    fn off() -> anyhow::Result<Self> {
        // SAFETY: plain system calls on our own terminal; `before` is written whole by the first where it succeeds.
        unsafe {
            let mut before: libc::termios = std::mem::zeroed();
            ensure!(
                libc::tcgetattr(libc::STDIN_FILENO, &raw mut before) == 0,
                "terminal illisible"
            );
            let mut silent = before;
            silent.c_lflag &= !libc::ECHO;
            ensure!(
                libc::tcsetattr(libc::STDIN_FILENO, libc::TCSAFLUSH, &raw const silent) == 0,
                "terminal illisible"
            );
            Ok(Self(before))
        }
    }
}

impl Drop for Echo {
    fn drop(&mut self) {
        // SAFETY: as above.
        unsafe {
            libc::tcsetattr(libc::STDIN_FILENO, libc::TCSAFLUSH, &raw const self.0);
        }
    }
}
