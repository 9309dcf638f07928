// doudi-rules: a district checks its own policy pack with worked examples, asks one rule, or looks into a
// pack.
#include <filesystem>
#include <iostream>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include "shared/domain/policy.hpp"
#include "shared/packs/packs.hpp"
#include "shared/rules/rules.hpp"

namespace {

namespace fs = std::filesystem;

constexpr int kFailed = 1;
constexpr int kUsage = 2;

constexpr const char* kHelp =
    "doudi-rules check [--packs DIR] [--calendars DIR] [--json] FILE...   evaluate worked examples\n"
    "doudi-rules eval  [--packs DIR] [--calendars DIR] KIND JSON          one result and the rules it used "
    "(JSON - reads stdin)\n"
    "doudi-rules kinds                                                    the kinds of examples\n"
    "doudi-rules pack check FILE...                                       is a pack well formed?\n"
    "doudi-rules pack show  [--packs DIR] ID                              its values, states and sources\n"
    "doudi-rules pack diff  [--packs DIR] ID ID                           what differs between two packs\n";

struct Arguments {
  std::vector<std::string> words;
  fs::path packs;
  fs::path calendars;
  fs::path names;
  bool json = false;
};

// The shared data beside the program; `--packs` and `--calendars` replace parts of it.
fs::path program_path(const char* argument) {
  std::error_code failure;
  const fs::path self = fs::read_symlink("/proc/self/exe", failure);
  return failure ? fs::path(argument) : self;
}

std::optional<Arguments> parse(int count, char** values) {
  const doudi::rules::Sources beside =
      doudi::rules::sources_in(doudi::packs::share_directory(program_path(values[0])));
  Arguments arguments{{}, beside.policies, beside.calendars, beside.names, false};
  for (int i = 1; i < count; ++i) {
    const std::string word = values[i];
    if (word == "--json") {
      arguments.json = true;
    } else if (word == "--packs" || word == "--calendars" || word == "--names") {
      if (++i >= count) return std::nullopt;
      (word == "--packs"       ? arguments.packs
       : word == "--calendars" ? arguments.calendars
                               : arguments.names) = values[i];
    } else if (word.rfind("--", 0) == 0) {
      return std::nullopt;
    } else {
      arguments.words.push_back(word);
    }
  }
  return arguments;
}

int complain(const doudi::Error& error) {
  std::cerr << error.code << ": " << error.message << "\n";
  return kFailed;
}

int usage() {
  std::cerr << kHelp;
  return kUsage;
}

// Control characters would break the one line or the JSON string.
std::string json_string(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return out + "\"";
}

int check(doudi::rules::Library& library, const Arguments& arguments) {
  int passed = 0;
  std::vector<doudi::rules::FailedExample> failed;
  for (std::size_t i = 1; i < arguments.words.size(); ++i) {
    const auto report = doudi::rules::check_file(library, arguments.words[i]);
    passed += report.passed;
    failed.insert(failed.end(), report.failed.begin(), report.failed.end());
  }
  if (arguments.json) {
    std::cout << "{\"passed\":" << passed << ",\"failed\":[";
    for (std::size_t i = 0; i < failed.size(); ++i) {
      std::cout << (i == 0 ? "" : ",") << "{\"file\":" << json_string(failed[i].file)
                << ",\"id\":" << json_string(failed[i].id) << ",\"reason\":" << json_string(failed[i].reason)
                << "}";
    }
    std::cout << "]}\n";
  } else {
    for (const auto& example : failed)
      std::cout << example.id << " (" << example.file << "): " << example.reason << "\n";
    std::cout << passed << " passed, " << failed.size() << " failed\n";
  }
  return failed.empty() ? 0 : kFailed;
}

int evaluate(doudi::rules::Library& library, const Arguments& arguments) {
  if (arguments.words.size() != 3) return usage();
  std::string input = arguments.words[2];
  if (input == "-") input.assign(std::istreambuf_iterator<char>(std::cin), std::istreambuf_iterator<char>());
  const auto result = doudi::rules::evaluate(library, arguments.words[1], input);
  if (!result.ok()) return complain(result.error());
  std::cout << *result << "\n";
  return 0;
}

int pack_check(const Arguments& arguments) {
  if (arguments.words.size() < 3) return usage();
  int failures = 0;
  for (std::size_t i = 2; i < arguments.words.size(); ++i) {
    const fs::path file = arguments.words[i];
    const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
    const auto pack = doudi::packs::load_policy(folder, file.stem().string());
    if (pack.ok()) {
      std::cout << file.string() << ": ok\n";
    } else {
      failures += complain(pack.error());
    }
  }
  return failures == 0 ? 0 : kFailed;
}

// key = value  [state]  source  note
std::string line_of(const doudi::domain::Parameter& parameter) {
  const bool open = parameter.state == doudi::domain::ParameterState::unset;
  const bool sure = parameter.state == doudi::domain::ParameterState::set;
  std::string line = parameter.key;
  line += open ? "" : " = " + doudi::domain::value_text(parameter);
  line += std::string("  [") + (open ? "unset" : sure ? "set" : "assumed") + "]  " + parameter.source;
  return parameter.note.empty() ? line : line + "  " + parameter.note;
}

int pack_show(const Arguments& arguments) {
  if (arguments.words.size() != 3) return usage();
  const std::string& id = arguments.words[2];
  if (arguments.json) {
    const auto json = doudi::packs::policy_json(arguments.packs, id);
    if (!json.ok()) return complain(json.error());
    std::cout << *json << "\n";
    return 0;
  }
  const auto pack = doudi::packs::load_policy(arguments.packs, id);
  if (!pack.ok()) return complain(pack.error());
  std::cout << pack->id << " " << pack->title << " (" << pack->division << ", version " << pack->version
            << ", from " << doudi::format_date(pack->valid_from) << ")\n";
  for (const auto& parameter : pack->parameters) {
    std::cout << line_of(parameter) << "\n";
  }
  return 0;
}

int pack_diff(const Arguments& arguments) {
  if (arguments.words.size() != 4) return usage();
  const auto before = doudi::packs::load_policy(arguments.packs, arguments.words[2]);
  if (!before.ok()) return complain(before.error());
  const auto after = doudi::packs::load_policy(arguments.packs, arguments.words[3]);
  if (!after.ok()) return complain(after.error());
  for (const auto& change : doudi::domain::compare_packs(*before, *after)) {
    std::cout << change.key << ": " << change.before << " [" << before->source(change.key) << "] -> "
              << change.after << " [" << after->source(change.key) << "]\n";
  }
  return 0;
}

int pack(const Arguments& arguments) {
  const std::string action = arguments.words.size() > 1 ? arguments.words[1] : "";
  if (action == "check") return pack_check(arguments);
  if (action == "show") return pack_show(arguments);
  if (action == "diff") return pack_diff(arguments);
  return usage();
}

int print_kinds() {
  for (const std::string& kind : doudi::rules::kinds()) std::cout << kind << "\n";
  return 0;
}

}  // namespace

int main(int count, char** values) {
  const auto arguments = parse(count, values);
  if (!arguments || arguments->words.empty()) return usage();
  doudi::rules::Library library({arguments->packs, arguments->calendars, arguments->names});
  const std::string& command = arguments->words.front();
  if (command == "check" && arguments->words.size() > 1) return check(library, *arguments);
  if (command == "eval") return evaluate(library, *arguments);
  if (command == "kinds") return print_kinds();
  if (command == "pack") return pack(*arguments);
  return usage();
}
