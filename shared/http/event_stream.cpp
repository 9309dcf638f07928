// Server-sent events (HTML standard, section 9.2): text form and the bounded queue.
#include "shared/http/event_stream.hpp"

#include "shared/http/text.hpp"

namespace doudi::http {
namespace {

constexpr std::size_t kMaxQueuedEvents = 1'024;
constexpr std::size_t kMaxQueuedBytes = 4 * 1024 * 1024;

std::string single_line(std::string_view text) {
  std::string line(text);
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < 0x20) c = ' ';
  }
  return line;
}

std::string event_text(std::string_view event, std::string_view data, std::string_view id) {
  std::string text;
  if (!id.empty()) text += "id: " + single_line(id) + '\n';
  if (!event.empty()) text += "event: " + single_line(event) + '\n';
  for (const auto line : split(data, '\n')) text += "data: " + single_line(line) + '\n';
  return text + '\n';
}

}  // namespace

void EventQueue::send(std::string_view event, std::string_view data, std::string_view id) {
  const auto text = event_text(event, data, id);
  {
    const std::lock_guard lock(mutex_);
    if (!open_) return;
    if (events_ == kMaxQueuedEvents || queued_.size() + text.size() > kMaxQueuedBytes) {
      open_ = false;
      overflowed_ = true;
      queued_.clear();
    } else {
      queued_ += text;
      ++events_;
    }
  }
  wake_();
}

bool EventQueue::open() const {
  const std::lock_guard lock(mutex_);
  return open_;
}

void EventQueue::close() {
  {
    const std::lock_guard lock(mutex_);
    if (!open_) return;
    open_ = false;
  }
  wake_();
}

std::string EventQueue::take() {
  const std::lock_guard lock(mutex_);
  events_ = 0;
  return std::exchange(queued_, {});
}

bool EventQueue::overflowed() const {
  const std::lock_guard lock(mutex_);
  return overflowed_;
}

}  // namespace doudi::http
