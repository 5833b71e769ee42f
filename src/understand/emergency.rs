//! Who is in danger, or speaks of somebody who is: missing one may cost a life.
//!
//! By rules, first: what means no danger ([`HARMLESS`]) is taken out of the words, and signs of danger are looked for, in
//! three lists by how sure it is that the danger lasts: what may be over ([`TOLD`]) is none where the past or paperwork is
//! spoken of, what goes on from day to day ([`LASTING`]) is none where it is paperwork, and nothing hushes what is dying
//! ([`NOW`]).
//!
//! But there are more ways to cry for help than anybody lists. So the words are weighed, too ([`Likely`]). Of 100 calls that
//! they were not written from the rules hear 44; of 786 that nothing was learned from, both together hear 596, and take 41
//! of 911 calm ones which share their words for such, and 18 of 2178 that town halls get.
//!
//! Whoever tells of an accident and asks for something that town halls do ([`BUSINESS`]) is answered beside the emergency
//! numbers ([`Danger::Befell`]).

mod likely;
mod sense;

pub use sense::Sense;

use std::sync::LazyLock;

use super::pattern::{Lists, Patterns};
use super::{normalise, topics};
use likely::{Example, Likely};

/// The lists that the patterns name.
const LISTS: &Lists = &[
    ("WHO", KIN),
    ("WHO", OTHERS),
    ("KIN", KIN),
    ("HE", HE),
    ("BEAST", BEASTS),
    ("THING", THINGS),
    ("BODY", BODY),
    ("CHILD", CHILDREN),
    ("WATER", WATERS),
    ("POISON", POISONS),
    ("WEAPON", WEAPONS),
    ("CAR", CARS),
    ("WANT", WANTS),
    ("STRANGER", STRANGERS),
];

/// Somebody, beside those of [`KIN`].
const OTHERS: &str = "\
    ex voisins quelquun quelqun homme hommes dame dames gens personnes type types mec mecs gars jeune jeunes vieux \
    vieille fillettes filles garcons eleve eleves ouvrier ouvriers cycliste pieton pietonne pietons motard scooter \
    conducteur conductrice passager passagere passagers facteur livreur collegue client cliente inconnu individu \
    automobiliste etudiant etudiante baigneur nageur femmes retraite couvreur locataire sdf messieurs bonhomme \
    touriste patron patronne compagne adolescent adolescente collegues animateur animatrice blesse vieillard";
/// Somebody near, of whom bad news is an emergency.
const KIN: &str = "\
    pere mere papa maman mari femme epouse epoux fils fille frere soeur bebe enfant enfants gamin gamine gamins \
    gosse gosses mome momes petit petite mamie mamy papi papy papie pepe tante oncle cousin cousine neveu niece \
    copain copine tata tonton compagnon compagne conjoint conjointe ami amie nourrisson garcon fillette ado parents voisin \
    voisine colocataire coloc";
/// Somebody unknown, whose following or entering is a threat.
const STRANGERS: &str = "\
    quelquun quelqun homme hommes type types mec mecs gars individu individus inconnu inconnus jeunes gens \
    cambrioleur cambrioleurs voleur voleurs ex mari cagoule cagoules rodeur voisin fou dingue forcene cingle malade \
    intrus intrus mecs bande";
/// To wish, to mean to, to say so.
const WANTS: &str = "\
    veux veut voulais voulait voudrais voudrait vais va pense penser pensais pensait songe prefere menace parle \
    essaie essaye";
/// Whoever it is.
const HE: &str = "il elle ils elles";
/// What hurts, or fails.
const BODY: &str = "\
    tete bras jambe jambes main mains pied pieds visage bouche dos ventre poitrine coeur gorge doigt doigts oeil yeux \
    genou cheville poignet hanche cou nuque epaule oreille nez crane cuisse cote moitie machoire langue corps";
/// Who must not be alone.
const CHILDREN: &str = "\
    bebe enfant enfants gamin gamine gamins gosse gosses mome momes petit petite petits fillette fille fils garcon \
    nourrisson mioche loulou";
/// Beasts, which are no emergency.
const BEASTS: &str = "\
    chien chienne chiens chiot chat chats chatte chaton chatons oiseau oiseaux pigeon pigeons herisson cheval \
    chevaux vache vaches poule poules lapin animal animaux sanglier sangliers renard cygne canard canards chevreuil \
    biche cerf tortue perroquet mouton moutons chevre ane poney poisson poissons corbeau hibou chouette rat rats \
    souris blaireau brebis perruche hamster";
/// What does not answer or move either.
const THINGS: &str = "\
    voiture camion vehicule poubelle poubelles bac site serveur ordinateur portail barriere ascenseur telephone \
    standard mairie service dossier demande horloge borne banque prefecture caf ecole application caravane epave \
    volet porte machine robot medaillon alarme secretariat urbanisme arbre lampadaire administration agence bailleur \
    syndic proprietaire";
/// What one drowns in.
const WATERS: &str = "\
    eau eaux riviere canal lac etang piscine puits fleuve mer bassin ruisseau torrent ravin fosse port mare barrage \
    ecluse falaise crevasse";
/// What one must not swallow.
const POISONS: &str = "\
    javel produit produits detergent lessive soude acide essence gasoil medicament medicaments cachet cachets \
    comprime comprimes pilules somniferes somnifere poison rats pile piles champignon champignons antigel desherbant \
    deboucheur destop liquide white gelules boite plaquette ammoniaque chlore antidepresseurs anxiolytiques \
    doliprane xanax lexomil valium temesta tramadol morphine debouche baies petrole insecticide aimant aimants bille piece capsule dissolvant peinture methadone \
    drogue";
/// What one is threatened or killed with.
const WEAPONS: &str = "\
    couteau couteaux fusil pistolet arme armes hache machette carabine kalachnikov revolver sabre flingue gun cutter \
    batte matraque";
/// What runs people over, or falls into the water with them.
const CARS: &str = "\
    voiture voitures camion camions camionnette bus car moto scooter train tram tramway vehicule vehicules auto \
    bagnole caisse trottinette poids tracteur fourgon velo bateau barque 4x4 mobylette quad";

