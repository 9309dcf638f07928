// Routes match segment by segment on the undecoded path, so an encoded slash stays inside its parameter.
// The first registered pattern that fits wins.
#include "shared/http/router.hpp"

#include "shared/http/text.hpp"

namespace doudi::http {
namespace {

bool is_parameter(std::string_view segment) {
  return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}

std::string_view raw_path(const Request& request) {
  std::string_view target = request.target;
  if (target.front() != '/') {
    if (const auto absolute = split_absolute_target(target)) target = absolute->path_and_query;
  }
  return target.substr(0, target.find_first_of("?#"));
}

std::optional<std::map<std::string, std::string>> match(const std::vector<std::string>& pattern,
                                                        const std::vector<std::string>& segments) {
  if (pattern.size() != segments.size()) return std::nullopt;
  std::map<std::string, std::string> parameters;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (is_parameter(pattern[i])) {
      if (segments[i].empty()) return std::nullopt;
      parameters.emplace(pattern[i].substr(1, pattern[i].size() - 2), segments[i]);
    } else if (pattern[i] != segments[i]) {
      return std::nullopt;
    }
  }
  return parameters;
}

std::vector<std::string> decoded_segments(std::string_view path) {
  std::vector<std::string> segments;
  for (const auto segment : split(path, '/')) segments.push_back(percent_decode(segment, false).value_or(""));
  return segments;
}

std::string allowed_methods(const Router::Impl::Route& route) {
  std::string allowed;
  const auto add = [&allowed](std::string_view method) {
    allowed.append(allowed.empty() ? "" : ", ").append(method);
  };
  for (const auto& [method, handler] : route.handlers) {
    add(method);
    if (method == "GET") add("HEAD");
  }
  if (route.stream) add("GET");
  return allowed;
}

Response method_not_allowed(std::string allowed) {
  auto response = problem(405, {"http.method_not_allowed", "this address does not know the method"});
  response.headers.emplace_back("Allow", std::move(allowed));
  return response;
}

Match match_method(const Router::Impl::Route& route, const Request& request) {
  if (route.stream && request.method == "GET") return &*route.stream;
  auto found = route.handlers.find(request.method);
  if (found == route.handlers.end() && request.method == "HEAD") found = route.handlers.find("GET");
  if (found != route.handlers.end()) return &found->second;
  return method_not_allowed(allowed_methods(route));
}

}  // namespace

Router::Router() : impl(std::make_unique<Impl>()) {}
Router::~Router() = default;
Router::Router(Router&&) noexcept = default;
Router& Router::operator=(Router&&) noexcept = default;

Router::Impl::Route& Router::Impl::route_of(std::string_view pattern) {
  std::vector<std::string> segments;
  for (const auto segment : split(pattern, '/')) segments.emplace_back(segment);
  for (auto& route : routes) {
    if (route.segments == segments) return route;
  }
  return routes.emplace_back(Route{std::move(segments), {}, {}, {}});
}

void Router::add(std::string_view method, std::string_view pattern, Handler handler) {
  impl->route_of(pattern).handlers.insert_or_assign(std::string(method), std::move(handler));
}

void Router::add_cut(std::string_view method, std::string_view pattern, CutHandler handler) {
  impl->route_of(pattern).cut_handlers.insert_or_assign(std::string(method), std::move(handler));
}

void Router::add_stream(std::string_view pattern, Gate authorize, StreamHandler handler) {
  impl->route_of(pattern).stream = StreamRoute{std::move(authorize), std::move(handler)};
}

void Router::add_files(std::string_view prefix, const std::filesystem::path& root,
                       std::vector<std::pair<std::string, std::string>> headers) {
  impl->files.add(prefix, root, headers);
}

std::optional<std::string> Router::Impl::cut_place(const Request& request) const {
  const auto path = raw_path(request);
  const auto segments = decoded_segments(path);
  for (const auto& route : routes) {
    if (!match(route.segments, segments)) continue;
    return route.cut_handlers.empty() ? std::nullopt : std::optional(std::string(path));
  }
  return std::nullopt;
}

const CutHandler* Router::Impl::find_cut(Request& request) const {
  const auto segments = decoded_segments(raw_path(request));
  for (const auto& route : routes) {
    auto parameters = match(route.segments, segments);
    if (!parameters) continue;
    request.path_parameters = std::move(*parameters);
    const auto found = route.cut_handlers.find(request.method);
    return found == route.cut_handlers.end() ? nullptr : &found->second;
  }
  return nullptr;
}

Match Router::Impl::find(Request& request) const {
  const auto segments = decoded_segments(raw_path(request));
  for (const auto& route : routes) {
    if (auto parameters = match(route.segments, segments)) {
      request.path_parameters = std::move(*parameters);
      return match_method(route, request);
    }
  }
  if (const auto* file = files.find(request.path)) {
    if (request.method == "GET" || request.method == "HEAD") return file_response(*file, request);
    return method_not_allowed("GET, HEAD");
  }
  return problem(404, {"http.not_found", "nothing is kept at this address"});
}

}  // namespace doudi::http
