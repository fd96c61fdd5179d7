#pragma once
/// All of `weft::weft`. What needs a library of its own (json, http, db …) has its own façade.

#include <weft/base.hpp>
#include <weft/channel.hpp>
#include <weft/fs.hpp>
#include <weft/io.hpp>
#include <weft/net.hpp>
#include <weft/os.hpp>
#include <weft/parallel.hpp>
#include <weft/query.hpp>
#include <weft/sched.hpp>
#include <weft/sync.hpp>
#include <weft/task.hpp>
#include <weft/time.hpp>
#include <weft/trace.hpp>