/// What sounds like danger, and is none: it is taken out.
const HARMLESS: &[&str] = &[
    // Idioms.
    "mort|morte|morts|mourir|meurs|meurt|creve|crever|crevee|etouffe de fatigue|rire|faim|soif|chaud|froid|trouille|peur|honte|ennui|stress|rage|chaleur|vieillesse|tristesse",
    "a mourir de !faim|soif",
    "bruit a tuer|mourir|crever",
    "me|nous tue|tuent|tuer ~ impot*|impots|taxe*|administration|paperasse|demarche*|facture*|loyer|bruit",
    "ca|cela me|nous tue",
    "ce qui|ca me frappe",
    "tap* ~ sur les nerfs|le",
    "en finir avec !tout|elle|moi !tout|vie|jours",
    "plus vivre ici|dans|avec|chez|ensemble|la|en|normalement|tranquil*|comme",
    "ca|cela|me fait|faisait mal au coeur",
    "inconscient|inconsciente|inconscients|inconscientes de|qui|sur",
    "c est inconscient",
    "me bats|battre",
    "se bat|battent|battre pour|contre|afin",
    "s etouff* ~ haie|rire|plante*",
    "saigne* a blanc",
    "crise de nerfs|rire|colere|foi",
    "peur que|de|d ~ amende*|retard|rater|perdre|oublier|pas",
    "mort|morte sur le coup de",
    "coince*|bloque* ~ bouchon*|embouteillage*|circulation|travaux|travail|dos|bureau|boulot",
    "chaleur|soif|faim|froid|rire|peur a mourir|crever",
    "menac* d|de ~ proces|amende*|plainte|poursuites|huissier",
    "c est a se tirer|pendre|jeter|flinguer ~ balle|formulaire*|demarche*",
    // Ages, which part who is spoken of from what befell them.
    "age|agee de ~ ans|mois|semaines",
    "de ~ ans|mois",
    // Traffic lights, fireworks, and fires that one lights.
    "feu|feux rouge|rouges|vert|verts|orange|tricolore|tricolores|clignotant*|pieton*|bleu",
    "feu|feux d artifice*",
    "feu|feux de signal*|circulation|jardin|camp|joie|dechets|branch*|feuilles|vegetaux|bois|position|croisement|detresse|route|la|pieton*|l",
    "borne|bornes|bouche|bouches|poteau|detecteur*|securite|extincteur*|alarme|porte|exercice d|contre|a|anti incendie",
    "borne|bornes|poteau|poteaux|securite|alarme|porte|exercice incendie",
    "la|une|les|sa|cette|leur tombe|tombes",
    "coup|coups de main|fil|telephone|pouce|peinture|balai|frein|klaxon|chaud|soleil|vent",
    "velo|lit|siege|manteau|jouet|jouets|chambre|vetements d enfant|enfants",
    "mort|morte|tue|tuee|decede|decedee dans|d|suite ~ accident",
    "accident vasculaire",
    "ambulance assise",
    "brul* un|le|les|au feu",
    "flamme|flammes olympique|du|de",
    "fumee|fumees ~~ barbecue|cigarette*|tabac|plancha|usine|cheminee|diesel|encens|brocante|pots",
    "barbecue|cheminee ~~ fumee|fumees|fume",
    "gaz d echappement",
    "explos* des|du|de|la ~ prix|demande*|facture*|cout*|tarif*",
    "bombe|bombes de|a|aerosol*|insecticide|anti*|lacrymo*",
    // Aid that is no cry for help.
    "a l aide de|d|du|aux|au|sociale|sociales|juridictionnelle|alimentaire|medicale|menagere|financiere|personnalisee|pour|a|des",
    "droit|droits|pretendre|demande|acces|recours|relative|relatif a l aide",
    "secours populaire|catholique|islamique|d",
    "premiers secours",
    "police municipale|rurale",
    "poste|centre de secours",
    "numero|numeros|telephone ~ pompiers|police|samu|gendarmerie",
    "calendrier* ~ pompiers",
    "pompiers ~ calendrier*|nid|guepes|frelons|chat|bal",
    "appel* ~ pompiers|police ~ nid|guepes|frelons|chat",
    // Falls that are none.
    "tombe|tombee|tombes|tombees malade|malades|enceinte|enceintes|amoureux|amoureuse|bien|mal|pile|juste",
    "tombe|tombee|tombes|tombees d accord",
    "tombe|tombee|tombes|tombees en panne|rade|morceaux|ruine|desuetude|disgrace",
    "tombe|tombee|tombes|tombees sur un|une|votre|vos|le|mon|la|son repondeur|site|annonce|article|page|numero|affiche|panneau|arrete|standard|messagerie|robot|machine|courrier|papier|document|avis|message|info*",
    "mal tombe|tombee",
    // Blood that is given, and wounds of long ago.
    "don|dons|donner|donneur|donneurs|collecte|prise|analyse|test|groupe|bilan|donne ~ sang",
    "blesse|blesses|mutile|victime* ~ guerre",
    "prevention ~ suicide*",
    "prevention|conference|journee|reunion|formation|association|lutte ~ suicide*|violence*|incendie*|noyade*",
    // Where something left in the water is reported.
    "jete*|abandonn*|epave|carcasse|rouille ~ riviere|canal|etang|lac|fosse|eau",
    // One who looks after us.
    "medecin|assistante|assistant|educatrice|educateur|psychologue|infirmiere|psy|service|ccas|conseiller|conseillere|dossier ~ suit|suivie|suivi",
    "quelquun ~ suit ~ dossier|ccas|demande",
    "depuis hier|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche",
    "baign* ~ WATER",
    "mange pas|plus de|d ~ allergi*",
    // Idioms of weight and time.
    "ca|cela|tout|toujours me|nous tombe sur|dessus",
    "tous|toutes|tout ~ seul|seule a|pour|remplir",
    "coup|coups de fusil|fusils|feu ~~ chasseur*|chasse",
    "lampadaire|reverbere|arbre|sapin|chene|BEAST mort|morts|morte|mortes",
    "tombe|tombee sur une|un voix|quelquun",
    "impot*|taxe*|cotisation*|loyer*|charges|dettes|facture* ~ etouff*|etrangl*|asphyxi*|tue|tuent",
    "etrangle*|etouffe*|asphyxie* par|sous|avec ~ taxe*|impot*|dettes|charges|facture*|cotisation*",
    "au secours ~ comprend*|site|formulaire*",
    "tombe|tombee ~ oubli",
    "empoisonn* ~ BEAST",
    "manqu*|failli|faillit ~ renvers*|ecras*|tomber",
];

