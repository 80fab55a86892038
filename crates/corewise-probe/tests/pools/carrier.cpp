// Starts two threads through the C++ library, whose start routine is in that library.
#include <chrono>
#include <thread>

static void rest() {
    for (;;) std::this_thread::sleep_for(std::chrono::hours(1));
}

extern "C" void start_two() {
    std::thread(rest).detach();
    std::thread([] { rest(); }).detach();
}
