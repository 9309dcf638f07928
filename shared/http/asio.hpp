// The one place that includes Asio. A concrete executor and no strand: each io_context has exactly one
// thread. gcc 12 miscompiles coroutines with co_await inside a condition: its value goes into a variable
// first.
#pragma once

#include <utility>  // Asio's awaitable uses std::exchange without including it

#if defined(__clang__) && !defined(BOOST_ASIO_HAS_CO_AWAIT)
#define BOOST_ASIO_HAS_CO_AWAIT 1
#define BOOST_ASIO_HAS_STD_COROUTINE 1
#endif

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <chrono>

namespace doudi::http {

namespace net = boost::asio;
using Clock = std::chrono::steady_clock;
using Executor = net::io_context::executor_type;
using Socket = net::basic_stream_socket<net::ip::tcp, Executor>;
using TlsStream = net::ssl::stream<Socket>;
using Timer = net::basic_waitable_timer<Clock, net::wait_traits<Clock>, Executor>;
template <class T>
using Task = net::awaitable<T, Executor>;
using IoError = boost::system::error_code;

// Suspends the coroutine and puts the outcome into `failure` instead of throwing.
inline auto into(IoError& failure) {
  return net::redirect_error(net::use_awaitable_t<Executor>{}, failure);
}

}  // namespace doudi::http