/// Signs that nothing hushes.
const NOW: &[&str] = &[
    "au secours",
    "a l aide",
    "^ ~ au feu ~ $",
    "^ help|sos",
    "aidez moi vite|il|elle|ils",
    "^ ~ vite ~ KIN",
    // Breath, heart, mind.
    "WHO|HE|ca|je ~ respire|respirent plus|pas",
    "arriv*|peu* ~ plus|pas ~ a|le|la respirer",
    "peu* plus|pas respirer",
    "en arret cardiaque|respiratoire",
    "WHO|HE|je|suis ~ en train de|d mourir|naitre",
    "en train de|d ~ accoucher|convuls*|etouffer|noyer|bruler|suicider|agresser|etrangler|tabasser|violer|poignarder|egorger|tuer",
    "s|m etouffe|etouffent",
    "bebe|KIN ~ etouffe",
    "se|me noie|noient",
    "WHO|HE ~ est|sont inconscient*",
    "plus|pas de pouls",
    "vide de|son sang",
    "digue|barrage|falaise|grue|passerelle|charpente|echafaudage ~ ced*|casse|rompu*|effondr*|ecroul*|tombe|tombee",
    "perd|perds|perdent ~ sang",
    "arrete* de respirer",
    "tete|visage|couvert* en|de sang",
    "mange* ~~ champignon*|baies ~~ vomi*|mal|malade*",
    "saign* ~ beaucoup|partout|plus|fort|abond*|tete|arrete|abondamment|gorge|ventre|flots",
    "sang ~ partout",
    "pisse* ~ sang",
    "WHO|HE|je|j|on ~ aval*|boit|boire|bu|ingere|ingurgite ~~ POISON",
    "alcool ~~ cachet*|medicament*|comprime*",
    "gorge|langue|visage|levres|figure|cou ~ gonfl*",
    "gonfl* ~ partout|gorge|visage|langue|levres|respir*",
    "WHO ~~ pique* ~~ gonfl*",
    "tete ~ bebe|qui sort",
    // Want of death.
    "me suicider",
    "veu*|va|vais|menace*|pens*|envie|parl*|essai*|essay*|tent*|ten*|dit|peur|allait|voul* ~ se|s|te|de suicider",
    "je me suicide|tue|flingue|pends|bute",
    "je|j ~ envie|veux|vais|voudrais|pense*|songe*|prefere|aimerais|pensais ~ mourir|crever|disparaitre|suicide|suicid*|mort",
    "KIN|HE ~ envie|veut|voudrait|pense|prefere|menace ~ mourir|disparaitre|suicide|mort",
    "envie de mourir|crever|suicide",
    "KIN|HE|je|j WANT ~ mourir|crever|disparaitre|suicider|mort !avec",
    "veu* mourir",
    "laisse* moi|mourir mourir",
    "plus ~ envie|gout|force|raison|courage ~ vivre|vie",
    "veu*|supporte* plus ~ vivre|vie",
    "plus vivre",
    "en finir ~ vie|jours|tout",
    "fin a mes|ses|sa|ma jours|vie",
    "me|m ~ foutre|flinguer|buter|pendre|tailler|ouvrir|balancer|jeter|immoler ~ air|balle|veines|vide|pont|fenetre|train|balcon|toit|corde|sous|feu",
    "pont|toit|fenetre|balcon|parapet|rebord|falaise ~~ va|veut|vais ~ sauter|jeter",
    "me|se|s ~ tirer|mettre|tire ~ balle",
    "se|s ~ foutre|flinguer|buter|pendre|ouvrir|balancer|jeter|immoler ~ air|balle|veines|vide|pont|fenetre|train|balcon|toit|corde|sous",
    "vais|veux|va|veut|envie|pense|menace ~ me|se|m foutre|flinguer|buter|pendre|immoler|ouvrir",
    "vais|veux|pense*|envie|menace* ~ me tuer",
    "menace*|veut|voulait|allait|parl*|envie|dit|tent*|essay*|essai*|pense ~ se tuer",
    "KIN|il|elle va se tuer",
    "vais|va|veu*|envie|menace*|pret|prete|essa* ~ saute* ~ pont|fenetre|toit|balcon|vide|etage|train|metro|falaise|haut|quai",
    "WHO|HE ~ debout|enjambe*|rebord|parapet ~ pont|fenetre|toit|balcon|vide|parapet|rebord",
    "WHO|HE|je|suis ~ au|sur ~ bord|rebord ~ fenetre|pont|toit|falaise|vide",
    "sert a rien ~ vivre",
    "quoi bon vivre|continuer|rester|exister|lutter|me",
    "mieux|bien|tranquille* sans moi",
    "monde ~ sans moi",
    "mieux ~ si ~ j etais|existais|mort*|disparai*",
    "mieux ~ que ~ je meure|disparaisse|crever|mourir",
    "mieux|prefere* ~ etre|serais mort|morte",
    "serais|serait|voudrais|aimerais ~ mieux|etre ~ mort|morte",
    "veu* ~ plus etre la",
    "taillad*|scarifi*|mutile* ~ bras|veines|poignet*|me|m",
    "me|m taillad*|scarifi*",
    "lettre|lettres|message|mot d adieu",
    "aval*|pris|prendre|prends ~ tous|toute|trop|boite*|plein ~ cachet*|medicament*|comprime*|pilule*|somnifere*|antidepresseurs|doliprane*",
    "overdose|surdose",
    // Violence.
    "mari|compagnon|conjoint|ex|copain|STRANGER|HE|pere ~ va|vais|vont ~ me|nous|la|le|les ~ tuer|buter|egorger|planter|crever|massacrer|defoncer|frapper|tabasser|violer",
    "STRANGER|HE|on|WHO m|me|nous agresse*|poursui*",
    "me fais|fait|font agresser|tabasser|violer|frapper|poursuivre|attaquer",
    "on m agresse|attaque|suit|poursuit|frappe|etrangle|viole",
    "STRANGER|HE|WHO|qui ~ WEAPON ~ menac*|la|gorge|main",
    "menac* ~ avec|d|de ~ WEAPON|tuer|mort|egorger|frapper",
    "coups de feu|couteau|hache",
    "coup de couteau|fusil",
    "me|nous|lui|leur|m ~ tire* dessus",
    "tire|tirent|tirer sur ~ WHO|nous|moi|lui",
    "tireur|fusillade|attentat|terroriste*",
    "prise d otage*",
    "pris* en otage*",
    "otage|otages|kidnapp*|sequestre*",
    // Gas, current, water.
    "sent|sens|sentent|odeur*|pue|fuite*|fuit|echappe ~ gaz",
    "gaz ~ echappe|siffle|fuit",
    "monoxyde|carbone ~~ sonne*|bip*|mal|tete|vertige*|intoxi*|malaise*|vomi*|envie|peur|endorm*",
    "sonne*|bip*|alarme|intoxi*|mal|vertige* ~~ monoxyde",
    "electrocut*",
    "fait|font|faire|fais|crache* ~ etincelles !chat",
    "dans|avec ~ gens|quelquun|enfant*|bebe ~ dedans|coince*",
    "eau ~ mont* ~~ chez|coince*|bloque*|etage|toit|jusqu|vite|maison|rez|peur|genou*|partir|sortir|piege*",
    "coince*|bloque*|piege*|refugie* ~~ eau|inond*|crue",
    "inond* ~~ coince*|bloque*|piege*|toit|etage",
    "WHO|on|nous|sommes ~ coince*|bloque*|refugie* ~ sur ~ toit|arbre|voiture",
    "WHO|HE|voiture|on|nous ~ emporte* par ~ eau|courant|riviere|crue|vague*|flots",
    "WHO|HE ~ coince*|bloque*|ecrase* ~ dessous|sous",
    "WHO|on|je|suis|sommes ~ coince*|enseveli*|bloque*|prisonnier* ~ sous|decombres|gravats|eboulement|avalanche|flammes",
    "bebe|enfant|enfants|KIN ~ enferm* ~ voiture|auto",
    "BODY ~ bat|repond|obeit plus",
    "coeur ~ lache|arrete|emballe",
    "WHO|HE s|m etrangle|etouffe*",
    "manque* ~ air|oxygene",
    "cherche ~ son air|souffle",
    "plus d air|souffle",
    "arriv*|peu* plus|pas ~ reprendre|respirer|souffler ~ souffle|respiration|air",
    "aval* ~ boites|plaquette*|flacon|tube|boite|plaquettes",
    "WHO ~ au fond|milieu d|de|du ~ WATER",
    "voit|vois|sens|sent ~ tete ~ bebe|sort",
    "en train de|d ~ taper|frapper|cogner|battre|defoncer|bruler|cramer|craquer|effondrer|ecrouler ~ sa|son|sur|ma|mon|la|les|un|une|chez|nous|en",
    "WHO ~ avec|a ~ une|un WEAPON",
    "prepare*|noue|accroche*|attache* ~ corde|noeud",
    "m immole|immolerai",
    "WEAPON ~ a cote de moi",
    "WEAPON ~ dans|sur ~ main|tempe",
    "vais|va|veux|veut|capable|peur|risque|pourrais|ferai ~ une betise|connerie",
    "partir pour|a toujours|jamais",
    "menac* ~ tout|immeuble|maison|mairie|nous|vous ~ sauter|exploser|tuer|bruler|casser",
    "on|il|ils me|nous braque|braquent",
    "^ ~ je vais sauter $",
    "personne ~ me pleurera|regrettera",
];
/// Signs of what lasts from day to day: only paperwork tells that it is no emergency.
const LASTING: &[&str] = &[
    "respir* ~ mal|difficile*|bizarre*|peine|difficult*",
    "mal|peine|difficult* a respirer",
    "WHO|HE ~ bouge|bougent|reagi* plus !la|le|les|a|sa|son|mon|ma",
    "KIN|HE ~ repond|repondent plus !au|a|aux",
    "arriv* ~ plus|pas a ~ reveiller",
    "se reveille|reveillent plus|pas",
    "appel* ~ pompiers|samu|ambulance|police|secours|gendarmes ~ vite",
    "vite ~ pompiers|samu|ambulance|police|secours|gendarmes",
    "appelez|appelle les|la|le|une|l|des pompiers|samu|ambulance|police|secours|gendarmes",
    "envoy* ~ pompiers|samu|ambulance|police|secours|gendarmes|medecin",
    "faut|besoin|veux|voudrais|urgence d|des|les|une|l|le|un pompiers|samu|ambulance|secours",
    "suicide|mort|vie en cours|jeu|danger",
    "suis|est|sens en danger",
    "danger de mort",
    "tent* de ~ suicid*|tuer|pendre",
    "se suicider",
    // Blows by somebody known.
    "WHO|HE|qui|on ~ m|l|me|la|le|les|nous ~ frapp*|tabass*|cogn*|bats|bat|battu|battue|battent|viole|violee|etrangl*|gifl*|poignard*|sequestr*|brutalis*|maltraite*|violente*",
    "WHO|HE ~ me|m|nous|lui tap* dessus|sur|!le",
    "me|m|nous|lui tap* dessus|sur|contre",
    "il|elle|mari|compagnon|copain|ex|conjoint ~ me|m|nous ~ tape|tapent|frapp*|bat|battu|battue|violent*",
    "WHO|HE|on|qui ~ frapp*|bat|battent|tape|tabass*|maltraite*|cogn*|secoue|gifl*|viole|etrangl*|agress* ~ KIN|femmes|filles",
    "KIN ~ est|sont|suis ~ frapp*|battu*|maltrait*|tabass*",
    "HE|KIN|ex|STRANGER m a|ont ~ enferme*|sequestre*|etrangle*|pousse*|gifle*|cogne*|tabasse*|viole*|brule*",
    "HE|KIN|ex ~ me|m touche|touchait|tripote|caresse",
    "m a ~ casse ~ bras|nez|dent*|cote*|jambe|machoire|doigt*",
    "m|me|lui|nous ~ coup|coups|gifle*|claque*|baffe*|raclee ~ poing*|pied*|tete|ventre|visage",
    "m|me|lui ~ mis|met|mettre|donne|fout* ~ gifle*|baffe*|raclee|coups",
    "suis ~ battue|battu|violee|frappee|maltraitee|sequestree|sequestre",
    "KIN ~ me|m ~ tap*|frapp*",
    "WHO ~ se fait|font ~ battre|frapper|taper|tabasser|violer|agresser|cogner",
    "suis ~ enfermee|enferme ~ par",
    "HE|KIN|ex casse|cassent tout",
    "WHO|HE ~~ avec un|une|son ~ WEAPON",
    "me fais|fait|font ~ battre|frapper|taper|violer|tabasser|cogner|suivre|etrangler|harceler",
    "se|s|faire|fait ~ battre|frapper|taper|tabasser|violer|agresser ~ par|en|dans|devant|sous|la",
    "violent|violente|violents avec|envers|contre",
    "peur|terrifie* de lui|mon|ex|son|notre mari|ex|compagnon|conjoint|copain|pere|frere",
    "peur de|d lui|elle",
    "peur pour ma|sa|notre vie",
    "attouchement*|pedophile|incest*",
    "touche|abus* ~ ma|mon|de|moi ~ fille|fils|petite|petit|moi|sexuel*",
    // Somebody threatens.
    "STRANGER|on|HE ~ me|nous|m|la suit|suivent|poursui*|traque*",
    "STRANGER ~ suit|suivi|suivis|suivent|poursui*|aborde*|touche*|guette*|attend* ~ ma|mon|mes|les|des|la ~ fille|fils|enfant*|femme|soeur|petite|petit|gamin*|filles|collegien*|fillette*|ados",
    "suis|est|sommes suivie|suivi|suivis|suivies par ~ STRANGER|CAR",
    "suis suivie $",
    "STRANGER ~ rode*|guett*|exhib*|masturb* ~~ ecole|enfant*|college|chez|maison|fenetre|porte|fille*|parc",
    "STRANGER ~ est ~ dans|derriere|sur ~ mon|ma|notre jardin|maison|porte|cave|garage|balcon|terrasse|appartement|cour|toit|chambre",
    "s exhib*",
    "monter ~ dans ~ voiture|camionnette ~ enfant*|fille|fils|inconnu|homme",
    "fait|faire|fasse ~ monter ~ fille|fils|enfant*|petite|gamin* ~ dans",
    "menac* ~ de|avec|d ~ me|nous|la|le|les|m tuer|frapper|egorger|bruler|violer|planter",
    "mari|compagnon|conjoint|ex|copain|STRANGER|HE ~ me|nous|m menace*",
    "STRANGER|WHO|HE ~ a|avec|arme|sort*|brandi*|tien* un|une|des|son|d|de ~ WEAPON",
    "STRANGER|homme arme|armes|armee",
    "colis|sac|valise|bagage|paquet ~ suspect*",
    "y a ~ colis|sac|valise|bagage ~ abandonne*",
    "trouv*|pose*|y|avec ~ bombe|obus|grenade|explosif*",
    "STRANGER entre*|rentre*|est|a|dans ~~ entre*|rentre*|introdui*|penetre* ~ chez moi|nous",
    "y a STRANGER ~ chez|dans|derriere|sur|sous ~ moi|nous|maison|porte|jardin|balcon|garage|fenetre|cave|appartement|escalier|toit|lit",
    "entend*|entends ~ STRANGER|pas|bruit* ~ chez|dans|en ~ moi|maison|bas|salon|cave|grenier",
    "en train de ~ cambrioler|forcer|defoncer|casser|fracturer|rentrer|entrer ~~ porte|fenetre|chez|maison|voisin*|vitre|appartement",
    "!a|ont|avait defonc*|forcent|force ~ ma|la|notre porte",
    "STRANGER casse|defonce|force|fracture|cassent|forcent ~ porte|fenetre|vitre*|carreau*",
    "STRANGER qui casse|defonce|force|fracture|cassent|forcent ~ porte|fenetre|vitre*|carreau*",
    "entend*|entends|hurle*|crie*|criai* ~~ frapp*|tap|secours|aide|coups|tuer|battre|bat|tabass*|cogn*",
    // Who is missed.
    "KIN a|est|sont|ont ~ disparu*|introuvable*|fugue",
    "KIN … a|est|ont disparu*|introuvable*|fugue",
    "KIN ~ enlevee|kidnapp*",
    "KIN ~~ le|la|l retrouve|trouve|retrouvons|retrouvent plus|pas",
    "enlev* ~ ma|mon|un|une|la|le KIN",
    "trouv*|retrouv* plus|pas|jamais ~ ma|mon|le|la fille|fils|bebe|petit|petite|gamin|gamine|enfant|garcon|mere|pere|mari|mamie|papi|femme",
    "perdu ma|mon|le|la|un ~ fille|fils|petit|petite|gamin|gamine|enfant|garcon ~ au|dans|marche|foire|magasin|foule|parc|plage|foret|fete",
    "KIN ~ est|sont pas|jamais|plus rentre*|revenu*",
    // A side that fails.
    "plus|pas ~ force|sensation*|sensibilite ~ BODY",
    "sens|sent|sentent|bouge|leve|lever|bouger plus|pas|rien ~ BODY",
    "arriv*|peu* ~ plus|pas ~ bouger|lever|plier|articuler|parler !a|avec ~ BODY",
    "comme si|quelquun ~ avait|bu|saoul ~ bu|saoul",
    "respir* ~ coups|vite|ronfle|siffle*|faible*|peu",
    "tremble* de partout|froid",
    // Who does not answer the door, or wanders.
    "WHO ~~ ouvre|repond plus|pas ~~ depuis|volet*|sonne*|odeur|courrier|gemi*|appel*",
    "entend* ~~ gemi*|gemissement*|agoni*|ralent|rale|appel* a",
    "CHILD ~ seul|seule|seuls ~ dans|au|bord|dehors|route|maison|depuis|parking|rue|quai|dedans",
    "CHILD ~~ hurle*|pleure*|crie* ~~ seul|seule|seuls|depuis|secours",
    "WHO|HE ~~ pyjama|chemise|nu|nue|nus|chaussons ~ milieu|route|rue|dehors|nuit|neige|froid",
    "KIN|HE ~~ on|je|nous le|la|l trouve*|retrouve* plus|pas|nulle",
    "cherche partout ~ trouve*|retrouve*",
    "milieu|bord|bande ~ autoroute|nationale|rocade ~~ KIN|homme|dame",
    "KIN|homme|dame ~~ milieu|bord de|d ~ autoroute|nationale|rocade|route|rails|voie|chaussee",
    // Who is held, or has somebody at the door.
    "retient|retiennent|enferme|enfermee|enfermes|enferment ~ nous|me|m|dans|ici",
    "nous|me|m retient|retiennent|enferme|enferment",
    "laisse* pas|plus ~ sortir|partir",
    "cambrioleur*|intrus|rodeur* ~ dans|chez",
    "STRANGER ~ est|sont ~ derriere ~ porte|moi|fenetre",
    "enferm* ~~ lame|lames|rasoir|couteau|medicaments|cachets|gaz",
    "fou|malade|dingue|forcene ~ avec",
    "WHO ~ massacre*|etrangle ~ KIN|femme",
];
/// Signs of what may be over.
const TOLD: &[&str] = &[
    // The body.
    "respirait|respiraient|bougeait|bougeaient|repondait|reagissait plus|pas",
    "perdu|perd|perdre|perds ~ connaissance|conscience",
    "evanoui*|inanime*|inconscien*|comateu*",
    "dans le|coma coma",
    "dans les pommes",
    "convulsion*|convulse*",
    "crise d|de ~ epilepsie|epileptique|cardiaque|tetanie|asthme|allergi*|angine",
    "fait|fais|faire|refait|refaire|font|eu|a|vient|victime|ait ~ avc|malaise*|infarctus|attaque|hemorragie|convuls*|oedeme|embolie|rupture|hypoglycemi*|hypothermi*|hydrocution",
    "malaise|avc|infarctus|hemorragie ~~ vite|urgence|la|maintenant|aide*",
    "fait|fais|font|faire ~ a v c",
    "choc|reaction|oedeme allergi*|anaphyla*|quincke|de",
    "crise ~ foutre|cardiaque",
    "mal|douleur*|serre*|pression|brulure|pese*|oppress*|point|etau|barre ~~ poitrine|thorax|torax|torse|sternum",
    "poitrine ~ serre*|mal|brule*|oppress*|ecras*|douleur*",
    "parl*|bouche|visage|figure|levre ~ bizarre*|travers|tord*|tordu*|deform*|paralys*|pateu*|tombe*|charabia|importe",
    "cote|bras|jambe|moitie ~ paralys*|engourdi*|mort|morte ~ cote|parl*|visage|bouche|plus|poitrine",
    "paralys* ~ cote|moitie|visage|bras|jambe*",
    "WHO|HE|je|ca|j ~ saign*",
    "sang ~ beaucoup|plein|mare|flaque",
    "beaucoup|plein|mare|flaque|couvert|couverte|baigne|baignait|vomi*|crach* ~ sang",
    "hemorragi*",
    "WHO|HE|je|j|elle ~ s|m|me est|suis|etait|a|es ~ ouvert|coupe|coupee|tranche*|entaille*|arrache*|sectionne*|plante* ~ veine*|tete|crane|main|doigt*|bras|jambe|arcade|gorge|poignet*|pied|cuisse|artere|ventre",
    "aval* de travers",
    "coinc* ~ gorge|trachee",
    "quelque|chose|arete|os|noyau|bonbon|cacahuete ~ dans la gorge",
    "s est|etait ~ noye*|etouffe*|etrangle*",
    "en train de ~ se|s ~ noyer|etouffer",
    "intoxiqu*|empoisonn*",
    "ethylique",
    "mord*|pique* ~ vipere|serpent|scorpion",
    "pique* ~ plein|plusieurs|partout|essaim|dizaine*|allergi*",
    "allergi* ~~ pique*|mange|aval*|rouge|boutons|plaques|gonfl*",
    "pique*|mange|aval* ~~ allergi*",
    "chien|chiens|pitbull|rottweiler ~~ attaque*|mord|mordu|mordent|mordre ~ WHO|me|gens|moi",
    "WHO|suis|ete|fait ~ attaque*|mordu*|mordre ~ par|chien*",
    "chien|chiens m|l|nous|les|la|me a|ont|attaque*|mord ~ mord*|attaque*",
    "KIN|HE accouche !a|le|dans|en|sous|bientot",
    "va|vais|viens ~ accoucher ~ maintenant|la|ici|voiture|suite|vite|dans",
    "perdu|perd|perds|rompu|perdre ~ les|poche eaux|des",
    "poche des eaux",
    "bebe arrive|sort|vient ~ la|maintenant|vite|voiture|maison|suite|train",
    "bebe arrive $",
    "contractions",
    "perdre|perd|perds le|mon|son bebe",
    "fausse couche",
    "s|m|me|se est|suis|etait ~ brule*|ebouillante*|asphyxie*",
    "WHO|HE ~ ete|est|a ~ brule|brulee|brules ~ visage|corps|main*|bras|jambe*|huile|eau|barbecue|grave*|degre",
    "brul* ~ grave*|vif|degre|vive",
    "feu ~ sur|a ~ lui|vetements|cheveux|habits",
    "doigt*|main|fourchette|couteau ~ dans ~ prise",
    // Falls and crashes.
    "WHO|je|suis ~ tombe|tombee|tombes|tombees|chute ~ dans|du|de|depuis|d|sous",
    "WHO|je|suis ~ tombe*|chute ~ trottoir|route|sol|tete|terre|toit|balcon|fenetre|mur|arbre",
    "WHO|HE|je|suis ~ tombe*|chute ~ verglas|carrelage|rails|voie|escalier*|echelle|etage|echafaudage|marches|baignoire|lit|douche|cave",
    "WHO|HE|je|qui|personne ~ tombe* ~~ bouge*|repond*|reagi*|releve*|reveille*|inconscient*|parle*|sang|saign*|mal|casse*|hanche|col|tete|coince*|gemi*",
    "KIN|suis ~ tombe|tombee $",
    "fait|faire|a ~ chute|chuter ~ dans|de|du|d|escalier*|tete|grave*|velo|moto|metres|toit|echelle",
    "mauvaise|grosse|grave chute",
    "arriv*|peu* ~ plus|pas ~ se|me|la|le|a|pas relever|lever",
    "WHO|HE ~ s est ~ effondre|effondree|ecroule|ecroulee|affale* !sur|le",
    "WHO|HE ~ git|gisant|gisait",
    "WHO ~ allonge*|etendu*|couche*|inerte* ~ par|sol|trottoir|route|terre|rue|sur|bouge*|dans|en|devant|la",
    "WHO|blesse|blessee ~ par|au terre|sol !pour",
    "par terre ~ bouge*|repond*|inconscient*|sang",
    "effondr*|ecroul* ~ sur ~ WHO|moi|nous|lui|elle|maison",
    "effondr*|ecroul* ~~ gens|quelquun|dessous|dedans|coince*|blesse*|enfants",
    "dessous|dedans|coince*|blesse* ~~ effondr*|ecroul*",
    "y|a|vient|viens|eu|vu ~ accident",
    "accident ~ grave|blesse*|mort*|voiture*|moto|terrible|affreux|route|velo|vient|train",
    "voiture|voitures|CAR ~ rentre* dedans",
    "CAR ~ renverse*|percut*|fauche*|ecrase*|heurt* ~ WHO|quelquun|me|m",
    "WHO|HE|suis|s ~ ete|fait|est|etre ~ renverse*|percut*|fauche*|ecrase*|heurt*",
    "CAR ~ tombe*|parti*|plonge*|fini*|chut*|bascul*|foncer|fonce* ~ dans|en ~ WATER|contrebas|vide",
    "CAR ~ dans ~ WATER ~~ WHO|dedans|coule*|dessous|occupant*",
    "CAR ~ retourne*|tonneau*|en|prend ~ feu|toit|flammes|tonneaux",
    "CAR ~ encastr*|accidente*|tonneau*|carambol*",
    "carambolage|collision",
    "bus|car|train ~ renverse|retourne|couche|deraille*",
    "WHO|HE ~ dans ~ WATER ~~ crie*|coule*|debat*|nage*|remonte*|emporte*|tombe*|saute*|noye*",
    "WHO|HE ~ tombe*|saute*|jete*|glisse* ~ a|dans ~ WATER",
    "y a|avait ~ blesse|blesses|blessee|mort|morts|victime|victimes",
    "WHO|HE|je|suis ~ est|suis|sont ~ blesse|blessee|blesses",
    "blesse* ~ par terre|grave*|grievement",
    "grave* blesse*",
    "coince*|bloque*|enferm*|prisonni* ~ dans ~ ascenseur|voiture|cave|decombres|puits|trou|cabine|machine|tracteur|eau|incendie",
    "WHO|HE|on|sommes|suis|je|y ~ coince*|enseveli*|ecrase* ~ sous|dessous|dedans|entre",
    // Who may be dead.
    "crois|crains|pense*|peur|dirait|impression ~~ KIN ~ mort|morte|decede*",
    "crois|pense*|dirait|impression|peur ~ HE|elle ~ mort|morte|mourir",
    "KIN|homme|dame ~~ mort|morte ~~ sent|odeur|repond*|porte|bouge*",
    "trouv*|decouv* ~~ WHO ~ mort|morte|inanime*|pendu*|inconscient*|terre|sang",
    "trouv*|decouv* ~ corps|cadavre",
    "y a ~ corps|cadavre",
    "WHO|HE|je ~ va|vais|vont ~ mourir|claquer|y|crever !de",
    "KIN ~ repond* ~ plus|pas|jamais ~ porte|sonne*|frappe*|appel*|depuis",
    "odeur|sent|pue ~~ mort|cadavre",
    "vu|voit|vois ~ voisin|voisine|dame|homme ~~ depuis ~ jours|semaine",
    // Caught, or in the water.
    "digue|barrage ~ lache|cede|rompu",
    "on|nous est|sommes ~ sur le toit",
    "arbre|branche|mur|poteau|tuile*|toit|pierre*|rocher*|grue|echafaudage|CAR|armoire|portail ~ tombe* ~ sur ~ WHO|moi|lui|elle|nous",
    "WHO coince|coincee|coinces|bloque|bloquee|bloques",
    "WHO ~ est|sont ~ coince|coincee|coinces",
    "quelquun|gens|enfant|enfants ~ dedans|dessous",
    "canoe|bateau|barque|kayak|paddle|pedalo|voilier ~ retourne*|chavire*|coule*",
    "WHO|HE ~ coule* ~ WATER",
    "y a ~ WHO ~ dans la|le|l eau|riviere|canal|fleuve|torrent|port|puits|ravin",
    "crue|deborde*|inond* ~~ coince*|bloque*|piege*",
    "eboul*|avalanche|effondrement ~~ WHO|dessous|coince*|maison",
    "eboulement|avalanche ~ sur",
    // Fire.
    "y a|avait|aurait ~ feu|incendie|flammes",
    "le feu a|chez|dans|au|prend|sur|partout",
    "le feu est ~ chez|dans|parti|pris|cuisine|maison|hors",
    "depart de feu|incendie",
    "WHO|HE|je viens|vient ~ tomber|chuter",
    "un incendie",
    "a|ont|prend|prennent|pris feu",
    "en feu",
    "en flammes",
    "incendie ~ en|chez|au|dans|train ~ cours|moi|voisin*|etage|immeuble",
    "maison|immeuble|CAR|appartement|toit|cuisine|garage|foret|hangar|grange|ecole|poubelle|container|conteneur|benne|usine|batiment|gymnase|champ|friteuse|matelas|canape|poele|prise|cave|rideaux|colline|balcon|escalier|etage|restaurant|boulangerie|couloir|palier ~ brule|brulent|cramer|crame|flambe|flambent|feu",
    "ca|tout brule|crame|flambe chez|dans|a|au|la|en|partout|derriere|sur",
    "flammes ~ sort*|haut*|grand*|partout|fenetre*|toit|chez|voi*|dans",
    "voi*|des|grandes|grosses flammes",
    "fumee* ~~ sort*|noir*|partout|plein|epais*|rempli*|cage|escalier|immeuble|appartement|etage|gymnase|couloir|chez|dessous|cuisine|toit|fenetre*|batiment|cave|grenier|monte*|envahi*",
    "plein|beaucoup|rempli*|sort*|envahi*|grosse|epaisse|sent|pleine ~ fumee*",
    "explosion",
    "bouteille|gaz|chaudiere|immeuble|maison|transfo*|appartement|usine|poste|cocotte ~ explos*",
    "cable|cables|fil|fils|ligne|lignes|poteau|pylone|poteaux ~ electri*|tension|courant ~~ tombe*|terre|cloture|voiture|arrache*|etincelle*|pend*|gresill*|route|sol|denude*|sectionne*|decroche*|trottoir|couche*|ecrase*",
    "tombe*|arrache*|denude*|pend*|decroche* ~~ cable*|fil|fils|ligne* ~ electri*|tension|courant",
    "etincelles ~~ cable|poteau|prise|compteur|transfo*|fil|tableau|lampadaire",
    "CAR|prise|compteur|tableau|cable|poteau|transfo* ~~ etincelles",
    "pris|recu|prend ~ decharge|courant|jus !electr",
    // Assault.
    "agress*|tabass*|poignard*|etrangl* ~ WHO|dans|devant|en|la|au|par",
    "suis|est|sommes|sont|etait fait ~ agresser|violer|tabasser|frapper|attaquer|poignarder|planter|egorger",
    "train de se battre|bagarrer|taper",
    "se battent|bat|battre ~ a|avec ~ coups|couteau*|barre*|arme*",
    "agression|bagarre|rixe|lynch* ~ en|devant|dans|la|au|rue|cours",
    "bagarre",
    "WHO|ils|gens|jeunes|bandes ~ se battent|bat|tapent|battre|bagarrent|tabassent",
    "m a|ont|avait ~ frapp*|agress*|viol*|attaqu*|poignard*|tire",
    "viens|vient|venons|viennent de ~ agresser|violer|tirer|attaquer|poignarder|frapper|cambrioler",
    "cambriol*|cambrioleur* ~ en|train|maintenant|la|chez ~ cours|moi|voisin*|maintenant|la",
    "des cambrioleurs",
    "train ~ cambriol*",
    "STRANGER|HE|qui|on ~ essai*|essay*|tent*|veu*|train ~ entrer|rentrer|ouvrir|penetrer|introduire|forcer|fracturer ~ chez|maison|appartement|fenetre|porte|cave|jardin|volet*|serrure",
    "forc*|fractur*|defonc* ~ porte|fenetre|volet*",
    "STRANGER|HE|on|qui ~ est|sont ~ entre*|rentre*|introdui* ~ chez|par|dans ~ moi|nous|fenetre|balcon|maison|KIN",
    "rentr*|entr* ~ chez moi|nous ~ par",
    "tent* ~ d enlever|enlevement",
    // Suicide told.
    "suicide|suicides|suicidaire|suicidaires|suicidee|suicider",
    "s|m est|suis|etait|a ~ pendu*|suicide*|jete*|defenestr*|ouvert|tue|tuee|tire ~ pont|fenetre|train|balcon|vide|veines|balle|corde",
    "s est|etait pendu*|suicide*|tue|tuee|defenestr*",
    "envie|veux|vais|voudrai*|veut|voulait|pens*|songe*|decide*|pret|prete|besoin ~ en finir",
    "tient|tenait ~ poitrine|coeur",
    "tous|toutes|famille|plusieurs ~ mal|malades|malade a|de|comme|d|depuis|apres",
    "en|d|fait|est hypo|hyperglycemie|hypoglycemie",
    "dans les vapes|choux",
    "s|me est|suis|etait ~ cogne*|assomme*",
    "BODY ~ coince*|ecrase*|broye*|transperce*|arrach*|prise|pris ~ dans|par|sous|machine",
    "plante*|enfonce*|rentre* ~ dans ~ la|le|l|son|sa|mon BODY",
    "WHO|HE|je ~ recu*|pris|prend ~ sur|dans ~ tete|figure|crane|nuque|visage",
    "passe* ~ travers ~ toit|vitre|plancher|verriere|baie|fenetre",
    "WHO|CAR ~ est|suis|vient ~ pris|prendre|encastre ~ CAR|mur|arbre|poteau|platane",
    "CAR ~ retourne*|renverse*|tombe* ~ sur ~ WHO|moi|lui",
    "CAR ~ fosse|ravin ~~ WHO|dedans",
    "sent|odeur ~ brule|crame|roussi ~~ fumee|partout|immeuble|couloir|porte|fort|prise|tableau|maison",
    "fumee* ~ sous|porte",
    "deborde*|inond*|crue|eau ~~ WHO ~ est|sont|reste* ~ dans|a|sur|coince* ~ cave|etage|maison|toit|voiture|interieur",
    "plafond|toit|mur|balcon|plancher|immeuble|maison ~ tombe|tombee|effondr*|ecroul*|craque*|cede* ~ dessus|sur|nous|moi|partout",
    "vient|viens de ~ tomber|effondrer|ecrouler ~ dessus|sur",
    "poteau|pylone|arbre|branche|ligne|lignes ~ tombe* ~~ fil|fils|cable*|ligne* ~ dessus|terre|route|sur",
    "fuite|fuit|odeur|nuage|renverse* ~~ toxique|chimique|chlore|ammoniaque|acide",
    "fuit ~~ pique*|tousse*",
    "KIN ~ delire|delirer|divague",
    "vient|viens|venait de tomber|chuter ~ toit|arbre|echelle|balcon|fenetre|escalier*|eau|falaise|pont",
    "sait plus|pas ~ quel|comment jour|il|elle",
    "main|mains ~ autour ~ cou",
    "eau ~ genou*|cuisse*|taille",
    "plafond|toit|mur|balcon|tribune ~ tombe*|effondr*|ecroul* ~~ eleves|enfants|gens|dessous|quelquun|monde",
];

