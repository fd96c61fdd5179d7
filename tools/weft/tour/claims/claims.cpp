#include "tour/claims/claims.hpp"

namespace weft::tour {

namespace {

constexpr claim all[] = {
    {"T1",
     "one page from a database, a file and a web service, 200 ms each: 600 ms synchronous, 600 "
     "ms awaited one by one, 200 ms started together",
     "one after another ≥ 600 ms, together ≤ 215 ms (medians of 3)", &measure_t1},
    {"T2", "three such requests: three threads when synchronous, one when async, from the trace",
     "synchronous: 3 threads, blocked throughout; one by one: 1 thread, kick-offs interleaved; "
     "together: 1 thread, 9 kick-offs before the first answer",
     &measure_t2},
    {"T3",
     "100 operations of 100 ms: about 100 ms either way, but 100 threads blocked against 1 or 2",
     "awaited in ≤ 105 ms (median of 3) on ≤ 2 threads of the pool", &measure_t3},
    {"T4",
     "1,000 concurrent requests of 100 ms: a thread for each needs about 1,000, async no more "
     "than "
     "the cores; with an equal small pool the async server answers 50 times as many",
     "1,000 in ≤ 250 ms (median of 3), workers ≤ cores on both sides, ≥ 50 × the throughput",
     &measure_t4},
    {"T5", "counting primes up to one bound: sequential against parallel, loop and query",
     "≥ 0.9 × as many times as fast as there are cores; if threads by hand are not, ≥ 0.8 × what "
     "they are (best of 5)",
     &measure_t5},
#ifdef WEFT_TOUR_PICTURES
    {"T6",
     "four pictures, loaded, filtered, saved: in sequence the sum, "
     "in parallel the sum ÷ cores",
     "≥ 0.9 × as many times as fast as there are cores; if threads by hand are not, ≥ 0.8 × what "
     "they are (best of 5); the same pictures",
     &measure_t6},
#endif
#ifdef WEFT_TOUR_LETTERS
    {"T7",
     "resize → base64 → PDF → encrypt, each step needing the one before: async hand-overs bring "
     "nothing and cost little",
     "a hand-over ≤ 1 µs, 0.9 … 1.15 × the time of plain calls (medians of 75 rounds or more)",
     &measure_t7},
#endif
#ifdef WEFT_TOUR_MARKDOWN
    {"T8", "a page that renders Markdown only: async brings nothing",
     "as tasks 0.9 … 1.15 × the time of plain calls, through the pool's queue no less "
     "(medians of 15 rounds or more)",
     &measure_t8},
#endif
    {"T9", "fetch from eight services at once, then process in parallel, then reply",
     "fetching ≤ 125 ms, the reply in ≤ 1/3 of the synchronous time (median of 3)", &measure_t9},
    {"T10",
     "result() on a UI loop is reported as a deadlock, with the fix; configure_await(false) on "
     "the awaits inside makes it complete, at the caller it does not help",
     "deadlock_error within 100 ms, naming both places, on a loop and on a strand; the fix "
     "completes",
     &measure_t10},
    {"T11", "a cached value_task: no allocation on the hit path, one on a miss at most",
     "0 calls of malloc in 1,000,000 hits, ≤ 1 in each of 100 misses of a warm thread",
     &measure_t11},
    {"T12", "a delay uses no thread: a million delays at once, on two threads",
     "all end, none early, on ≤ 2 threads of the pool; ≤ 128 B a delay", &measure_t12},
    {"T13", "threads are expensive: creation time and memory of a thread against a task",
     "a task costs ≤ 1/10 of the time and ≤ 1/10 of the memory (medians of 3)", &measure_t13},
    {"T14", "an API under load while a background job uses every core: the API's p99 holds",
     "p99 ≤ 1 ms (best of 15 to 45); where threads by hand are not under half of it, ≤ 2 × theirs; "
     "≤ ¼ "
     "of "
     "that of a pool that does both; computing ≥ 0.8 × as much a processor second as by hand",
     &measure_t14},
    {"T16",
     "concurrency is not parallelism: eight computations on one worker all make progress and "
     "take the sum; on all cores sum ÷ cores and no less, however many threads; eight waits on "
     "one thread take the longest",
     "with 1, 2, 8 and 64 workers: 0.8 … 1.25 × the sum's processor time; the sum ÷ ≥ 0.9 × the "
     "cores; if threads by hand do less, ÷ ≥ 0.8 × theirs (medians of 9 rounds or more); the "
     "waits ≤ 200 ms (median of 3)",
     &measure_t16},
#ifdef WEFT_TOUR_KINDS
    {"T17",
     "internal or external? parsing, bcrypt, AES, gzip, HTML, Mandelbrot, sorting against SQL, "
     "file, HTTP, DNS, serial port: where each spends its time, and what async, run and a "
     "parallel loop bring",
     "computing: ≥ 80 % processor, async alone × 0.75 … 1.3, a loop and run as T5; waiting: ≤ 20 % "
     "processor, awaited together × ≥ 0.8 of their number",
     &measure_t17},
#endif
};

}  // namespace

std::span<const claim> all_claims() {
  return all;
}

}  // namespace weft::tour
