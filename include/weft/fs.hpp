#pragma once
/// Façade of module fs: files and directories.

#include <weft/fs/entries.hpp>
#include <weft/fs/file.hpp>
#include <weft/fs/file_stream.hpp>
#include <weft/fs/info.hpp>
#include <weft/fs/path.hpp>
#include <weft/fs/temporary.hpp>
#include <weft/fs/watch.hpp>
#include <weft/fs/whole.hpp>
