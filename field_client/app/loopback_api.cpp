#include "field_client/app/loopback_api.hpp"

#include <array>
#include <memory>

#include "field_client/app/views_json.hpp"
#include "field_client/rescue/rescue.hpp"

namespace doudi::field {
namespace {

using Answer = Result<Json>;
using Work = std::function<Answer(Field&, const http::Request&)>;

int status_of(const std::string& code) {
  static constexpr auto kStatuses = std::to_array<std::pair<std::string_view, int>>({
      {"field.unknown_attachment", 404},
      {"field.low_storage", 507},
      {"field.locked", 423},
      {"keys.wrong_pin", 403},
      {"keys.wait", 429},
      {"keys.locked", 403},
      {"keys.weak_pin", 422},
      {"launch.code", 403},
      {"store.data_loss", 409},
      {"store.damaged", 409},
      {"field.unknown_household", 404},
      {"field.grid_handed_over", 409},
      {"field.unknown_lead", 404},
      {"field.not_enrolled", 409},
      {"sql.full", 507},
      {"file.full", 507},
      {"http.busy", 503},
  });
  for (const auto& [known, status] : kStatuses)
    if (known == code) return status;
  const bool asked_wrongly = code.starts_with("form.") || code.starts_with("field.") ||
                             code.starts_with("request.") || code.starts_with("domain.") ||
                             code.starts_with("media.");
  return asked_wrongly ? 422 : 500;
}

class Routes {
 public:
  Routes(http::Router& router, Field& field, StoreThread& thread)
      : router_(router), field_(field), thread_(thread) {}

  void add(std::string_view method, std::string_view pattern, Work work, int success = 200) {
    router_.add(method, pattern,
                [this_field = &field_, this_thread = &thread_, work = std::move(work), success](
                    const http::Request& request, const http::Respond& respond) {
                  auto copy = std::make_shared<http::Request>(request);
                  const bool taken = this_thread->post([this_field, work, success, copy, respond] {
                    const Answer answer = work(*this_field, *copy);
                    respond(answer.ok() ? http::Response::json(success, answer->dump())
                                        : failure_response(*this_field, answer.error()));
                  });
                  if (!taken) respond(http::problem(503, {"http.busy", "the tablet is busy"}));
                });
  }

