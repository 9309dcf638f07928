// One filled example of every message, for tests, the fuzz corpus and measurements.
#pragma once

#include "shared/wire/messages.hpp"

namespace doudi::wire::test {

Hello sample_hello();
HelloReply sample_hello_reply();
Push sample_push();
PushReply sample_push_reply();
Pull sample_pull();
Page sample_page();
Wait sample_wait();
WaitReply sample_wait_reply();
Compare sample_compare();
CompareReply sample_compare_reply();

}  // namespace doudi::wire::test
