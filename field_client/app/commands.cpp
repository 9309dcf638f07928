#include "field_client/app/commands.hpp"

#include <charconv>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "shared/packs/packs.hpp"

namespace doudi::field {
namespace {

using Command = Result<Output> (*)(Field& field, const Arguments& arguments);

Error usage_error(const std::string& sentence) {
  return {"usage", sentence};
}

Result<std::int64_t> number_of(const Arguments& arguments, const std::string& name, std::int64_t otherwise) {
  const std::string text = arguments.get(name);
  if (text.empty()) return otherwise;
  std::int64_t number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc{} || end != text.data() + text.size())
    return usage_error("--" + name + " needs a number");
  return number;
}

Result<Uuid> id_option(const Arguments& arguments, const std::string& name) {
  const auto id = parse_uuid(arguments.get(name));
  if (!id) return usage_error("--" + name + " needs an id");
  return *id;
}

Result<std::optional<Uuid>> optional_id_option(const Arguments& arguments, const std::string& name) {
  if (!arguments.has(name)) return std::optional<Uuid>{};
  DOUDI_ASSIGN(const Uuid id, id_option(arguments, name));
  return std::optional<Uuid>{id};
}

// V02=none or V15=meals,bath
Result<Answers> answer_options(const Arguments& arguments) {
  Answers answers;
  const auto given = arguments.options.find("answer");
  if (given == arguments.options.end()) return answers;
  for (const std::string& text : given->second) {
    const auto equals = text.find('=');
    if (equals == std::string::npos) return usage_error("--answer looks like V02=none");
    auto& values = answers[text.substr(0, equals)];
    values.emplace_back();
    for (const char c : text.substr(equals + 1)) {
      if (c == ',')
        values.emplace_back();
      else
        values.back().push_back(c);
    }
  }
  return answers;
}

std::string problem_line(const Problem& problem) {
  return std::to_string(problem.grade) + " " + problem.category + "  " + problem.state_text + "  " +
         problem.entry_no.value_or("") + "\n";
}

Result<Output> enroll(Field& field, const Arguments& arguments) {
  EnrollOptions options;
  options.server = arguments.get("server");
  options.code = arguments.get("code");
  options.label = arguments.get("label", "tablet");
  if (options.server.empty() || options.code.empty()) return usage_error("enroll needs --server and --code");
  DOUDI_ASSIGN(options.pin, read_pin(arguments));
  DOUDI_TRY(field.enroll(options));
  DOUDI_ASSIGN(const auto facts, field.device());
  return Output{to_json(facts), "enrolled as " + facts.device_id + "\n"};
}

Result<Output> due(Field& field, const Arguments& arguments) {
  std::optional<CivilDate> day;
  if (arguments.has("date")) {
    day = parse_date(arguments.get("date"));
    if (!day) return usage_error("--date looks like 2026-11-18");
  }
  DOUDI_ASSIGN(const Today today, field.today(day));
  std::string text;
  for (const auto& row : today.due)
    text += row.duty + "\t" + format_date(row.due_by) + "\t" + row.door + "\t" + row.name + "\t" +
            to_string(row.household) + "\n";
  return Output{to_json(today), text};
}

// What is too large for a photo is refused by its own rule; what is no file of that kind at all, here.
Result<Bytes> read_media(const std::string& file) {
  constexpr std::uintmax_t kFileBytesMax = 64 * 1024 * 1024;
  std::error_code failure;
  const auto bytes = std::filesystem::file_size(file, failure);
  if (failure || bytes > kFileBytesMax) return Error{"field.file", "the file " + file + " cannot be read"};
  Bytes content(static_cast<std::size_t>(bytes));
  std::ifstream stream(file, std::ios::binary);
  stream.read(reinterpret_cast<char*>(content.data()), static_cast<std::streamsize>(content.size()));
  if (!stream) return Error{"field.file", "the file " + file + " cannot be read"};
  return content;
}

// --photo FILE and --voice FILE, each as often as wanted.
Result<std::vector<Uuid>> staged_files(Field& field, const Arguments& arguments) {
  std::vector<Uuid> ids;
  for (const std::string name : {"photo", "voice"}) {
    const auto given = arguments.options.find(name);
    if (given == arguments.options.end()) continue;
    for (const std::string& file : given->second) {
      DOUDI_ASSIGN(const Bytes content, read_media(file));
      DOUDI_ASSIGN(const AttachmentView staged, field.stage_attachment(content));
      if (staged.kind != name) {
        DOUDI_TRY(field.remove_attachment(staged.id));
        return usage_error(file + " is no " + name);
      }
      ids.push_back(staged.id);
    }
  }
  return ids;
}

Result<Output> visit(Field& field, const Arguments& arguments) {
  NewVisit visit;
  DOUDI_ASSIGN(visit.household, id_option(arguments, "household"));
  DOUDI_ASSIGN(visit.person, optional_id_option(arguments, "person"));
  visit.met = arguments.get("met");
  if (visit.met.empty()) return usage_error("visit needs --met");
  DOUDI_ASSIGN(visit.answers, answer_options(arguments));
  visit.leaflet_given = arguments.has("leaflet");
  visit.note = arguments.get("note");
  DOUDI_ASSIGN(visit.attachments, staged_files(field, arguments));
  DOUDI_ASSIGN(const auto receipt, field.save_visit(visit));
  std::string text = "saved " + to_string(receipt.visit) + "\n";
  for (const auto& lead : receipt.leads) text += problem_line(lead);
  return Output{to_json(receipt), text};
}

Result<Output> lead(Field& field, const Arguments& arguments) {
  NewLead lead;
  DOUDI_ASSIGN(lead.household, optional_id_option(arguments, "household"));
  DOUDI_ASSIGN(lead.person, optional_id_option(arguments, "person"));
  lead.category = arguments.get("category");
  DOUDI_ASSIGN(const std::int64_t grade, number_of(arguments, "grade", 2));
  lead.grade = static_cast<int>(grade);
  lead.description = arguments.get("description");
  lead.place = arguments.get("place");
  DOUDI_ASSIGN(lead.attachments, staged_files(field, arguments));
  DOUDI_ASSIGN(const auto problem, field.save_lead(lead));
  return Output{{{"lead", to_json(problem)}}, problem_line(problem)};
}

Result<Output> leads(Field& field, const Arguments&) {
  DOUDI_ASSIGN(const auto problems, field.problems());
  std::string text;
  for (const auto& problem : problems) text += problem_line(problem);
  return Output{{{"leads", list_of(problems)}}, text};
}

Result<Output> search(Field& field, const Arguments& arguments) {
  if (arguments.words.size() != 1) return usage_error("search needs one text");
  DOUDI_ASSIGN(const auto hits, field.search(arguments.words.front()));
  std::string text;
  for (const auto& hit : hits) text += hit.name + "\t" + hit.door + "\t" + to_string(hit.household) + "\n";
  return Output{{{"hits", list_of(hits)}}, text};
}

Result<Output> added_output(const Added& added) {
  std::string text = added.id ? "added " + to_string(*added.id) + "\n"
                              : std::string("somebody looks alike; add --confirmed if it is another one\n");
  for (const auto& other : added.alike) text += other.reason + "\t" + other.name + "\t" + other.door + "\n";
  if (!added.id) return Error{"field.looks_alike", text};
  return Output{to_json(added), text};
}

Result<Output> add_household(Field& field, const Arguments& arguments) {
  NewHousehold household;
  household.door = arguments.get("door");
  household.address = arguments.get("address");
  household.phone = arguments.get("phone");
  household.note = arguments.get("note");
  household.confirmed = arguments.has("confirmed");
  DOUDI_ASSIGN(const Added added, field.add_household(household));
  return added_output(added);
}

Result<Output> person(Field& field, const Arguments& arguments) {
  if (arguments.words.size() != 1 || arguments.words.front() != "add") return usage_error("person add");
  NewPerson person;
  DOUDI_ASSIGN(person.household, id_option(arguments, "household"));
  person.name = arguments.get("name");
  person.id_number = arguments.get("id-number");
  person.relation = arguments.get("relation", "other");
  person.phone = arguments.get("phone");
  DOUDI_ASSIGN(const std::int64_t sex, number_of(arguments, "sex", 0));
  person.sex = static_cast<int>(sex);
  if (arguments.has("birth")) {
    person.birth = parse_date(arguments.get("birth"));
    if (!person.birth) return usage_error("--birth looks like 1945-03-12");
  }
  person.confirmed = arguments.has("confirmed");
  DOUDI_ASSIGN(const Added added, field.add_person(person));
  return added_output(added);
}

Result<Output> household(Field& field, const Arguments& arguments) {
  if (!arguments.words.empty() && arguments.words.front() == "add") return add_household(field, arguments);
  DOUDI_ASSIGN(const Uuid id, id_option(arguments, "household"));
  DOUDI_ASSIGN(const auto view, field.household(id));
  return Output{to_json(view), to_json(view).dump(2) + "\n"};
}

Result<Output> sync(Field& field, const Arguments& arguments) {
  DOUDI_ASSIGN(const std::int64_t seconds, number_of(arguments, "timeout", 0));
  if (arguments.has("repair")) DOUDI_TRY(field.ask_repair());
  DOUDI_TRY(field.sync_now(std::chrono::seconds(seconds)));
  const Chip chip = field.chip();
  return Output{{{"chip", to_json(chip)}}, chip.reason_en + "\n"};
}

Result<Output> status(Field& field, const Arguments&) {
  const Chip chip = field.chip();
  DOUDI_ASSIGN(const auto facts, field.device());
  return Output{{{"chip", to_json(chip)}, {"state", to_json(field.state())}, {"device", to_json(facts)}},
                std::string(to_string(chip.state)) + ": " + std::to_string(chip.unsent) + " unsent. " +
                    chip.reason_en + "\n"};
}

Result<Output> outbox(Field& field, const Arguments&) {
  DOUDI_ASSIGN(const auto rows, field.outbox());
  std::string text;
  for (const auto& row : rows)
    text += std::to_string(row.seq) + "\t" + row.kind + "\t" + row.state + "\t" + row.reason + "\n";
  return Output{{{"groups", list_of(rows)}}, text};
}

Result<Output> export_all(Field& field, const Arguments&) {
  Json records = Json::array();
  std::string text;
  DOUDI_TRY(field.export_records([&](const std::string& line) {
    records.push_back(Json::parse(line));
    text += line + "\n";
  }));
  return Output{{{"records", std::move(records)}}, text};
}

Result<Output> verify(Field& field, const Arguments&) {
  DOUDI_ASSIGN(const auto findings, field.verify());
  std::string text;
  for (const auto& finding : findings) text += finding + "\n";
  if (!findings.empty()) return Error{"field.damaged", text};
  return Output{{{"findings", findings}}, "nothing is wrong\n"};
}

// Opens nothing first: the store may not open.
Result<Output> rescue(Field& field, const Arguments& arguments) {
  DOUDI_ASSIGN(const std::string pin, read_pin(arguments));
  DOUDI_ASSIGN(const RescueFacts facts, field.rescue(pin));
  std::string text = "已修复 rescued: " + std::to_string(facts.damaged_pages) + " of " +
                     std::to_string(facts.pages) + " pages were damaged, " + std::to_string(facts.rows) +
                     " rows kept, " + std::to_string(facts.unsent) +
                     " saves are still to be sent. The files as they were found: " + facts.kept_in + "\n";
  for (const auto& group : facts.lost_groups)
    text += "没能读出 not readable: save " + group + "; if it was not sent, the office finds it in " +
            facts.kept_in + "/outbox.sealed (doudi-server recover)\n";
  return Output{to_json(facts), text + "sync now: doudi-field sync\n"};
}

bool is_change(const Arguments& arguments) {
  return arguments.words.size() == 1 && arguments.words.front() == "change";
}

// Neither opens the store first: the PIN is a matter of keys.json, and a key change needs it closed.
Result<Output> pin(Field& field, const Arguments& arguments) {
  if (!is_change(arguments)) return usage_error("pin change");
  DOUDI_ASSIGN(const std::string old_pin, read_pin(arguments));
  DOUDI_ASSIGN(const std::string new_pin, read_new_pin(arguments));
  DOUDI_TRY(field.change_pin(old_pin, new_pin));
  return Output{{{"changed", "pin"}}, "PIN 已更改 / the PIN was changed\n"};
}

Result<Output> key(Field& field, const Arguments& arguments) {
  if (!is_change(arguments)) return usage_error("key change");
  DOUDI_ASSIGN(const std::string pin, read_pin(arguments));
  DOUDI_TRY(field.change_key(pin));
  return Output{{{"changed", "key"}},
                "密钥已更换，记录都在 / the data key was changed, every record is there\n"};
}

// These say themselves what they do with the PIN.
bool needs_unlocked(const std::string& command) {
  return command != "enroll" && command != "rescue" && command != "pin" && command != "key";
}

Command find_command(const std::string& name) {
  static const std::map<std::string, Command> commands{{"enroll", enroll},
                                                       {"due", due},
                                                       {"visit", visit},
                                                       {"lead", lead},
                                                       {"leads", leads},
                                                       {"search", search},
                                                       {"household", household},
                                                       {"sync", sync},
                                                       {"person", person},
                                                       {"status", status},
                                                       {"outbox", outbox},
                                                       {"export", export_all},
                                                       {"verify", verify},
                                                       {"rescue", rescue},
                                                       {"pin", pin},
                                                       {"key", key}};
  const auto found = commands.find(name);
  return found == commands.end() ? nullptr : found->second;
}

}  // namespace