 private:
  http::Router& router_;
  Field& field_;
  StoreThread& thread_;
};

Result<Uuid> path_id(const http::Request& request) {
  const auto found = request.path_parameters.find("id");
  const auto id = found == request.path_parameters.end() ? std::nullopt : parse_uuid(found->second);
  if (!id) return Error{"request.id", "the address names no id"};
  return *id;
}

Answer unlock(Field& field, const http::Request& request) {
  DOUDI_ASSIGN(const Json body, parse_body(request.body));
  const auto pin = body.find("pin");
  if (pin == body.end() || !pin->is_string()) return Error{"request.body", "the PIN is missing"};
  const auto accept = body.find("accept_loss");
  const bool accept_loss = accept != body.end() && accept->is_boolean() && accept->get<bool>();
  DOUDI_TRY(field.unlock(pin->get<std::string>(), accept_loss));
  return Json{{"ok", true}};
}

Answer change_pin(Field& field, const http::Request& request) {
  DOUDI_ASSIGN(const Json body, parse_body(request.body));
  const auto pin = body.find("pin");
  const auto next = body.find("new_pin");
  if (pin == body.end() || !pin->is_string() || next == body.end() || !next->is_string())
    return Error{"request.body", "the PIN of now or the new one is missing"};
  DOUDI_TRY(field.change_pin(pin->get<std::string>(), next->get<std::string>()));
  return Json{{"ok", true}};
}

Answer rescue(Field& field, const http::Request& request) {
  DOUDI_ASSIGN(const Json body, parse_body(request.body));
  const auto pin = body.find("pin");
  if (pin == body.end() || !pin->is_string()) return Error{"request.body", "the PIN is missing"};
  DOUDI_ASSIGN(const RescueFacts facts, field.rescue(pin->get<std::string>()));
  return to_json(facts);
}

Answer state(Field& field, const http::Request&) {
  Json document = to_json(field.state());
  document["chip"] = to_json(field.chip());
  return document;
}

Answer today(Field& field, const http::Request& request) {
  std::optional<CivilDate> day;
  if (const auto text = request.query_value("date")) {
    day = parse_date(*text);
    if (!day) return Error{"request.date", "a date looks like 2026-11-18"};
  }
  DOUDI_ASSIGN(const Today view, field.today(day));
  return to_json(view);
}

Answer household(Field& field, const http::Request& request) {
  DOUDI_ASSIGN(const Uuid id, path_id(request));
  DOUDI_ASSIGN(const auto view, field.household(id));
  return to_json(view);
}

Answer previous(Field& field, const http::Request& request) {
  DOUDI_ASSIGN(const Uuid id, path_id(request));
  DOUDI_ASSIGN(const auto view, field.previous_answers(id));
  return to_json(view);
}

Answer form(Field& field, const http::Request&) {
  DOUDI_ASSIGN(const std::string text, field.form_json());
  return Json::parse(text);
}

Answer put_draft(Field& field, const http::Request& request) {
  DOUDI_ASSIGN(const Uuid id, path_id(request));
  DOUDI_ASSIGN(const Json body, parse_body(request.body));
  DOUDI_ASSIGN(const Instant at, field.save_draft(id, body.dump()));
  return Json{{"saved_at", format_instant(at)}};
}

Answer remove_draft(Field& field, const http::Request& request) {
  DOUDI_ASSIGN(const Uuid id, path_id(request));
  DOUDI_TRY(field.remove_draft(id));
  return Json{{"ok", true}};
}

Answer triage(Field& field, const http::Request& request) {
  DOUDI_ASSIGN(const Json body, parse_body(request.body));
  DOUDI_ASSIGN(const Uuid id, id_of(body, "household"));
  DOUDI_ASSIGN(const auto person, optional_id_of(body, "person"));
  DOUDI_ASSIGN(const Answers answers, answers_of(body));
  DOUDI_ASSIGN(const auto leads, field.triage(id, person, answers));
  return Json{{"leads", list_of(leads)}};
}

// What a body says is saved and answered with what became of it.
template <auto read, auto save>
Answer saved(Field& field, const http::Request& request) {
  DOUDI_ASSIGN(const Json body, parse_body(request.body));
  DOUDI_ASSIGN(const auto record, read(body));
  DOUDI_ASSIGN(const auto receipt, (field.*save)(record));
  return to_json(receipt);
}

Answer save_lead(Field& field, const http::Request& request) {
  DOUDI_ASSIGN(const Json body, parse_body(request.body));
  DOUDI_ASSIGN(const NewLead lead, lead_of(body));
  DOUDI_ASSIGN(const auto problem, field.save_lead(lead));
  return Json{{"lead", to_json(problem)}};
}

Answer record_call(Field& field, const http::Request& request) {
  DOUDI_ASSIGN(const Uuid id, path_id(request));
  DOUDI_ASSIGN(const Json body, parse_body(request.body));
  const auto at = body.find("at");
  const auto moment =
      at != body.end() && at->is_string() ? parse_instant(at->get<std::string>()) : std::nullopt;
  const auto result = body.find("result");
  if (!moment || result == body.end() || !result->is_string())
    return Error{"request.body", "at and result are needed"};
  DOUDI_ASSIGN(const auto problem, field.record_call(id, *moment, result->get<std::string>()));
  return Json{{"lead", to_json(problem)}};
}

Answer search(Field& field, const http::Request& request) {
  DOUDI_ASSIGN(const auto hits, field.search(std::string(request.query_value("q").value_or(""))));
  return list_of(hits);
}

Answer outbox(Field& field, const http::Request&) {
  DOUDI_ASSIGN(const auto rows, field.outbox());
  return Json{{"chip", to_json(field.chip())}, {"groups", list_of(rows)}};
}

}  // namespace

http::Response failure_response(Field& field, const Error& found) {
  const Error error = told_as_damage(found);
  if (!error.code.starts_with("keys.")) return http::problem(status_of(error.code), error);
  const FieldState state = field.state();
  const int status = status_of(error.code);
  const Json document{{"type", "about:blank"},
                      {"status", status},
                      {"code", error.code},
                      {"title", error.message},
                      {"attempts_left", state.attempts_left},
                      {"wait_s", state.wait_s}};
  http::Response response = http::Response::json(status, document.dump());
  response.headers = {{"content-type", "application/problem+json"}};
  return response;
}

void add_loopback_routes(http::Router& router, Field& field, LoopbackGate& gate, StoreThread& thread) {
  router.add("POST", "/api/launch", [&gate](const http::Request& request, const http::Respond& respond) {
    const auto body = parse_body(request.body);
    const auto code = body.ok() && body->contains("code") && (*body)["code"].is_string()
                          ? (*body)["code"].get<std::string>()
                          : "";
    const auto token = gate.redeem(code);
    respond(token.ok() ? http::Response::json(200, Json{{"token", *token}}.dump())
                       : http::problem(403, token.error()));
  });
  add_attachment_routes(router, field, thread);
  Routes routes(router, field, thread);
  routes.add("GET", "/api/state", state);
  routes.add("GET", "/api/chip", [](Field& f, const http::Request&) -> Answer { return to_json(f.chip()); });
  routes.add("POST", "/api/unlock", unlock);
  routes.add("POST", "/api/rescue", rescue);
  routes.add("POST", "/api/pin", change_pin);
  routes.add("POST", "/api/lock", [](Field& f, const http::Request&) -> Answer {
    DOUDI_TRY(f.lock());
    return Json{{"ok", true}};
  });
  routes.add(
      "POST", "/api/sync",
      [](Field& f, const http::Request&) -> Answer {
        f.wake_sync();
        return Json{{"ok", true}};
      },
      202);
  routes.add("GET", "/api/today", today);
  routes.add("GET", "/api/households/{id}", household);
  routes.add("GET", "/api/households/{id}/previous", previous);
  routes.add("GET", "/api/form", form);
  routes.add("PUT", "/api/drafts/{id}", put_draft);
  routes.add("DELETE", "/api/drafts/{id}", remove_draft);
  routes.add("POST", "/api/triage", triage);
  routes.add("POST", "/api/visits", saved<visit_of, &Field::save_visit>);
  routes.add("POST", "/api/households", saved<household_of, &Field::add_household>);
  routes.add("POST", "/api/people", saved<person_of, &Field::add_person>);
  routes.add("POST", "/api/leads", save_lead);
  routes.add("POST", "/api/leads/{id}/call", record_call);
  routes.add("GET", "/api/leads", [](Field& f, const http::Request&) -> Answer {
    DOUDI_ASSIGN(const auto problems, f.problems());
    return list_of(problems);
  });
  routes.add("GET", "/api/search", search);
  routes.add("GET", "/api/outbox", outbox);
  routes.add("GET", "/api/device", [](Field& f, const http::Request&) -> Answer {
    DOUDI_ASSIGN(const auto facts, f.device());
    return to_json(facts);
  });
}

}  // namespace doudi::field
