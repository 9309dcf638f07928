// The routing table behind Router. Built once, then only read, from every io thread. Inside this layer only.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "shared/http/server.hpp"
#include "shared/http/static_files.hpp"

namespace doudi::http {

struct StreamRoute {
  Gate authorize;
  StreamHandler handler;
};

// What serves a request: a handler, an event stream, or an answer that needs no handler (file, 404, 405).
using Match = std::variant<const Handler*, const StreamRoute*, Response>;

struct Router::Impl {
  struct Route {
    std::vector<std::string> segments;                     // "{id}" is a parameter
    std::map<std::string, Handler, std::less<>> handlers;  // by method
    std::map<std::string, CutHandler, std::less<>> cut_handlers;
    std::optional<StreamRoute> stream;
  };

  std::vector<Route> routes;
  StaticFiles files;

  Route& route_of(std::string_view pattern);
  // Fills the path parameters of `request`.
  Match find(Request& request) const;
  // The path, if what arrives there before a cut is kept.
  [[nodiscard]] std::optional<std::string> cut_place(const Request& request) const;
  // The handler of what arrived before a cut, if the route has one.
  const CutHandler* find_cut(Request& request) const;
};

}  // namespace doudi::http
