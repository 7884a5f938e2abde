#include "text/stop_words.hpp"

#include "text/stemmer.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <unordered_set>

namespace openkb {

namespace {

// Articles, pronouns, prepositions, conjunctions, numbers, months, and what only leads around in a page.
constexpr std::string_view function_words =
    "a about above across after afterwards again against ago all almost along already also although always am among "
    "amongst an and another any anybody anyhow anyone anything anyway anywhere are around as aside at away back be "
    "became because been before beforehand behind being below beneath beside besides between beyond both but by can "
    "cannot could despite did do does doing done down due during each eg either else elsewhere enough et etc even "
    "ever every everybody everyone everything everywhere except few fewer for forth from further furthermore had has "
    "have having he hence her here hereafter hereby herein hereof hereunder hers herself him himself his how however "
    "i ie if in inasmuch indeed instead into inward is it its itself just last latter least less lest let like "
    "likewise many may maybe me meanwhile might mine more moreover most mostly much must my myself namely near nearly "
    "neither never nevertheless no nobody none nonetheless nor not nothing notwithstanding now nowhere of off often "
    "oh ok okay on once one ones only onto onwards or other others otherwise ought our ours ourselves out outside "
    "over own per perhaps please plus quite rather re really regarding respectively s said same shall she should "
    "since so some somebody somehow someone something sometimes somewhat somewhere soon still such than that the "
    "their theirs them themselves then thence there thereafter thereby therefore therefrom therein thereof thereto "
    "these they this those though through throughout thru thus till to together too toward towards under unless "
    "unlike until up upon us usual versus very via vs was we well were what whatever whatsoever when whence whenever "
    "where whereas whereby wherein wherever whether which whichever while whilst who whoever whole whom whose why "
    "will with within without would yet you your yours yourself yourselves zero two three four five six seven eight "
    "nine ten first second third fourth fifth sixth hundred thousand million billion dozen half twice thing things "
    "way ways lot lots kind kinds sort sorts example examples al yes note notes nb todo fixme important caution tip "
    "tips hint hints january february march april june july august september october november december jan feb mar "
    "apr jun jul aug sep sept oct nov dec monday tuesday wednesday thursday friday saturday sunday mon tue wed thu "
    "fri sat sun today tomorrow yesterday mr mrs ms dr prof inc ltd llc fig contents toc sidebar skip click logout "
    "subscribe welcome faq readme changelog foo bar baz qux foobar lorem ipsum http https www com org html htm pdf "
    "isbn doi go goes going see sees seeing";

// What anything can be.
constexpr std::string_view vague_words =
    "able acceptable accurate actual additional adequate affected ambiguous appropriate approximate arbitrary "
    "available "
    "aware bad better best big bigger biggest brief careful certain clear clever comfortable common complete complex "
    "complicated comprehensive consecutive consistent convenient correct corresponding current deprecated desirable "
    "desired detailed different difficult distinct earlier earliest early easier easy effective efficient entire equal "
    "equivalent essential exact excellent exclusive explicit extra fair familiar fancy far faster fastest final fine "
    "following former frequent full fundamental future generic given good great greater greatest happy hard harder "
    "helpful heavy high higher highest huge ideal identical immediate implicit impossible inappropriate incomplete "
    "inconsistent incorrect individual inferior initial insufficient intended interesting intermediate invalid known "
    "large larger largest late later latest less lesser likely limited little long longer longest low lower lowest "
    "main major mandatory maximal meaningful meaningless mere minimal minor missing modern multiple mutual necessary "
    "newer newest new next nice nontrivial nonzero normal notable numerous obsolete obvious odd old older oldest "
    "opposite optional ordinary original overall particular perfect plain popular possible potential powerful "
    "practical "
    "precise preceding present previous prior proper quick quicker rare ready real reasonable recent recommended "
    "redundant relevant remaining required rough satisfactory self-explanatory sensible separate serious several "
    "severe "
    "short shorter shortest significant silent similar simple simpler simplest single slight slow slower small smaller "
    "smallest smart sole sophisticated special specific specified stable strange strict strong subsequent subtle "
    "successful sufficient suitable superfluous supposed sure surrounding synonymous tiny total traditional trivial "
    "true false typical ugly unable unavailable unchanged undefined unexpected unfortunate unique unknown unlikely "
    "unnecessary unspecified unsupported unusual unwanted upcoming useful useless valid various vast weak weird wide "
    "wider wise wonderful worse worst worth wrong left right top bottom so-called well-known up-to-date";

// What anybody does; their forms are made below. Verbs that are nouns as well stand among the general words.
constexpr std::string_view verbs =
    "accept accomplish achieve act adapt add adhere adjust advise affect agree aim allow alter announce appear append "
    "apply appreciate arise arrange ask assist assume attempt avoid become begin behave believe belong bring cancel "
    "carry choose collect come compare complain comply comprise conclude confuse consider consist contain continue "
    "contribute convey correspond create decide declare deduce define delete demonstrate deny depend derive describe "
    "deserve determine differ disable disallow disappear discard disclaim discourage discover discuss distinguish "
    "distribute divide earn "
    "eliminate emphasize employ enable encounter encourage enforce ensure enter establish evaluate examine exceed "
    "exclude exist expect explain express extract fail fall feel fetch find finish follow forbid forget gain get give "
    "grant happen hear hide hold hope identify ignore illustrate imagine imply improve include incur indicate induce "
    "infer inform inherit insist intend introduce investigate invoke involve keep know lead learn leave lend lie lose "
    "maintain make mean mention modify need notice obey observe obtain occur omit overcome owe perform permit persist "
    "possess precede prefer prepare prescribe preserve pretend prevent proceed prohibit propose prove provide pull put "
    "raise reach receive recognize recommend refer reflect refuse regard relate rely remain remember remind remove "
    "replace reproduce require reside resolve respond retain retrieve reveal rewrite satisfy say seem select send "
    "serve show sit solve speak specify spend stand stay stick struggle submit succeed suffer suffice suggest suit "
    "suppose take talk teach tell tend terminate thank think treat try understand undergo use utilize vary wait walk "
    "want warn wish wonder worry write written wrote gone went came took taken gave made found kept left meant ran saw "
    "seen sent shown spent stood thought told began begun chosen drawn fallen fell felt forgotten gotten got held "
    "hidden knew known lay led lost met paid proven rewritten said sat shown sold spoken stuck taught understood won";

// By their stems: the nouns, and the qualities and doings that make nouns more exact, of any manual.
constexpr std::string_view general_words =
    "ability absence absolute access accident account action activity addition address advance advantage advice "
    "agreement aid algorithm alias alternative amount answer appendix application approach area argument article "
    "aspect assign assumption attention attribute author authority automatic availability base basic basis beginning "
    "behavior behaviour benefit binary bit block body book box branch break browser buffer bug build button byte call "
    "capability care case category cause center chance change chapter character characteristic check choice "
    "circumstance claim class clause clean close code collection color colour column combination command comment "
    "community company comparison compatible component concept concern conclusion concrete condition configuration "
    "conflict connect consequence constant construct consumer content context contrast control convention conversion "
    "cookie copy copyright core corner cost count course cover creation criterion critical custom data date day deal "
    "decision decrease default definition degree delay demand department description design destination detail "
    "detection developer development device diagram difference difficulty digit direct direction directory "
    "disadvantage discussion display distance distinction distribution division document documentation drop duration "
    "edge edit edition effect effort element emit empty end engine entity entry environment error event evidence "
    "exception exclusion execution existence exit expectation experience explanation expression extend extension "
    "extent external face fact failure family fast fault favor feature field figure file filename fill fit fix flag "
    "flexible folder footnote force form format fraction frame framework free front function functionality general "
    "generation goal group guarantee guess guide handle head header heading height help home homepage hour human id "
    "idea identifier image impact implementation improve inclusion increase independent index indication info "
    "information inner input insert install instance instruction int integer intention interaction interest interface "
    "internal introduction issue item job join key keyword knowledge label lack language layer layout leg length "
    "letter level library licence license limit limitation line link list load local location log logic login look "
    "loop machine macro mail maintainer maintenance majority man manner manual map mark match material matter maximum "
    "meaning measure medium meet member menu message method middle mind minimum minute miss mistake mix mode model "
    "modification module moment month motivation move multiply name native natural nature navigation negative node "
    "number object objective occurrence offer offset open operand operation opinion opportunity option order "
    "organization origin other outer outline output override overview owner package page pair paragraph parameter "
    "part partial participant party pass path pattern people percentage performance period permanent permission "
    "person perspective phase phrase pick piece place plan platform play point policy portion position positive "
    "possibility power practice precedence preference prefix preparation presence press primary principle print "
    "priority private problem procedure process produce product production program programmer project promise proof "
    "property proportion proposal protocol public pure purpose quality quantity question quiet quote random range "
    "rate raw read reader reason record reduce reference region regular reject relation relationship relative release "
    "reliable remark render repeat reply report represent representation request requirement resource response "
    "responsibility rest restriction result return reverse revision rich risk role root route row rule run sample "
    "save scenario scheme scope screen script search second secondary section self semantics sense sentence sequence "
    "series server service session set setting setup shape share side sign signal situation size smooth software "
    "solid solution source space spec specification speed split stage standard start state statement status step stop "
    "store stream string strip structure stuff style subject subset substitution success suffix suggestion suite sum "
    "summary support surprise switch symbol synopsis syntax system table tag target task team technique technology "
    "temporary term test text theory time title token tool topic touch traffic treatment trigger turn tutorial type "
    "understanding undo uniform unit universal update upgrade upper usage user utility value variable variant "
    "variation variety vendor verbose version view visible volume warning watch website week weight width window word "
    "work world year zone";

template <class F>
void for_each_word(std::string_view words, F f) {
  while (!words.empty()) {
    const auto end = std::min(words.find(' '), words.size());
    f(std::string(words.substr(0, end)));
    words.remove_prefix(std::min(end + 1, words.size()));
  }
}

// `stop` gives stops, stopped, stopping, and forms that nobody writes, which do no harm.
void add_forms(std::unordered_set<std::string>& out, const std::string& verb) {
  for (const char* ending : {"", "s", "es", "d", "ed", "ing"}) out.insert(verb + ending);
  for (const char* ending : {"ed", "ing"}) out.insert(verb + verb.back() + ending);
  const auto head = verb.substr(0, verb.size() - 1);
  if (verb.ends_with('e')) out.insert(head + "ing");
  if (verb.ends_with('y')) out.insert({head + "ies", head + "ied"});
}

std::unordered_set<std::string> all_stop_words() {
  std::unordered_set<std::string> out;
  for_each_word(function_words, [&](const std::string& word) { out.insert(word); });
  for_each_word(vague_words, [&](const std::string& word) { out.insert(word); });
  for_each_word(verbs, [&](const std::string& verb) { add_forms(out, verb); });
  return out;
}

std::unordered_set<std::string> all_general_stems() {
  std::unordered_set<std::string> out;
  stemmer stem;
  for_each_word(general_words, [&](const std::string& word) { out.insert(stem(word)); });
  return out;
}

bool is_adverb(std::string_view small) noexcept {
  constexpr std::array<std::string_view, 8> nouns{"assembly", "reply",    "supply",    "family",
                                                  "anomaly",  "monopoly", "butterfly", "ply"};
  return small.size() > 4 && small.ends_with("ly") &&
         std::ranges::none_of(nouns, [&](std::string_view noun) { return small.ends_with(noun); });
}

// isn't, we're, let's: what an apostrophe shortens is never a term. O'Reilly and d'Alembert are names.
bool is_contraction(std::string_view small) noexcept {
  constexpr std::array<std::string_view, 12> endings{
      "'t", "'re", "'ll", "'ve", "'d", "'m", "\u2019t", "\u2019re", "\u2019ll", "\u2019ve", "\u2019d", "\u2019m"};
  return std::ranges::any_of(endings, [&](std::string_view ending) { return small.ends_with(ending); });
}

}  // namespace

bool is_stop_word(std::string_view small) {
  static const auto known = all_stop_words();
  return known.contains(std::string(small)) || is_adverb(small) || is_contraction(small);
}

bool is_general(const std::string& stem) {
  static const auto known = all_general_stems();
  return known.contains(stem);
}

}  // namespace openkb
