/* Shared between the files of the table: how a row states its offset, and types that several of them use. */
#pragma once

#include <stddef.h>

#include "model/rules.h"
#include "model/types.h"

/* Offset of a field, which must have the C type that the table's kind asks for. */
#define AT(c_type, owner, field)                                                                                       \
	offsetof(owner, field) +                                                                                       \
		0 * sizeof(char[__builtin_types_compatible_p(c_type, __typeof__(((owner *)0)->field)) ? 1 : -1])

extern const struct type type_flag, type_label, type_port, type_replicas, pools_type;
