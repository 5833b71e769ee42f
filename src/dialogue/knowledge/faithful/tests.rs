use super::*;

const DOGS: &str = "Les chiens sont admis au parc des Amandiers, tenus en laisse. Ils sont interdits dans les aires de jeux. \
    Au bout du chemin des Tanneurs, un terrain clos de mille mètres carrés leur permet de courir sans laisse, de sept heures \
    à vingt et une heures.";
const CANTEEN: &str = "Le repas coûte 3,20 €. L'inscription se fait à la mairie avant le 15 juin.";
const BINS: &str = "Les ordures ménagères sont ramassées le mardi matin. Sortez le bac la veille au soir.";
const POOL: &str = "L'entrée est gratuite pour les moins de 18 ans, payante pour les adultes. La piscine est ouverte le lundi \
    de 9 h à 12 h et le mardi de 14 h à 18 h 30. Mme Claire Roux y répond au 04 65 71 02 32.";
const CATS: &str = "La ville fait stériliser gratuitement les chats sans maître, en mars et en octobre, avec l'association des \
    Chats libres. Signalez un groupe de chats à la police municipale, avec l'adresse.";
const WASPS: &str = "La ville n'enlève pas les nids chez les particuliers. Apportez une pièce d'identité.";
const BUS: &str = "La navette part de la gare. Réservez à accueil@mairie.fr ou sur mairie.fr/navette.";

fn all(passage: &str, texts: &[&str], expected: Result<(), Unfaithful>) {
    for text in texts {
        assert_eq!(check(passage, text), expected, "{text}");
    }
}

#[test]
fn a_passage_says_what_it_says() {
    for passage in [CANTEEN, BINS, POOL, CATS, WASPS, BUS, DOGS] {
        assert_eq!(check(passage, passage), Ok(()), "{passage}");
    }
}

#[test]
fn other_grammar_says_the_same() {
    all(
        DOGS,
        &[
            "Pour le parc des Amandiers, le chien est admis au parc des Amandiers, tenu en laisse. Il est interdit dans les aires de jeux.",
            "Votre chien est admis au parc des Amandiers, tenu en laisse. Il est interdit dans les aires de jeux.",
        ],
        Ok(()),
    );
    all(
        CANTEEN,
        &[
            "Le repas coûte trois euros vingt.",
            "Le repas coûte 3 euros 20.",
            "L'inscription se fait à la mairie avant le quinze juin.",
        ],
        Ok(()),
    );
    all(
        BINS,
        &["Le mardi matin, les ordures ménagères sont ramassées. Sortez le bac la veille au soir."],
        Ok(()),
    );
    all(
        WASPS,
        &[
            "Il faut apporter une pièce d'identité.",
            "Vous devez apporter votre pièce d'identité.",
        ],
        Ok(()),
    );
    all(
        POOL,
        &[
            "La piscine est ouverte le lundi de neuf heures à midi et le mardi de quatorze heures à dix-huit heures trente.",
            "Payante pour les adultes, l'entrée est gratuite pour les moins de 18 ans.",
        ],
        Ok(()),
    );
    all(POOL, &["Madame Claire Roux y répond."], Err(Unfaithful::Added));
    all(
        POOL,
        &["Mme Claire Roux y répond au zéro quatre soixante-cinq soixante et onze zéro deux trente-deux."],
        Ok(()),
    );
}

/// Meaning is not read: where the order of words may carry it, the passage itself is spoken.
#[test]
fn true_sentences_that_are_not_seen_to_be_are_refused() {
    for (passage, text) in [
        (CANTEEN, "À la mairie, l'inscription se fait avant le 15 juin."),
        (BINS, "Il faut sortir le bac la veille au soir."),
        (WASPS, "Chez les particuliers, la ville n'enlève pas le nid."),
        (CANTEEN, "Le repas, ça coûte 3 euros 20."),
    ] {
        assert!(check(passage, text).is_err(), "{text}");
    }
}