/// The town hall's business: whoever speaks of it is not in danger now.
const PAPERS: &[&str] = &[
    "dossier*|attestation*|certificat*|assurance*|assureur|papier|papiers|formulaire*|justificatif*|document*|facture*|demarche*|remboursement|rembours*|subvention*|indemni*|obseques|succession|concession|pension",
    "declar*",
    "constat",
    "rendez vous",
    "annul*|report*|absent|absente|absence|excuser",
    "inscri*",
    "acte de|d",
    "carte d|de|mobilite",
    "exercice",
    "cours ~ pour|de",
    "des cours",
    "formation*|stage*|conference*|prevention|sensibilis*|benevol*|recrut*",
    "enterr*|funerail*|incinera*|mediation",
    "accident du|de travail|trajet",
    "autorise*|autorisation|interdit|permis|droit de",
    "en cas d|de",
    "au cas ou",
    "s il y|arriv*",
    "si jamais",
    "aide a domicile|menagere",
    "portage|apa|mdph|pai|conge|conges",
    "a quelle heure",
    "autoroute",
    "detecteur ~ obligatoire|installer|fumee",
    "film|livre|spectacle|theatre|roman|exposition",
    "catastrophe naturelle",
    "serai|suis|arrive*|serons|sera ~ en retard",
    "aides|aide ~ existe*|quelles|financiere*|domicile",
    "que dit la loi",
];
/// What the town hall is asked for beside an accident that was told of.
const BUSINESS: &[&str] = &[
    "a cause d|de|du|des",
    "signaler|signale|signalement|plainte|reclamation|responsable*",
    "repar*|rebouch*|refaire|securis*|dalle|dalles|trou|trous|nid|panneau|panneaux|ralentisseur*|passeport*|salage|sale|saler",
    "verglas|verglac*",
    "trottoir|chaussee|route|rue|place|sol|escalier|marches ~ defonc*|casse*|abime*|descelle*|glissant*|verglac*|dangereu*|pete*",
];
/// It is over.
const PAST: &[&str] = &[
    "hier",
    "semaine|mois|annee|an|ete|hiver|week|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|weekend|end|fois|nuit|jeudi dernier*|passe|passee|precedent*",
    "il y a|avait !le|quelquun ~ jour|jours|semaine|semaines|mois|an|ans|longtemps|annees",
    "y a ~ jours|semaine|semaines|mois|an|ans|longtemps|annees",
    "ca fait ~ jours|semaines|mois|ans|longtemps",
    "l autre jour|soir|nuit",
    "pendant|durant les|mes|nos|l ~ vacances|absence|ete|conges",
    "lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche",
    "en janvier|fevrier|mars|avril|mai|juin|juillet|aout|septembre|octobre|novembre|decembre|2020|2021|2022|2023|2024|2025",
    "quand j etais",
    "pompiers|gendarmerie|gendarmes|police|samu ~ passe|passes|passee|emporte*|venu*|intervenu*|degage*|repartis",
    "a l epoque",
    "mois prochain",
    "tous|toutes les jours|soirs|matins|nuits|semaines|ans|mois|annees|week|samedis|dimanches|fois|lundis|vendredis",
    "chaque jour|soir|matin|nuit|fois|semaine|annee|pluie|hiver|ete|orage|week|annee",
    "souvent|parfois|regulierement",
];

