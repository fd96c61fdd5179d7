// P12 with libuv: its thread pool, as large as was asked for, and a chain of callbacks a lane.

#include "workload.hpp"

#include <memory>

#include <uv.h>

namespace {

using namespace bench::files;

int checked(ssize_t result) {
  if (result < 0) {
    std::fprintf(stderr, "libuv: %s\n", uv_strerror(static_cast<int>(result)));
    std::exit(bench::failed);
  }
  return static_cast<int>(result);
}

// What goes on one after another.
struct lane {
  uv_fs_t request{};
  uv_buf_t part{};
  struct alignas(block) {
    contents bytes;
  } into{};
  const folder* in = nullptr;
  positions at{0};
  uv_file file = -1;
  long next = 0;
  long end = 0;
  long step = 0;
  long sum = 0;
  bool writes = false;
};

lane& lane_of(uv_fs_t* request) {
  auto& l = *static_cast<lane*>(request->data);
  uv_fs_req_cleanup(request);
  return l;
}

void open_next(lane& l);

void on_closed(uv_fs_t* request) {
  lane& l = lane_of(request);
  l.next += l.step;
  open_next(l);
}

void on_moved(uv_fs_t* request) {
  checked(request->result);
  lane& l = lane_of(request);
  l.sum += number_in(l.into.bytes.data());
  uv_fs_close(uv_default_loop(), request, l.file, on_closed);
}

void on_opened(uv_fs_t* request) {
  const auto file = checked(request->result);
  lane& l = lane_of(request);
  l.file = file;
  l.part = uv_buf_init(l.into.bytes.data(), block);
  if (l.writes) {
    l.into.bytes = contents_of(l.next);
    uv_fs_write(uv_default_loop(), request, file, &l.part, 1, 0, on_moved);
  } else {
    uv_fs_read(uv_default_loop(), request, file, &l.part, 1, 0, on_moved);
  }
}

void open_next(lane& l) {
  if (l.next < l.end) {
    uv_fs_open(uv_default_loop(), &l.request, l.in->file(l.next).c_str(),
               l.writes ? UV_FS_O_WRONLY | UV_FS_O_CREAT | UV_FS_O_TRUNC : UV_FS_O_RDONLY, 0666,
               on_opened);
  }
}

std::vector<std::unique_ptr<lane>> make_lanes(int all) {
  std::vector<std::unique_ptr<lane>> made;
  for (int i = 0; i < all; ++i) {
    made.push_back(std::make_unique<lane>());
    made.back()->request.data = made.back().get();
  }
  return made;
}

long finish(const std::vector<std::unique_ptr<lane>>& all) {
  uv_run(uv_default_loop(), UV_RUN_DEFAULT);
  long sum = 0;
  for (const auto& l : all) {
    sum += l->sum;
  }
  return sum;
}

long move_small(const folder& in, long n, int threads, bool writes) {
  const auto all = make_lanes(lanes * threads);
  for (std::size_t i = 0; i < all.size(); ++i) {
    lane& l = *all[i];
    l.in = &in;
    l.next = static_cast<long>(i);
    l.end = n;
    l.step = static_cast<long>(all.size());
    l.writes = writes;
    open_next(l);
  }
  return finish(all);
}

long read_small(const folder& in, long n, int threads) {
  return move_small(in, n, threads, false);
}
void write_small(const folder& in, long n, int threads) {
  move_small(in, n, threads, true);
}

void on_read(uv_fs_t* request);

void read_next(lane& l) {
  if (l.next < l.end) {
    ++l.next;
    uv_fs_read(uv_default_loop(), &l.request, l.file, &l.part, 1,
               l.at.next() * static_cast<long>(block), on_read);
  }
}

void on_read(uv_fs_t* request) {
  checked(request->result);
  lane& l = lane_of(request);
  l.sum += number_in(l.into.bytes.data());
  read_next(l);
}

long read_blocks(const std::string& path, long n, int count, int flags) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | flags);
  if (file < 0) {
    fail(path);
  }
  const auto all = make_lanes(count);
  for (int i = 0; i < count; ++i) {
    lane& l = *all[static_cast<std::size_t>(i)];
    l.at = positions(i);
    l.file = file;
    l.part = uv_buf_init(l.into.bytes.data(), block);
    l.end = share(n, count, i);
    read_next(l);
  }
  const long sum = finish(all);
  ::close(file);
  return sum;
}

long read_random(const std::string& path, long n, int all, int) {
  return read_blocks(path, n, all, 0);
}
long read_direct(const std::string& path, long n, int all, int) {
  return read_blocks(path, n, all, O_DIRECT);
}

void copy(const std::string& from, const std::string& to) {
  uv_fs_t request{};
  uv_fs_copyfile(uv_default_loop(), &request, from.c_str(), to.c_str(), 0,
                 [](uv_fs_t* done) { checked(done->result); });
  uv_run(uv_default_loop(), UV_RUN_DEFAULT);
  uv_fs_req_cleanup(&request);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 4) {
    ::setenv("UV_THREADPOOL_SIZE", argv[3], 1);
  }
  return bench::run(argc, argv,
                    {{"P12/small", reads_small<read_small>},
                     {"P12/small_write", writes_small<write_small>},
                     {"P12/random", reads_at_random<read_random>},
                     {"P12/random_direct", reads_at_random<read_direct>},
                     {"P12/copy", copies<copy>}},
                    std::string("libuv ") + uv_version_string());
}
