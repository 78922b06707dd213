/* What --help prints. */
#pragma once

extern const char help_text[];