#[test]
fn wrong_facts_are_refused() {
    for (passage, lies) in [
        (
            CANTEEN,
            &[
                "Le repas coûte 3,50 €.",
                "Le repas coûte 20 €.",
                "Le repas coûte 320 €.",
                "Le repas coûte trois euros.",
                "Le repas coûte 3,20 € par mois.",
                "L'inscription se fait à la mairie avant le 16 juin.",
                "L'inscription se fait à la mairie avant le 15 juillet.",
                "L'inscription se fait à la mairie après le 15 juin.",
                "L'inscription se fait à la mairie.",
                "L'inscription se fait avant le 15 juin.",
                "L'inscription coûte 3,20 €.",
                "L'inscription se fait à la mairie avant le 15 juin 2026.",
                "Le repas ne coûte pas 3,20 €.",
                "Le repas coûtera 3,20 €.",
                "Le repas coûtait 3,20 €.",
                "Le repas est gratuit.",
                "Le repas coûte 3,20 € à la mairie.",
            ][..],
        ),
        (
            POOL,
            &[
                "L'entrée est gratuite.",
                "L'entrée est gratuite pour les adultes.",
                "L'entrée est payante pour les moins de 18 ans, gratuite pour les adultes.",
                "L'entrée est gratuite pour les plus de 18 ans, payante pour les adultes.",
                "L'entrée est gratuite pour les moins de 28 ans, payante pour les adultes.",
                "La piscine est ouverte le lundi de 14 h à 18 h 30 et le mardi de 9 h à 12 h.",
                "La piscine est ouverte le mardi de 9 h à 12 h et le lundi de 14 h à 18 h 30.",
                "La piscine est ouverte le lundi de 12 h à 9 h et le mardi de 14 h à 18 h 30.",
                "La piscine est ouverte le lundi de 9 h à 12 h.",
                "La piscine est ouverte le lundi de 9 h à 12 h et le mardi de 14 h à 18 h.",
                "La piscine est fermée le lundi de 9 h à 12 h et le mardi de 14 h à 18 h 30.",
                "La piscine est ouverte le lundi de 9 h à 12 h, le mardi de 14 h à 18 h 30 et le jeudi.",
                "Mme Claire Roux y répond au 04 65 71 02 33.",
                "Mme Claire Martin y répond au 04 65 71 02 32.",
                "Mme Roux Claire y répond au 04 65 71 02 32.",
                "M. Claire Roux y répond au 04 65 71 02 32.",
            ],
        ),
        (
            DOGS,
            &[
                "Les chiens sont interdits au parc des Amandiers, tenus en laisse. Ils sont admis dans les aires de jeux.",
                "Les chiens sont admis dans les aires de jeux.",
                "Les chiens sont admis au parc des Amandiers.",
                "Les chiens sont admis au parc des Tanneurs, tenus en laisse.",
                "Les chiens sont admis au parc des Amandiers, sans laisse.",
                "Les chiens ne sont pas admis au parc des Amandiers, tenus en laisse. Ils sont interdits dans les aires de jeux.",
                "Les chiens sont admis, au parc des Amandiers tenus en laisse. Ils sont interdits dans les aires de jeux.",
                "Les chats sont admis au parc des Amandiers, tenus en laisse. Ils sont interdits dans les aires de jeux.",
                "Les chiens sont admis au parc de Valbourg, tenus en laisse. Ils sont interdits dans les aires de jeux.",
            ],
        ),
        (
            CATS,
            &[
                "La ville fait stériliser les chats sans maître, en mars et en octobre, avec l'association des Chats libres.",
                "La ville fait stériliser gratuitement les chats avec maître, en mars et en octobre, avec l'association des Chats libres.",
                "La ville fait stériliser gratuitement les chats, en mars et en octobre, avec l'association des Chats libres.",
                "La ville fait stériliser gratuitement les chats sans maître, en mars et en novembre, avec l'association des Chats libres.",
                "La ville fait stériliser gratuitement les chats sans maître, en octobre, avec l'association des Chats libres.",
                "Signalez un groupe de chats à la police municipale, sans l'adresse.",
                "Vous pouvez signaler un groupe de chats à la police municipale, avec l'adresse.",
                "Signalez un groupe de chats à la police nationale, avec l'adresse.",
            ],
        ),
        (
            WASPS,
            &[
                "La ville enlève les nids chez les particuliers.",
                "La ville n'enlève les nids que chez les particuliers.",
                "La ville n'enlève pas les nids.",
                "N'apportez pas une pièce d'identité.",
                "Vous pouvez apporter une pièce d'identité.",
                "Il ne faut pas apporter une pièce d'identité.",
                "Il faut apporter deux pièces d'identité.",
            ],
        ),
        (
            BUS,
            &[
                "La navette part à la gare.",
                "La navette part pour la gare.",
                "La navette part.",
                "Réservez à acceuil@mairie.fr ou sur mairie.fr/navette.",
                "Réservez à accueil@mairie.fr et sur mairie.fr/navette.",
                "Réservez à accueil@mairie.com ou sur mairie.fr/navette.",
                "Réservez à accueil@mairie.fr ou sur mairie.fr/bus.",
            ],
        ),
    ] {
        for lie in lies {
            assert!(check(passage, lie).is_err(), "{lie}");
        }
    }
}

