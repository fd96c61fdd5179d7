#include "conformance/recorder.hpp"

namespace weft::conformance {

// The one table of names, as in oracle/recorder.cs: from the derived to the base.
std::string to_word(const std::exception_ptr& error) {
  if (error == nullptr) {
    return "null";
  }
  try {
    std::rethrow_exception(error);
  } catch (const test_error& e) {
    return std::string("test_error ") + e.what();
  } catch (const aggregate_exception& e) {
    return "aggregate_exception" + to_word(e.exceptions());
  } catch (const operation_canceled&) {
    return "operation_canceled";
  } catch (const timeout_error&) {
    return "timeout_error";
  } catch (const channel_closed&) {
    return "channel_closed";
  } catch (const object_disposed&) {
    return "object_disposed";
  } catch (const invalid_operation&) {
    return "invalid_operation";
  } catch (const deadlock_error&) {
    return "deadlock_error";
  } catch (const std::invalid_argument&) {
    return "invalid_argument";
  } catch (const std::out_of_range&) {
    return "invalid_argument";
  } catch (const std::overflow_error&) {
    return "overflow_error";
  } catch (const std::exception& e) {
    return std::string("std::exception ") + e.what();
  } catch (...) {
    return "something";
  }
}

std::string to_word(task_status status) {
  switch (status) {
    case task_status::created:
      return "created";
    case task_status::waiting_for_activation:
      return "waiting_for_activation";
    case task_status::waiting_to_run:
      return "waiting_to_run";
    case task_status::running:
      return "running";
    case task_status::ran_to_completion:
      return "ran_to_completion";
    case task_status::canceled:
      return "canceled";
    case task_status::faulted:
      return "faulted";
  }
  return "?";
}

void recorder::add(std::initializer_list<std::string> words) {
  std::string line;
  for (const std::string& word : words) {
    if (!line.empty()) {
      line += ' ';
    }
    line += word;
  }
  const std::lock_guard guard(mutex_);
  lines_.push_back(std::move(line));
}

std::vector<std::string> recorder::take() {
  const std::lock_guard guard(mutex_);
  return std::exchange(lines_, {});
}

void recorder::state(const std::string& label, const detail::task_handle& t) {
  line(label + ":", t.status(), "completed", t.is_completed(), "succeeded",
       t.is_completed_successfully(), "canceled", t.is_canceled(), "faulted", t.is_faulted());
}

}  // namespace weft::conformance
