#include <weft/net/pipeline.hpp>

#include <weft/base/error.hpp>
#include <weft/io/stream.hpp>

#include "pipeline_core.hpp"

#include <stdexcept>
#include <string>
#include <utility>

namespace weft::net {

pipeline::pipeline(const pipeline_options& options) {
  if (options.pause_writer_threshold != 0 &&
      options.resume_writer_threshold > options.pause_writer_threshold) {
    throw std::invalid_argument(
        "weft::net::pipeline: resume_writer_threshold is above pause_writer_threshold");
  }
  auto core = std::make_shared<detail::pipeline_core>(options);
  reader = pipeline_reader(core);
  writer = pipeline_writer(std::move(core));
}

detail::pipeline_core& pipeline_reader::core() const {
  if (core_ == nullptr) {
    throw invalid_operation("weft::net::pipeline_reader: it is empty (moved from?)");
  }
  return *core_;
}

pipeline_reader& pipeline_reader::operator=(pipeline_reader&& other) noexcept {
  if (this != &other) {
    complete();
    core_ = std::move(other.core_);
  }
  return *this;
}

value_task<read_result> pipeline_reader::read(std::stop_token stop) {
  return core().read(0, std::move(stop));
}
value_task<read_result> pipeline_reader::read_at_least(std::size_t count, std::stop_token stop) {
  return core().read(count, std::move(stop));
}
std::optional<read_result> pipeline_reader::try_read() {
  return core().try_read();
}
void pipeline_reader::advance_to(std::size_t consumed, std::size_t examined) {
  core().advance_to(consumed, examined);
}
void pipeline_reader::cancel_pending_read() noexcept {
  if (core_ != nullptr) {
    core_->cancel_read();
  }
}
void pipeline_reader::complete(std::exception_ptr error) noexcept {
  if (core_ != nullptr) {
    core_->complete_reader(std::move(error));
  }
}

namespace {

[[noreturn]] void throw_canceled() {
  throw operation_canceled();
}

value_task<> exactly(std::shared_ptr<detail::pipeline_core> core, mutable_buffer into,
                     std::stop_token stop) {
  auto reading = core->read(into.size(), std::move(stop));
  const read_result got = co_await std::move(reading);
  if (got.buffer.size() < into.size()) {
    core->advance_to(0, got.is_canceled ? 0 : got.buffer.size());
    if (got.is_canceled) {
      throw_canceled();
    }
    throw end_of_stream("weft::net::pipeline_reader::read_exactly: it ended after " +
                        std::to_string(got.buffer.size()) + " of " + std::to_string(into.size()) +
                        " bytes");
  }
  static_cast<void>(got.buffer.copy_to(into));
  core->advance_to(into.size(), into.size());
}

value_task<std::string> until(std::shared_ptr<detail::pipeline_core> core, std::string delimiter,
                              std::size_t limit, std::stop_token stop) {
  struct looking {  // a search that fails leaves all to the next read
    explicit looking(detail::pipeline_core& c) noexcept : core(c) {}
    looking(const looking&) = delete;
    looking& operator=(const looking&) = delete;
    ~looking() { core.forget_examined(); }
    detail::pipeline_core& core;
  };
  const looking looked(*core);
  std::size_t searched = 0;  // no delimiter begins before
  while (true) {
    auto reading = core->read(0, stop);
    const read_result got = co_await std::move(reading);
    const std::size_t at = got.buffer.find(delimiter, searched);
    const bool found =
        at != byte_sequence::npos && delimiter.size() <= limit && at <= limit - delimiter.size();
    if (found || (got.is_completed && got.buffer.size() < limit)) {
      const std::size_t size = found ? at + delimiter.size() : got.buffer.size();
      std::string text = got.buffer.to_string(0, size);
      core->advance_to(size, size);
      co_return text;
    }
    if (got.is_canceled || got.buffer.size() >= limit) {
      core->advance_to(0, 0);
      if (got.is_canceled) {
        throw_canceled();
      }
      throw std::length_error("weft::net::pipeline_reader::read_until: no delimiter within " +
                              std::to_string(limit) + " bytes");
    }
    searched = got.buffer.size() < delimiter.size() ? 0 : got.buffer.size() - delimiter.size() + 1;
    core->advance_to(0, got.buffer.size());
  }
}

}  // namespace

value_task<> pipeline_reader::read_exactly(mutable_buffer into, std::stop_token stop) {
  static_cast<void>(core());
  if (into.size() == 0) {
    return {};
  }
  return exactly(core_, into, std::move(stop));
}

value_task<std::string> pipeline_reader::read_until(std::string delimiter, std::size_t limit,
                                                    std::stop_token stop) {
  if (delimiter.empty()) {
    throw std::invalid_argument("weft::net::pipeline_reader::read_until: the delimiter is empty");
  }
  static_cast<void>(core());
  return until(core_, std::move(delimiter), limit, std::move(stop));
}

detail::pipeline_core& pipeline_writer::core() const {
  if (core_ == nullptr) {
    throw invalid_operation("weft::net::pipeline_writer: it is empty (moved from?)");
  }
  return *core_;
}

pipeline_writer& pipeline_writer::operator=(pipeline_writer&& other) noexcept {
  if (this != &other) {
    drop();
    core_ = std::move(other.core_);
  }
  return *this;
}

void pipeline_writer::drop() noexcept {
  if (core_ != nullptr) {
    core_->complete_writer(std::make_exception_ptr(
        invalid_operation("weft::net::pipeline: its writer was destroyed without complete()")));
    core_.reset();
  }
}

mutable_buffer pipeline_writer::get_memory(std::size_t size) {
  return core().get_memory(size);
}
void pipeline_writer::advance(std::size_t count) {
  core().advance(count);
}
value_task<flush_result> pipeline_writer::flush(std::stop_token stop) {
  return core().flush(std::move(stop));
}
value_task<flush_result> pipeline_writer::write(const_buffer from, std::stop_token stop) {
  core().append(from);
  return core().flush(std::move(stop));
}
std::size_t pipeline_writer::unflushed_bytes() const {
  return core().unflushed();
}
void pipeline_writer::cancel_pending_flush() noexcept {
  if (core_ != nullptr) {
    core_->cancel_flush();
  }
}
void pipeline_writer::complete(std::exception_ptr error) noexcept {
  if (core_ != nullptr) {
    core_->complete_writer(std::move(error));
  }
}

}  // namespace weft::net