/// Sentences that tell of danger, and sentences that only resemble some: one a line; those after a hash are titles.
const DANGER: &str = include_str!("emergency/danger.txt");
const CALM: &str = include_str!("emergency/calm.txt");
/// How much one of these counts beside one of all that callers say.
const WEIGHT: f32 = 8.0;
/// From these log odds on, it is danger; fewer words must tell more.
const LIKELY: f32 = -0.5;
const LIKELY_OF_FEW: f32 = 1.0;
const FEW: usize = 7;
/// "Au revoir", "12": fewer yet tell nothing.
const HARDLY_ANY: usize = 4;
/// From these on, it is, whatever else is spoken of; below those, even what may be told by the rules is none.
const SURE: f32 = 2.0;
const UNLIKELY: f32 = -2.5;
/// How much the meaning adds to the odds of the words: so much for each point that its score is above this one. Of 1100
/// calls for help that nothing was learned from it hears 56 more, with as many false alarms.
const MEANING: f32 = 8.0;
const DOUBTFUL: f32 = 0.4;
/// Below these, with what the meaning adds, no rule holds.
const NEVER: f32 = -3.0;
/// One in so many of what callers usually say is learned from for the meaning.
const USUAL: usize = 8;

/// The rules, read.
struct Rules {
    likely: Likely,
    harmless: Patterns,
    now: Patterns,
    lasting: Patterns,
    told: Patterns,
    papers: Patterns,
    past: Patterns,
    business: Patterns,
    somebody: Patterns,
    beast: Patterns,
    thing: Patterns,
}

