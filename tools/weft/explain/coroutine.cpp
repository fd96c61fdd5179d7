// Before it is split a coroutine is one function with calls of llvm.coro.suspend in it. Its
// variables are memory on the stack, with marks where the life of each begins and ends: following
// them through the function says what lives at each suspension.

#include "explain/coroutine.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <memory>

#include <cxxabi.h>

namespace weft::explain {
namespace {

std::string demangled(const std::string& symbol) {
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> text(
      abi::__cxa_demangle(symbol.c_str(), nullptr, nullptr, &status), &std::free);
  return shortened(status == 0 ? std::string(text.get()) : symbol);
}

/// `!dbg !12` behind the attributes of a `define`.
std::string_view subprogram_of(const ir_module& module, std::string_view define) {
  return module.node(debug_location_of(define));
}

std::string file_of(const ir_module& module, std::string_view subprogram) {
  const std::string_view file = module.node(field_of(subprogram, "file"));
  const std::filesystem::path name(field_of(file, "filename"));
  const std::filesystem::path folder(field_of(file, "directory"));
  return (name.is_absolute() ? name : folder / name).lexically_normal().string();
}

/// The name of the memory that a line marks by `word`, like `llvm.lifetime.start`; empty when it
/// does not.
std::string_view marked_by(std::string_view line, std::string_view word) {
  const std::size_t call = line.find(word);
  if (call == std::string_view::npos) {
    return {};
  }
  const std::size_t at = line.find("ptr %", call);
  return at == std::string_view::npos ? std::string_view() : name_at(line, at + 4);
}

class reader {
 public:
  reader(const ir_module& module, std::string_view define, source_coroutine& into)
      : module_(module), function_(module.read_function(define)), into_(into) {}

  void read() {
    for (const ir_block& block : function_.blocks) {
      for (const std::string_view line : block.lines) {
        read_local(line);
        read_variable(line);
        read_suspension(line);
        note_begin(line);
      }
    }
    follow_lives();
  }

 private:
  void read_local(std::string_view line) {
    constexpr std::string_view word = " = alloca ";
    const std::size_t at = line.find(word);
    const std::size_t name = line.find('%');
    if (at != std::string_view::npos && name < at) {
      std::string_view type = line.substr(at + word.size());
      type = type.substr(0, type.rfind(", align"));
      into_.locals[name_at(line, name)].type = type;
    }
  }
  void read_variable(std::string_view line) {
    if (line.find("#dbg_declare(") == std::string_view::npos) {
      return;
    }
    const std::size_t at = line.find("(ptr %");
    const std::size_t node = line.find(", !");
    if (at == std::string_view::npos || node == std::string_view::npos) {
      return;
    }
    const auto found = into_.locals.find(name_at(line, at + 5));
    const std::string_view rest = line.substr(node + 2);
    const std::string_view variable = module_.node(rest.substr(0, rest.find(',')));
    if (found == into_.locals.end() || variable.empty()) {
      return;
    }
    local& it = found->second;
    it.name = field_of(variable, "name");
    it.parameter = number_of(variable, "arg") > 0;
    it.di_type = field_of(variable, "type");
  }
  void read_suspension(std::string_view line) {
    if (line.find("@llvm.coro.await.suspend") != std::string_view::npos) {
      constexpr std::string_view word = "__await_suspend_wrapper__";
      const std::size_t wrapper = line.find(word);
      kind_ = wrapper == std::string_view::npos ? "await" : line.substr(wrapper + word.size());
      awaiter_ = marked_by(line, "@llvm.coro.await.suspend");
      return;
    }
    if (line.find("call i8 @llvm.coro.suspend(") == std::string_view::npos) {
      return;
    }
    suspension stop;
    stop.number = static_cast<int>(into_.suspensions.size());
    stop.kind = kind_.starts_with("init")    ? "initial"
                : kind_.starts_with("final") ? "final"
                : kind_.starts_with("yield") ? "yield"
                                             : "await";
    const std::string_view location = module_.node(debug_location_of(line));
    stop.line = number_of(location, "line");
    stop.column = number_of(location, "column");
    if (const auto found = into_.locals.find(awaiter_); found != into_.locals.end()) {
      stop.awaiter = plain_type(found->second.type);
      found->second.awaiter_of = stop.number;
    }
    into_.suspensions.push_back(std::move(stop));
    awaiter_ = {};
  }
  void note_begin(std::string_view line) {
    if (const auto found = into_.locals.find(marked_by(line, "@llvm.lifetime.start"));
        found != into_.locals.end() && !found->second.bounded) {
      found->second.bounded = true;
      found->second.line = number_of(module_.node(debug_location_of(line)), "line");
    }
  }

  using names = std::set<std::string_view>;
  /// What lives at the end of the block; `number` counts the suspensions of the function's text.
  names run_block(const ir_block& block, names live, int number) {
    for (const std::string_view line : block.lines) {
      if (const std::string_view begins = marked_by(line, "@llvm.lifetime.start");
          !begins.empty()) {
        live.insert(begins);
      } else if (const std::string_view ends = marked_by(line, "@llvm.lifetime.end");
                 !ends.empty()) {
        live.erase(ends);
      } else if (line.find("call i8 @llvm.coro.suspend(") != std::string_view::npos) {
        for (const std::string_view name : live) {
          into_.locals[name].live.insert(number);
        }
        ++number;
      }
    }
    return live;
  }
  void follow_lives() {
    std::map<std::string_view, names> entering;
    std::map<std::string_view, int> first;  // number of the first suspension in the block or behind
    int number = 0;
    for (const ir_block& block : function_.blocks) {
      first[block.name] = number;
      number += static_cast<int>(std::ranges::count_if(block.lines, [](std::string_view line) {
        return line.find("call i8 @llvm.coro.suspend(") != std::string_view::npos;
      }));
    }
    if (function_.blocks.empty()) {
      return;
    }
    std::vector<const ir_block*> todo{&function_.blocks.front()};
    std::set<std::string_view> seen{function_.blocks.front().name};
    while (!todo.empty()) {
      const ir_block& block = *todo.back();
      todo.pop_back();
      const names leaving = run_block(block, entering[block.name], first[block.name]);
      for (const std::string_view next : block.successors) {
        names& known = entering[next];
        const std::size_t before = known.size();
        known.insert(leaving.begin(), leaving.end());
        const ir_block* const target = function_.find(next);
        if (target != nullptr && (seen.insert(next).second || known.size() != before)) {
          todo.push_back(target);
        }
      }
    }
  }

  const ir_module& module_;
  const ir_function function_;
  source_coroutine& into_;
  std::string_view kind_ = "await";
  std::string_view awaiter_;
};

}  // namespace

std::vector<source_coroutine> find_coroutines(const ir_module& module) {
  std::vector<source_coroutine> found;
  for (const std::string_view define : module.defines()) {
    if (module.attributes_of(define).find("presplitcoroutine") == std::string_view::npos) {
      continue;
    }
    const std::string_view subprogram = subprogram_of(module, define);
    source_coroutine one;
    one.symbol = name_at(define, define.find('@'));
    one.name = demangled(std::string(one.symbol));
    one.plain = std::string(field_of(subprogram, "name"));
    one.file = file_of(module, subprogram);
    one.line = number_of(subprogram, "line");
    reader(module, define, one).read();
    found.push_back(std::move(one));
  }
  return found;
}

}  // namespace weft::explain
