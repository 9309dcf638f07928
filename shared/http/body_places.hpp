// Bodies under way to addresses that keep what came of a cut one. Whoever asks such an address how far it got
// first ends the bodies on their way there: over a link that vanished without a word the server would go on
// waiting for the rest, and answer as if nothing had come. Inside this layer only.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "shared/http/worker.hpp"

namespace doudi::http {

class BodyPlaces {
 public:
  struct Guest {
    std::shared_ptr<Mailbox> mailbox;
    std::weak_ptr<Connection> connection;
    const Connection* who = nullptr;
  };

  void add(const std::string& path, const Guest& bringing) {
    const std::lock_guard lock(mutex_);
    places_[path].bringing.push_back(bringing);
  }
  void remove(const std::string& path, const Connection* who) {
    std::vector<Guest> waiting;
    {
      const std::lock_guard lock(mutex_);
      auto& place = places_[path];
      std::erase_if(place.bringing, [who](const Guest& guest) { return guest.who == who; });
      if (!place.bringing.empty()) return;
      waiting = std::move(place.waiting);
      places_.erase(path);
    }
    tell(waiting, &Connection::wake);
  }
  // False while bodies are under way: they are ended, and `asking` is woken when they are handed over.
  bool is_settled(const std::string& path, const Guest& asking) {
    std::vector<Guest> bringing;
    {
      const std::lock_guard lock(mutex_);
      const auto place = places_.find(path);
      if (place == places_.end()) return true;
      place->second.waiting.push_back(asking);
      bringing = place->second.bringing;
    }
    tell(bringing, &Connection::end_body);
    return false;
  }

 private:
  struct Place {
    std::vector<Guest> bringing, waiting;
  };
  static void tell(const std::vector<Guest>& guests, void (Connection::*what)()) {
    for (const Guest& guest : guests) {
      guest.mailbox->deliver([connection = guest.connection, what] {
        if (const auto alive = connection.lock()) (alive.get()->*what)();
      });
    }
  }

  std::mutex mutex_;
  std::map<std::string, Place> places_;
};

// The place of one body, until it was served, or what came of it is kept.
class BodyPlace {
 public:
  BodyPlace(std::shared_ptr<BodyPlaces> places, std::string path, const BodyPlaces::Guest& guest)
      : places_(std::move(places)), path_(std::move(path)), who_(guest.who) {
    places_->add(path_, guest);
  }
  BodyPlace(const BodyPlace&) = delete;
  BodyPlace& operator=(const BodyPlace&) = delete;
  BodyPlace(BodyPlace&&) = delete;
  BodyPlace& operator=(BodyPlace&&) = delete;
  ~BodyPlace() { places_->remove(path_, who_); }

 private:
  std::shared_ptr<BodyPlaces> places_;
  std::string path_;
  const Connection* who_;
};

}  // namespace doudi::http
