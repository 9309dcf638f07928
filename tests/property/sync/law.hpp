// RapidCheck under Catch2: a law is a sentence that holds for every generated input. A failure prints the
// smallest counterexample and the RC_PARAMS line that replays it.
#pragma once

#include <sstream>
#include <string>

#include <rapidcheck.h>
#include <rapidcheck/detail/Configuration.h>
#include <catch2/catch_test_macros.hpp>

namespace doudi::test {

template <class Law>
void holds(const std::string& sentence, const Law& law) {
  auto parameters = rc::detail::configuration().testParams;
  parameters.maxSuccess *= 5;
  const auto result =
      rc::detail::checkTestable(law, rc::detail::TestMetadata{sentence, sentence}, parameters);
  std::ostringstream report;
  rc::detail::printResultMessage(result, report);
  INFO(sentence << "\n" << report.str());
  CHECK(result.template is<rc::detail::SuccessResult>());
}

}  // namespace doudi::test