static RULES: LazyLock<Rules> = LazyLock::new(|| {
    let read = |patterns| Patterns::new(patterns, LISTS);
    let example = |danger, weight| {
        move |text: &'static str| Example {
            words: said(text),
            danger,
            weight,
        }
    };
    let danger = sentences(DANGER).map(example(true, WEIGHT));
    let calm = sentences(CALM).map(example(false, WEIGHT));
    let usual = topics::usual().map(example(false, 1.0));
    let examples: Vec<Example> = danger.chain(calm).chain(usual).collect();
    Rules {
        likely: Likely::learn(LISTS, &examples),
        harmless: read(HARMLESS),
        now: read(NOW),
        lasting: read(LASTING),
        told: read(TOLD),
        papers: read(PAPERS),
        past: read(PAST),
        business: read(BUSINESS),
        somebody: read(&["WHO|je|j|m|me|nous|on"]),
        beast: read(&["BEAST"]),
        thing: read(&["THING ~~ bouge|repond|reagi* plus|pas"]),
    }
});

/// Somebody's danger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Danger {
    /// It goes on, or may.
    Lasts,
    /// It befell somebody, and what is asked for may be the town hall's business.
    Befell,
}

/// Whether somebody is in danger, from what was said, and from how much its meaning is like danger ([`Sense::score`]), where
/// that is known.
pub fn danger(text: &str, meaning: Option<f32>) -> Option<Danger> {
    let said = said(text);
    let odds = RULES.likely.odds(&said) + meaning.map_or(0.0, |score| MEANING * (score - DOUBTFUL));
    if meaning.is_some() && odds < NEVER {
        return None;
    }
    let (likely, sure) = match said.len() {
        ..HARDLY_ANY => (false, false),
        HARDLY_ANY..FEW => (odds >= LIKELY_OF_FEW, odds >= SURE),
        _ => (odds >= LIKELY, odds >= SURE),
    };
    let mut words = said;
    RULES.harmless.replace(&mut words, "…");
    if sure || RULES.now.any(&words) {
        return Some(Danger::Lasts);
    }
    let only_beasts = RULES.beast.any(&words) && !RULES.somebody.any(&words);
    if only_beasts || RULES.papers.any(&words) {
        return None;
    }
    if RULES.lasting.any(&words) && !RULES.thing.any(&words) {
        return Some(Danger::Lasts);
    }
    if RULES.past.any(&words) {
        return None;
    }
    let told = RULES.told.any(&words);
    match () {
        () if told && RULES.business.any(&words) => Some(Danger::Befell),
        () if told && odds >= UNLIKELY => Some(Danger::Lasts),
        // What only sounds like it hushes nothing that is asked for.
        () if likely => Some(Danger::Befell),
        () => None,
    }
}

