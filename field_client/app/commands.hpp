// The commands of doudi-field. Each gives a JSON document and a text for people.
#pragma once

#include <string>

#include "field_client/app/arguments.hpp"
#include "field_client/app/views_json.hpp"

namespace doudi::field {

struct Output {
  Json document;
  std::string text;
};

Result<Output> run_command(const Arguments& arguments);
// Runs until SIGTERM or SIGINT.
Status serve(const Arguments& arguments);
Result<std::unique_ptr<Field>> open_field(const Arguments& arguments);
std::string usage();

}  // namespace doudi::field
