/* The version of the programs by SemVer, such as "1.2.0" or "1.2.1-dev.5+g0123456789ab". The build writes it, from git's tags; see
 * deploy/lib/version. */
#pragma once

extern const char VERSION[];
