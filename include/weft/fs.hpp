#pragma once
/// Façade of module fs: files.

#include <weft/fs/entries.hpp>
#include <weft/fs/file.hpp>
#include <weft/fs/path.hpp>
#include <weft/fs/whole.hpp>