Result<std::unique_ptr<Field>> open_field(const Arguments& arguments) {
  if (!arguments.has("data")) return usage_error("--data DIR is needed");
  FieldOptions options;
  options.data = std::filesystem::absolute(arguments.get("data"));
  std::error_code failure;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", failure);
  options.share = arguments.has("share") ? std::filesystem::path(arguments.get("share"))
                                         : packs::share_directory(program);
  DOUDI_ASSIGN(options.photo_space_min, number_of(arguments, "photo-space-min", options.photo_space_min));
  return Field::open(std::move(options));
}

Result<Output> run_command(const Arguments& arguments) {
  const Command command = find_command(arguments.command);
  if (!command) return usage_error("unknown command " + arguments.command);
  DOUDI_ASSIGN(const auto field, open_field(arguments));
  if (needs_unlocked(arguments.command)) {
    if (!field->state().enrolled) return Error{"field.not_enrolled", "this folder holds no enrolled tablet"};
    DOUDI_ASSIGN(const std::string pin, read_pin(arguments));
    DOUDI_TRY(field->unlock(pin, arguments.has("accept-loss")));
  }
  return command(*field, arguments);
}

std::string usage() {
  return "doudi-field COMMAND --data DIR [--json] [--pin-file F | DOUDI_PIN] [--share DIR]\n"
         "  enroll --server URL --code CODE [--label L]   register this tablet and pull for the first time\n"
         "  due [--date D]                                who is due\n"
         "  visit --household ID [--person ID] --met self [--answer V02=none ...] [--leaflet] [--note T]\n"
         "        [--photo FILE ...] [--voice FILE ...]\n"
         "  lead --household ID --category C --grade 1 --description T [--place P] [--photo FILE ...]\n"
         "  rescue                                        a damaged store: keep what can be read, open the "
         "rest anew\n"
         "  leads | outbox | status | verify | export | household --household ID | search TEXT\n"
         "  household add --door D [--address A] [--phone P] [--note T] [--confirmed]\n"
         "  person add --household ID --name N [--id-number I | --birth D --sex 1] [--relation R] "
         "[--confirmed]\n"
         "  pin change [--new-pin-file F | DOUDI_NEW_PIN] another PIN for the same data key\n"
         "  key change                                    another data key: the store is written anew, "
         "nothing "
         "is lost\n"
         "  sync [--timeout S] [--repair]                 until nothing is unsent and there is no news\n"
         "  serve [--port 0] [--web DIR] [--no-sync]      the page of the tablet, on this machine only\n";
}

}  // namespace doudi::field
