// The requests of the tablet's page, answered from the library on the store thread.
#pragma once

#include "field_client/app/loopback_gate.hpp"
#include "field_client/app/store_thread.hpp"
#include "field_client/include/doudi/field.hpp"
#include "shared/http/server.hpp"

namespace doudi::field {

// All three outlive the router's server.
void add_attachment_routes(http::Router& router, Field& field, StoreThread& thread);
// An error as the page gets it.
http::Response failure_response(Field& field, const Error& error);
void add_loopback_routes(http::Router& router, Field& field, LoopbackGate& gate, StoreThread& thread);

}  // namespace doudi::field
