// The calculators of a pack.
#include "shared/domain/money_rules.hpp"
#include "shared/rules/json_input.hpp"

namespace doudi::rules {
namespace {

Json approval_route(Library& library, const Input& input) {
  const std::string kind = input.text("aid_kind");
  const bool emergency = kind.rfind("emergency", 0) == 0;
  if (!emergency && kind.rfind("spending", 0) != 0) return failure("unknown_aid_kind");
  std::optional<std::string> mode = input.maybe_text("delegate_mode");
  if (!mode) mode = input.maybe_text("mode");
  const auto route =
      domain::approval_route(emergency, input.integer("amount_fen"), pack_of(library, input), mode);
  Json result = traced(route.trace, Json::object());
  if (route.trace.outcome != domain::RuleOutcome::error) {
    result["route"] = route.route == domain::ApprovalRoute::township ? "township" : "district";
  }
  return result;
}

Json schedule_of(const std::vector<domain::TaperStep>& steps) {
  Json schedule = Json::array();
  for (const auto& step : steps)
    schedule.push_back({{"month", domain::to_string(step.month)}, {"amount_fen", step.amount_fen}});
  return schedule;
}

Json taper_schedule(const domain::TaperResult& taper) {
  Json json{{"result", "taper"},
            {"schedule", schedule_of(taper.schedule)},
            {"total_fen", taper.total_fen},
            {"months", taper.schedule.size()},
            {"then_month", domain::to_string(taper.then_month)}};
  if (taper.then.empty()) {
    json["then_needs"] = "taper.then";
  } else {
    json["then"] = taper.then;
  }
  if (taper.frozen_amount_fen) json["frozen_amount_fen"] = *taper.frozen_amount_fen;
  return json;
}

Json taper_value(const domain::TaperResult& taper) {
  switch (taper.kind) {
    case domain::TaperKind::too_high:
      return {{"result", "too_high"}};
    case domain::TaperKind::no_taper:
      return {{"result", "no_taper"}, {"then", taper.then}};
    case domain::TaperKind::stays:
      break;
    case domain::TaperKind::taper:
      return taper_schedule(taper);
  }
  Json stays{{"result", "stays"}};
  if (taper.amount_fen) {
    stays["amount_fen"] = *taper.amount_fen;
  } else {
    stays["needs_param"] = "dibao.amount_rule";
  }
  return stays;
}

domain::TaperRequest taper_request(const Input& input) {
  domain::TaperRequest request;
  request.standard_fen = input.integer("standard_fen");
  request.persons = input.number("persons");
  request.family_income_fen = input.integer("family_income_fen");
  request.original_amount_fen = input.integer("original_amount_fen");
  const auto month = domain::parse_year_month(input.text("first_month"));
  if (!month) input.reject("first_month", "a month such as 2020-08 is expected");
  request.first_month = *month;
  request.self_reported = input.boolean_or("self_reported", true);
  request.registered_poor = input.boolean_or("registered_poor", true);
  request.employment_reward_fen = input.maybe_integer("employment_reward_fen");
  request.working_persons_in_epidemic = input.number_or("working_persons_in_epidemic", 0);
  request.months = input.maybe_number("months");
  request.amount_pct = input.maybe_number("amount_pct");
  request.cause = input.maybe_text("cause");
  request.unstable = input.maybe_boolean("unstable");
  request.income_clearly_up = input.maybe_boolean("income_clearly_up");
  return request;
}

Json taper(Library& library, const Input& input) {
  const domain::TaperResult result = domain::taper(taper_request(input), pack_of(library, input));
  Json json = traced(result.trace, taper_value(result));
  if (result.trace.ok() && result.kind != domain::TaperKind::no_taper)
    json["income_per_person_fen"] = result.income_per_person_fen;
  return json;
}

std::optional<domain::AidKind> aid_kind_of(const std::string& kind) {
  if (kind == "emergency_family") return domain::AidKind::emergency_family;
  if (kind == "spending_family") return domain::AidKind::spending_family;
  const bool alone = kind == "individual" || kind == "person" || kind == "spending_individual" ||
                     kind == "spending_person" || kind == "emergency_individual" ||
                     kind == "emergency_person";
  return alone ? std::optional(domain::AidKind::individual) : std::nullopt;
}

Json temporary_aid_floor(Library& library, const Input& input) {
  const auto kind = aid_kind_of(input.text("aid_kind"));
  if (!kind) return failure("unknown_aid_kind");
  const int persons =
      *kind == domain::AidKind::individual ? input.number_or("persons", 1) : input.number("persons");
  const auto floor = domain::temporary_aid_floor(*kind, persons, input.integer("urban_standard_fen"),
                                                 input.maybe_integer("amount_fen"), pack_of(library, input));
  Json result = traced(floor.trace, Json::object());
  if (floor.trace.outcome == domain::RuleOutcome::needs || floor.trace.code == "out_of_range") return result;
  result["per_person_fen"] = floor.per_person_fen;
  result["total_fen"] = floor.total_fen;
  return result;
}

Json checked(const domain::CheckResult& check, const char* key, bool value) {
  Json json{{key, value}};
  if (check.limit_fen > 0) json["limit_fen"] = check.limit_fen;
  return traced(check.trace, json);
}

Json reserve_check(Library& library, const Input& input) {
  std::optional<std::int64_t> payment;
  for (const char* key : {"amount_fen", "first_aid_fen", "payment_fen"}) {
    if (!payment) payment = input.maybe_integer(key);
  }
  const auto check = domain::reserve_check(input.integer("balance_fen"), payment, pack_of(library, input));
  Json result = checked(check, "alarm", !check.passes);
  if (check.trace.code == "reserve_short") result["route"] = "district";
  return result;
}

Json low_income(Library& library, const Input& input) {
  const auto check =
      domain::low_income_check(input.integer("income_per_person_year_fen"), pack_of(library, input));
  return checked(check, "inside", check.passes);
}

Json standard_ratio(Library& library, const Input& input) {
  const std::int64_t rural = input.integer("rural_fen");
  const std::int64_t urban = input.integer("urban_fen");
  const auto check = domain::standard_ratio_check(rural, urban, pack_of(library, input));
  Json result = checked(check, "passes", check.passes);
  if (check.trace.ok()) result["ratio_ten_thousandths"] = (rural * 20'000 + urban) / (2 * urban);
  return result;
}

Json tekun_standard(Library& library, const Input& input) {
  const auto check = domain::tekun_standard_check(input.integer("dibao_fen"), input.integer("tekun_fen"),
                                                  pack_of(library, input));
  return checked(check, "passes", check.passes);
}

Json dibao_class_check(Library& library, const Input& input) {
  bool exempt = false;
  for (const char* key : {"exempt", "exemption", "special_rule", "single_person_unit"}) {
    exempt = exempt || input.boolean_or(key, false);
  }
  const auto check =
      domain::dibao_class_check(input.text("class"), input.number("household_persons"),
                                input.number("insured_persons"), exempt, pack_of(library, input));
  return checked(check, "passes", check.passes);
}

Json severe_disability(Library& library, const Input& input) {
  std::vector<int> components;
  if (input.has("components")) {
    for (const Json& part : input.at("components")) {
      const Json& kind = part.is_object() && part.contains("kind") ? part["kind"] : part;
      if (!kind.is_number_integer()) input.reject("components", "kinds 1 to 7 are expected");
      components.push_back(kind.get<int>());
    }
  }
  const auto check = domain::severe_disability(input.number("kind"), input.number("level"), components,
                                               pack_of(library, input));
  return checked(check, "severe", check.passes);
}

Json top_up(Library& library, const Input& input) {
  const bool severe = input.boolean_or("severe", false) || input.boolean_or("severe_illness", false);
  const auto amount = domain::top_up(input.date("birth"), input.date("on"), severe,
                                     input.integer("standard_fen"), pack_of(library, input));
  return traced(amount.trace, {{"amount_fen", amount.amount_fen}, {"percent", amount.percent}});
}

Json care_staff(Library& library, const Input& input) {
  const auto staff = domain::care_staff(input.integer("residents"), pack_of(library, input));
  return traced(staff.trace, {{"staff", staff.staff}});
}

// Items as a list or an object of true (met), false (not met) and null (unanswered).
Json self_care_items(const Json& items) {
  int not_met = 0;
  int unanswered = items.size() < 6 ? static_cast<int>(6 - items.size()) : 0;
  for (const Json& item : items) {
    if (item.is_null()) ++unanswered;
    if (item == Json(false) || item == Json(0)) ++not_met;
  }
  return {{"result", domain::self_care_result(not_met, unanswered)},
          {"not_met", not_met},
          {"unanswered", unanswered}};
}

Json self_care(Library&, const Input& input) {
  Json result;
  if (input.has("items")) {
    result = self_care_items(input.at("items"));
  } else {
    const int not_met = input.number_or("not_met", 0);
    int unanswered = input.number_or("unanswered", input.has("not_met") ? 0 : 6);
    if (const auto answered = input.maybe_number("answered")) unanswered = 6 - *answered;
    if (not_met < 0 || unanswered < 0 || not_met + unanswered > 6) return failure("out_of_range");
    result = {{"result", domain::self_care_result(not_met, unanswered)}};
  }
  use_source(result, "2.7");
  return result;
}

}  // namespace

std::vector<KindEvaluator> money_kinds() {
  return {{"approval_route", approval_route},
          {"care_staff", care_staff},
          {"dibao_class_check", dibao_class_check},
          {"low_income", low_income},
          {"reserve_check", reserve_check},
          {"self_care", self_care},
          {"severe_disability", severe_disability},
          {"standard_ratio", standard_ratio},
          {"taper", taper},
          {"tekun_standard", tekun_standard},
          {"temporary_aid_floor", temporary_aid_floor},
          {"top_up", top_up}};
}

}  // namespace doudi::rules
