// Writes the seeds of the fuzz targets `frame` and `cbor` from the sample messages. Run by hand when a
// message changes:
//   doudi_write_corpus tests/fuzz/corpus
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "shared/crypto/crypto.hpp"
#include "shared/wire/frame.hpp"
#include "tests/unit/wire/sample_messages.hpp"

namespace doudi::wire {
namespace {

void write(const std::filesystem::path& file, ByteView bytes) {
  std::ofstream(file, std::ios::binary) << as_text(bytes);
}

template <class Message>
void write_seed(const std::filesystem::path& corpus, const std::string& name, Payload payload,
                const Message& message) {
  const Bytes frame = encode(message, crypto::sha256);
  write(corpus / "frame" / name, frame);
  Bytes body = *open_frame(payload, frame, crypto::sha256);
  body.insert(body.begin(), static_cast<std::uint8_t>(payload));
  write(corpus / "cbor" / name, body);
}

void write_all(const std::filesystem::path& corpus) {
  write_seed(corpus, "hello", Payload::hello, test::sample_hello());
  write_seed(corpus, "hello_reply", Payload::hello_reply, test::sample_hello_reply());
  write_seed(corpus, "push", Payload::push, test::sample_push());
  write_seed(corpus, "push_reply", Payload::push_reply, test::sample_push_reply());
  write_seed(corpus, "pull", Payload::pull, test::sample_pull());
  write_seed(corpus, "page", Payload::page, test::sample_page());
  write_seed(corpus, "wait", Payload::wait, test::sample_wait());
  write_seed(corpus, "wait_reply", Payload::wait_reply, test::sample_wait_reply());
  write_seed(corpus, "compare", Payload::compare, test::sample_compare());
  write_seed(corpus, "compare_reply", Payload::compare_reply, test::sample_compare_reply());
  write(corpus / "frame" / "padded", make_frame(Payload::push, Bytes(100'000, 'a'), crypto::sha256));
  Bytes deep(40, 0x81);
  deep[0] = static_cast<std::uint8_t>(Payload::push);
  write(corpus / "cbor" / "deep", deep);
}

}  // namespace
}  // namespace doudi::wire

int main(int count, char** arguments) {
  if (count != 2) {
    std::fputs("usage: doudi_write_corpus <tests/fuzz/corpus>\n", stderr);
    return 2;
  }
  doudi::wire::write_all(arguments[1]);
  return 0;
}