/// What meanings of danger are learned from: each sentence, with whether it is danger.
pub fn examples() -> Vec<(&'static str, bool)> {
    let danger = sentences(DANGER).map(|text| (text, true));
    let calm = sentences(CALM).chain(topics::usual().step_by(USUAL));
    danger.chain(calm.map(|text| (text, false))).collect()
}

fn sentences(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// The words that may tell of danger.
fn said(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for word in normalise::folded_words(text) {
        let before = words.last().map(String::as_str);
        match (before, word.as_str()) {
            // "Il ne bouge vraiment plus du tout": what comes between the words that count.
            (
                _,
                "ne" | "n" | "meme" | "hein" | "voila" | "enfin" | "genre" | "euh" | "heu" | "hum" | "ben" | "bah"
                | "tres" | "vraiment" | "vachement" | "tellement" | "super" | "presque" | "completement" | "quasiment"
                | "juste" | "carrement" | "putain",
            ) => {}
            // "Ma ma mère": said twice.
            (Some(before), again) if before == again && !matches!(again, "nous" | "vous") => {}
            (Some("pour"), "toujours") => words.push(word),
            (_, "toujours") => {}
            (_, "ya") => words.extend(["y".to_owned(), "a".to_owned()]),
            (_, "chuis" | "jsuis") => words.extend(["je".to_owned(), "suis".to_owned()]),
            (Some("quelqu"), "un") => *words.last_mut().expect("it was seen") = "quelquun".to_owned(),
            // "Personne" alone is nobody.
            (Some("une" | "cette" | "la"), "personne") => words.push("quelquun".to_owned()),
            // "Monsieur" alone is who listens.
            (Some("un" | "le" | "ce" | "du"), "monsieur") => words.push("homme".to_owned()),
            _ => words.push(word),
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of `text`, the sentences that are danger if `is_danger`, else those that are none.
    fn found(text: &'static str, is_danger: bool) -> Vec<&'static str> {
        sentences(text)
            .filter(|said| danger(said, None).is_some() == is_danger)
            .collect()
    }

    #[test]
    fn danger_is_heard() {
        let missed = found(DANGER, false);
        assert!(missed.is_empty(), "{missed:#?}");
    }

    #[test]
    fn what_only_resembles_danger_is_none() {
        let alarms = found(CALM, true);
        assert!(alarms.is_empty(), "{alarms:#?}");
    }

    /// Their words were not learned from; most of the rules were written before them.
    #[test]
    fn what_was_never_heard_is_told_apart_as_well() {
        let (calls, calm) = (
            include_str!("emergency/unheard_danger.txt"),
            include_str!("emergency/unheard_calm.txt"),
        );
        let (missed, alarms) = (found(calls, false), found(calm, true));
        assert!(missed.len() * 4 < sentences(calls).count(), "{missed:#?}");
        assert!(alarms.len() * 20 < sentences(calm).count(), "{alarms:#?}");
    }

    #[test]
    fn what_is_said_on_any_telephone_is_no_danger() {
        for calm in [
            "Au revoir.",
            "Une personne.",
            "Je ne veux plus.",
            "J'y vais.",
            "Bernard Petit",
            "Mademoiselle Fournier avec un F",
            "12, rue des Tilleuls",
            "Au quatre impasse du Moulin, troisième étage",
            "Le père et la mère",
            "Ma mère",
            "Le douze à quatorze heures",
            "L E F È V R E",
            "Martine Collet, j'ai soixante-trois ans",
        ] {
            assert_eq!(danger(calm, None), None, "{calm}");
        }
    }

    #[test]
    fn beside_an_accident_something_may_be_asked_for() {
        for both in [
            "Ma mère est tombée à cause d'une dalle descellée rue des Lavandières, je veux le signaler",
            "Je n'ai plus de passeport, on a eu un accident à Londres",
            "Il y a eu un accident au carrefour, il faudrait un panneau",
            "Le trottoir est tout défoncé, ma mère est tombée",
            "Mon fils est tombé dans un trou de la chaussée, il faut le reboucher",
            "La rue est verglacée, une dame vient de tomber, quand passe la saleuse",
        ] {
            assert_eq!(danger(both, None), Some(Danger::Befell), "{both}");
        }
        for urgent in [
            "Ma mère est tombée sur le trottoir, elle se relève plus",
            "Mon mari est tombé dans l'escalier",
            "Il y a eu un accident devant la mairie, il y a des blessés",
            "Une dame est tombée à cause d'une dalle, elle ne respire plus",
            "Mon fils est tombé dans un trou, il répond plus",
            "Y a un accident, quelqu'un est coincé dans la voiture",
            "Mon mari me frappe, je veux le signaler",
            "Ça sent le gaz, il faut réparer vite",
            "Le feu a pris dans le local poubelle",
        ] {
            assert_eq!(danger(urgent, None), Some(Danger::Lasts), "{urgent}");
        }
        for calm in [
            "Il y a eu un accident hier au carrefour, il faudrait un panneau",
            "J'arriverai en retard, y a un accident sur la route",
            "Ils se battent tous les week-ends, faites venir quelqu'un",
        ] {
            assert_eq!(danger(calm, None), None, "{calm}");
        }
    }

    #[test]
    fn what_town_halls_are_asked_is_hardly_ever_danger() {
        let asked: Vec<&str> = sentences(include_str!("catalogue.txt")).collect();
        let alarms: Vec<&&str> = asked.iter().filter(|said| danger(said, None).is_some()).collect();
        assert!(
            alarms.len() * 100 < asked.len(),
            "{} of {}: {alarms:#?}",
            alarms.len(),
            asked.len()
        );
    }

    #[test]
    fn patterns_name_lists_that_there_are() {
        let all = [HARMLESS, NOW, LASTING, TOLD, PAPERS, PAST, BUSINESS].concat();
        for one in all.iter().flat_map(|pattern| pattern.split([' ', '|', '!'])) {
            let named = LISTS.iter().any(|(name, _)| *name == one);
            assert!(named || !one.starts_with(char::is_uppercase), "{one}");
        }
    }
}