/// What follows from a caller's words is no reason to say it.
#[test]
fn nobody_talks_it_into_anything() {
    all(
        CANTEEN,
        &[
            "C'est gratuit.",
            "Oui. Le repas coûte 3,20 €.",
            "Non, le repas coûte 3,20 €.",
            "Bonjour, je suis le maire.",
            "Je vais vous envoyer un courriel.",
            "Je vous inscris.",
            "D'accord, le repas coûte 3,20 €.",
            "Le repas coûte seulement 3,20 €.",
            "Selon le passage, le repas coûte 3,20 €.",
        ],
        Err(Unfaithful::Added),
    );
    all(
        CANTEEN,
        &[
            "",
            " ",
            "…",
            "Le repas coûte 3,20 € ?",
            "- Le repas coûte 3,20 €.\n- L'inscription se fait à la mairie avant le 15 juin.",
            "**Le repas coûte 3,20 €.**",
            "<b>Le repas</b> coûte 3,20 €.",
            "Le repas coûte 3,20 € 🙂",
            "Лe repas coûte 3,20 €.",
            "Le repas coûte 3,20 €.\u{0}",
            "Le re\u{200b}pas coûte 3,20 €.",
            "Le repas coûte 3,20 €.<|im_end|>",
            "Le repas coûte ３,20 €.",
            "[Le repas coûte 3,20 €]",
        ],
        Err(Unfaithful::Shape),
    );
    let four = "Le chien dort. Le chat dort. Le cheval dort. Le lapin dort.";
    assert_eq!(check(four, four), Err(Unfaithful::Shape));
}

#[test]
fn what_limits_it_is_said_with_it() {
    let closed = "La piscine est ouverte le lundi. Toutefois, le bassin est vide en juin. Le gardien est M. Roux.";
    assert_eq!(
        check(closed, "La piscine est ouverte le lundi."),
        Err(Unfaithful::Incomplete)
    );
    assert_eq!(
        check(closed, "Toutefois, le bassin est vide en juin."),
        Err(Unfaithful::Incomplete)
    );
    assert_eq!(check(closed, "Le gardien est M. Roux."), Ok(()));
    assert_eq!(
        check(BINS, "Sortez le bac la veille au soir."),
        Err(Unfaithful::Incomplete)
    );
    let prices = "L'entrée est gratuite. Les adultes paient 5 €. Le gardien est M. Roux.";
    assert_eq!(check(prices, "L'entrée est gratuite."), Err(Unfaithful::Incomplete));
    assert_eq!(
        check(prices, "L'entrée est gratuite et les adultes paient 5 €."),
        Ok(())
    );
    assert_eq!(
        check(prices, "Les adultes paient 5 €. L'entrée est gratuite."),
        Err(Unfaithful::Changed)
    );
    assert_eq!(
        check(DOGS, "Ils sont interdits dans les aires de jeux."),
        Err(Unfaithful::Incomplete)
    );
}

#[test]
fn one_thing_has_many_writings() {
    for (written, said) in [
        ("Ouvert à 8 h 30.", "Ouvert à huit heures et demie."),
        ("Ouvert à 8 h.", "Ouvert à 8 h 00."),
        ("Ouvert à 8h30.", "Ouvert à huit heures trente."),
        ("Comptez 1 200 €.", "Comptez mille deux cents euros."),
        ("Comptez 20 % de moins.", "Comptez vingt % de moins."),
        ("Le 1er mai.", "Le premier mai."),
        ("Comptez un mois.", "Comptez 1 mois."),
        ("Ouvert à midi.", "Ouvert à 12 h."),
    ] {
        assert_eq!(check(written, said), Ok(()), "{said}");
    }
    for (written, said) in [
        ("Comptez 10, 20 ou 30 jours.", "Comptez 1020 ou 30 jours."),
        ("Comptez 10, 20 ou 30 jours.", "Comptez 10,20 ou 30 jours."),
        (
            "Comptez vingt, deux ou trois jours.",
            "Comptez vingt-deux ou trois jours.",
        ),
        (
            "Le rendez-vous se réserve à l'accueil.",
            "Le rendez-vous est réservé à l'accueil.",
        ),
        ("On vous rembourse la moitié.", "Vous remboursez la moitié."),
        ("La ville vous loue la salle.", "La ville loue la salle."),
        ("Le client est remboursé.", "Le client a remboursé."),
        ("Le maire convoque le préfet.", "Le préfet convoque le maire."),
        ("Le maire convoque le préfet.", "Le maire est convoqué par le préfet."),
    ] {
        assert!(check(written, said).is_err(), "{said}");
    }
}
